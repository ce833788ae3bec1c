import ArgumentParser
import EventLog
import LedgerOperations
import MemoryLedger

struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Add a memory under a key that holds none.",
        discussion: """
            If the key holds a memory, nothing happens and the command fails: use `update`.

            JSON: the memory.

              memledger add tea --summary "Likes green tea" --keyword drinks --link design:0.8:taste:coffee
              memledger add page-7 --summary "Tea is bad" --source tool:web-search --trust 40 --derived-from tea
              echo '{"summary": "Likes green tea"}' | memledger add tea --value -
            """)

    @Argument(help: "The key.") var key: String
    @OptionGroup var place: NamespaceOption
    @OptionGroup(title: "Content") var content: ContentOptions
    @OptionGroup(title: "Where it comes from") var provenance: ProvenanceOptions
    @OptionGroup var actor: ActorOption
    @OptionGroup var writing: WritingOptions
    @OptionGroup var global: GlobalOptions

    static let quarantinedWords = "It is quarantined, and not shown: `quarantine list` says why."

    func run() async throws {
        let memory = place.key(key)
        let content = try await content.change().applied(to: MemoryContent())
        let operation = AddMemory(memory, content, from: provenance.provenance(place))
        let added = try await global.write(operation, by: writing.attribution(actor))
        try global.show(added.document()) { page in
            if added.isQuarantined { page.line(Self.quarantinedWords, .yellow) }
            page.missingProvenance(added.missingProvenance)
            page.line("Added \(memory.namespace)/\(added.memory.key).", .green)
        }
    }
}

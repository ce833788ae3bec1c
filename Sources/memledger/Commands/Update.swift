import ArgumentParser
import EventLog
import LedgerOperations
import MemoryLedger

struct Update: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Change some fields of a memory.",
        discussion: """
            What is not given stays. Keywords and links replace the former lists; to empty one, give \
            {"keywords": []} by --value.

            JSON: the memory as it is now.

              memledger update tea --summary "Likes black tea"
              memledger update tea --text "Her words." --source user:ada --trust 100
            """)

    @Argument(help: "The key.") var key: String
    @OptionGroup var place: NamespaceOption
    @OptionGroup(title: "Content") var content: ContentOptions
    @OptionGroup(title: "Where it comes from") var provenance: ProvenanceOptions
    @OptionGroup var actor: ActorOption
    @OptionGroup var writing: WritingOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let change = try await content.change()
        guard !change.isEmpty else { throw ValidationError("Nothing to change; give a field, for example --summary.") }
        let memory = place.key(key)
        let operation = UpdateMemory(memory, change, from: provenance.provenance(place))
        let updated = try await global.write(operation, by: writing.attribution(actor))
        try global.show(updated.document()) { page in
            if updated.isQuarantined { page.line(Add.quarantinedWords, .yellow) }
            page.missingProvenance(updated.missingProvenance)
            page.line("Updated \(memory.namespace)/\(updated.memory.key).", .green)
        }
    }
}

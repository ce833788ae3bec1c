import ArgumentParser
import EventLog
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
    @OptionGroup(title: "Where it comes from") var origin: ProvenanceOptions
    @OptionGroup var actor: ActorOption
    @OptionGroup var writing: WritingOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let change = try await content.change()
        guard !change.isEmpty else { throw ValidationError("Nothing to change; give a field, for example --summary.") }
        let memory = place.key(key)
        let (updated, missing) = try await global.withLedgerOrNew { ledger in
            try await origin.check(memory, place, in: ledger)
            try await ledger.update(
                memory, change, from: origin.provenance(place), by: writing.context(actor))
            return (try await ledger.written(memory), try await origin.missing(in: ledger, place))
        }
        try global.show(updated.memory.json) { page in
            if updated.isQuarantined { page.line(Add.quarantinedWords, .yellow) }
            page.missingOrigins(missing)
            page.line("Updated \(memory.namespace)/\(updated.memory.key).", .green)
        }
    }
}

import ArgumentParser
import EventLog
import MemoryLedger

struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Delete a memory.",
        discussion: """
            Its history stays in the log. Links that point at it stay, without a target.

            JSON: {"namespace", "deleted"}.

              memledger delete tea
            """)

    @Argument(help: "The key.") var key: String
    @OptionGroup var place: NamespaceOption
    @OptionGroup var actor: ActorOption
    @OptionGroup var writing: WritingOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let deleted = try await global.withLedgerOrNew { ledger in
            let memory = try await ledger.resolve(place.key(key))
            try await ledger.delete(memory, by: writing.context(actor))
            return memory.key
        }
        try global.show(["namespace": .string(place.namespace), "deleted": .string(deleted)]) { page in
            page.line("Deleted \(place.namespace)/\(deleted).", .green)
        }
    }
}

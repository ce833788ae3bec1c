import ArgumentParser
import EventLog
import LedgerOperations
import MemoryLedger

struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Delete a memory.",
        discussion: """
            Its history stays in the log. Links that point at it stay, without a target.

            JSON: {"deleted": true, "namespace", "key"}.

              memledger delete tea
            """)

    @Argument(help: "The key.") var key: String
    @OptionGroup var place: NamespaceOption
    @OptionGroup var actor: ActorOption
    @OptionGroup var writing: WritingOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let deleted = try await global.write(DeleteMemory(place.key(key)), by: writing.attribution(actor))
        try global.show(deleted.document()) { page in
            page.line("Deleted \(deleted.memory.namespace)/\(deleted.memory.key).", .green)
        }
    }
}

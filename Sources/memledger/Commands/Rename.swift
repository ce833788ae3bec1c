import ArgumentParser
import EventLog
import LedgerOperations
import MemoryLedger

struct Rename: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Move a memory to another key.",
        discussion: """
            Its history and the links that point at it follow. A key that holds a memory is not overwritten.

            JSON: {"namespace", "old_key", "new_key"}.

              memledger rename tea green-tea
            """)

    @Argument(help: "The key that it has.") var oldKey: String
    @Argument(help: "The key that it gets.") var newKey: String
    @OptionGroup var place: NamespaceOption
    @OptionGroup var actor: ActorOption
    @OptionGroup var writing: WritingOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let operation = RenameMemory(place.key(oldKey), to: newKey)
        let renamed = try await global.write(operation, by: writing.attribution(actor))
        try global.show(renamed.document()) { page in
            page.line("Renamed \(renamed.namespace)/\(renamed.oldKey) to \(renamed.newKey).", .green)
        }
    }
}

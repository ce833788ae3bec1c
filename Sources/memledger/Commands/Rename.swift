import ArgumentParser
import EventLog
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
        let (old, new) = try await global.withLedgerOrNew { ledger in
            let old = try await ledger.resolve(place.key(oldKey))
            let new = try await ledger.resolve(place.key(newKey))
            _ = try await ledger.rename(old, to: new.key, by: writing.context(actor))
            return (old.key, new.key)
        }
        let document: JSONValue = [
            "namespace": .string(place.namespace), "old_key": .string(old), "new_key": .string(new),
        ]
        try global.show(document) { page in
            page.line("Renamed \(place.namespace)/\(old) to \(new).", .green)
        }
    }
}

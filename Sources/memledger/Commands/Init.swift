import ArgumentParser
import EventLog
import MemoryLedger

struct Init: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a ledger.",
        discussion: """
            Where there is one already, it stays as it is. Commands that write make a missing ledger too.

            JSON: {"ledger", "exists"}; "exists" is true where there was one.

              memledger init --ledger team.sqlite
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var actor: ActorOption

    func run() async throws {
        let exists = System.hasContent(global.path)
        try await global.withLedger(.create) { _ in }
        try global.show(["ledger": .string(global.path), "exists": JSONValue(exists)]) { page in
            if exists {
                page.line("There is a ledger at \(global.path) already; nothing changed.")
            } else {
                page.line("Made the ledger \(global.path).", .green)
            }
        }
    }
}

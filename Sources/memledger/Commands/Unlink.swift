import ArgumentParser
import EventLog
import LedgerOperations
import MemoryLedger

struct Unlink: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Remove links from a memory to a key.",
        discussion: """
            All of them, or those of a type and a term.

            JSON: {"namespace", "from", "to", "type", "term"}; "type" and "term" are null if they are not given.

              memledger unlink tea coffee --type design
            """)

    @Argument(help: "The memory that has the link.") var from: String
    @Argument(help: "The key that it points at.") var to: String
    @Option(help: "Only links of this type.") var type: String?
    @Option(help: "Only links of this term.") var term: String?
    @OptionGroup var place: NamespaceOption
    @OptionGroup var actor: ActorOption
    @OptionGroup var writing: WritingOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let operation = UnlinkMemory(place.key(from), from: to, type: type, term: term)
        let unlinked = try await global.write(operation, by: writing.attribution(actor))
        try global.show(unlinked.document()) { page in
            page.line("Unlinked \(unlinked.memory.namespace)/\(unlinked.memory.key) from \(to).", .green)
        }
    }
}

import ArgumentParser
import EventLog
import MemoryLedger

struct Unlink: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Take a memory's links to a key away.",
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
        let source = try await global.withLedgerOrNew { ledger in
            let memory = try await ledger.resolve(place.key(from))
            _ = try await ledger.unlink(memory, from: to, type: type, term: term, by: writing.context(actor))
            return memory.key
        }
        let document: JSONValue = [
            "namespace": .string(place.namespace), "from": .string(source), "to": .string(to),
            "type": JSONValue(optional: type), "term": JSONValue(optional: term),
        ]
        try global.show(document) { page in
            page.line("Unlinked \(place.namespace)/\(source) from \(to).", .green)
        }
    }
}

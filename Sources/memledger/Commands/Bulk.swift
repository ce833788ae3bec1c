import ArgumentParser
import EventLog
import LedgerOperations
import MemoryLedger

struct Bulk: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Read a memory and those that its best links lead to.",
        discussion: """
            Depth first, of each memory the links with the greatest weight times score, each memory once; as kv-memory's \
            bulk read. It counts no access.

            JSON: {"targetMemory": {"key", "summary", "text", "links"}, "associatedMemories": [the same with "depth", \
            "combinedScore"], "metadata": {"depthReached", "totalRetrieved", "duplicatesSkipped"}}.

              memledger bulk tea --depth 2 --limit 50
            """)

    @Argument(help: "The key.") var key: String
    @OptionGroup var place: NamespaceOption
    @Option(help: "Links one after the other, 1 to 6.") var depth = 3
    @Option(help: "Links of each memory that are followed, 1 to 20.") var breadth = 5
    @Option(help: "Memories, the first one among them, 1 to 50.") var limit = 20
    @OptionGroup var moment: MomentOptions
    @OptionGroup var actor: ActorOption
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        for (name, value, range) in [
            ("--depth", depth, BulkRead.Bounds.depths), ("--breadth", breadth, BulkRead.Bounds.breadths),
            ("--limit", limit, BulkRead.Bounds.totals),
        ] where !range.contains(value) {
            throw ValidationError("\(name) is \(range.lowerBound) to \(range.upperBound), not \(value).")
        }
    }

    func run() async throws {
        let operation = BulkReadMemory(
            place.key(key), depth: depth, breadth: breadth, total: limit, moment.asked)
        let result = try await global.read(operation, by: actor.attribution)
        try global.show(result.document()) { page in
            for memory in [result.read.target] + result.read.associated {
                if memory.depth > 0 { page.line() }
                page.line(memory.key, .bold)
                page.fields([
                    ("depth", "\(memory.depth)"),
                    ("score", memory.depth > 0 ? JSONValue(memory.combinedScore).description : ""),
                    ("summary", memory.linked.content.summary),
                    ("links", memory.linked.links.compactMap(\.link.key).joined(separator: ", ")),
                ])
                if !memory.linked.content.text.isEmpty { page.block(memory.linked.content.text) }
            }
        }
    }
}

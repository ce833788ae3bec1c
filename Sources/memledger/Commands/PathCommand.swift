import ArgumentParser
import EventLog
import LedgerOperations
import MemoryLedger

struct PathCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "path",
        abstract: "Find the best way along links from one memory to another.",
        discussion: """
            The way with the fewest links, or with --order weight the one whose links' weights have the greatest \
            product. Links are followed as they point, unless --direction says otherwise. The exit status is 3 if there \
            is no way.

            JSON: {"namespace", "found", "memories": [{"key", "type", "summary", "depth", "weight", "direction", \
            "link"}], "weight"}; each memory has the link by which it was reached, the first one null.

              memledger path tea cup
              memledger path tea cup --order weight --direction both --limit 5
            """)

    @Argument(help: "Where the way begins.") var from: String
    @Argument(help: "Where it ends.") var to: String
    @OptionGroup var place: NamespaceOption
    @OptionGroup var links: LinkOptions
    @Option(help: "What makes a way the best: breadth, the fewest links, or weight.") var order = WalkOrder.breadth
    @Option(help: "Links at most, 1 to \(GraphLimits.depth.upperBound).") var limit = GraphLimits.depth.upperBound
    @OptionGroup var moment: MomentOptions
    @OptionGroup var actor: ActorOption
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        let range = GraphLimits.depth
        guard range.contains(limit) else {
            throw ValidationError("--limit is \(range.lowerBound) to \(range.upperBound) links, not \(limit).")
        }
    }

    func run() async throws {
        let operation = FindPath(
            from: place.key(from), to: to, links.filter(.outgoing), order: order, depth: limit, moment.asked)
        let found = try await global.read(operation, by: actor.attribution)
        try global.show(found.document()) { page in
            guard let path = found.path else {
                return page.line("No way of at most \(Figures.count(limit, "link", "links")).", .yellow)
            }
            page.way(path)
        }
        if found.path == nil { throw ExitCode(ExitStatus.lookAt) }
    }
}

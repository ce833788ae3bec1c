import ArgumentParser
import EventLog
import LedgerOperations
import MemoryLedger

struct Links: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List a memory's links and the links to it, or what is notable among all links.",
        discussion: """
            Links of a key are both its own and those to it, unless --direction says otherwise. Without a key: --hubs \
            lists the memories that the most links point at, or with --direction out those that have the most links of \
            their own, or with both of either kind; --orphans those that no other one links to, --components the sets \
            of memories that links join, --dangling the links that point at no memory. Memories that are quarantined \
            are left out, and links to them point at nothing.

            JSON: {"namespace", "key", "neighbours": [{"direction", "key", "summary", "from", "to", "type", "term", \
            "weight"}], "total", "next"}; {"namespace", "hubs": [{"key", "type", "summary", "links"}], "next"}; \
            {"namespace", "memories": [{"key", "type", "summary"}], "next"}; {"namespace", "components": [{"size", \
            "keys"}], "total", "next"}; {"namespace", "links": [{"from", "to", "type", "term", "weight"}], "next"}. \
            "next" is the --after of the next page, or null.

              memledger links tea --direction in --type design
              memledger links --hubs --limit 10
              memledger links --orphans --at 2026-01-23
            """)

    enum Notable: String, EnumerableFlag {
        case hubs, orphans, components, dangling

        static func help(for value: Self) -> ArgumentHelp? {
            switch value {
            case .hubs: "The memories that the most links point at, unless --direction says otherwise."
            case .orphans: "The memories that no other one links to."
            case .components: "The sets of memories that links join."
            case .dangling: "The links that point at no memory."
            }
        }
    }

    @Argument(help: "The key.") var key: String?
    @Flag var notable: Notable?
    @Flag(help: "With --orphans: only memories that link to none either.") var isolated = false
    @Option(help: "With --components: only those of so many memories or more.") var leastSize: Int?
    @OptionGroup var place: NamespaceOption
    @OptionGroup var links: LinkOptions
    @Option(help: "Rows of a page, 1 to \(GraphLimits.pageSize.upperBound).") var limit = 100
    @Option(help: ArgumentHelp("The former page's \"next\".", valueName: "cursor")) var after: String?
    @OptionGroup var moment: MomentOptions
    @OptionGroup var actor: ActorOption
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard (key == nil) != (notable == nil) else {
            throw ValidationError("Give a key, or one of --hubs, --orphans, --components and --dangling.")
        }
        if isolated, notable != .orphans { throw ValidationError("--isolated goes with --orphans.") }
        if leastSize != nil, notable != .components { throw ValidationError("--least-size goes with --components.") }
        if let leastSize, leastSize < 1 { throw ValidationError("--least-size is 1 or more, not \(leastSize).") }
        if links.direction != nil, notable != nil, notable != .hubs {
            throw ValidationError("--direction goes with a key or --hubs.")
        }
        if !links.type.isEmpty || links.leastWeight != nil, [.orphans, .dangling].contains(notable) {
            throw ValidationError("--type and --least-weight go with a key, --hubs or --components.")
        }
    }

    func run() async throws {
        let (namespace, asked, who) = (place.namespace, moment.asked, actor.attribution)
        switch notable {
        case nil:
            let query = NeighbourQuery(links.filter(.both), limit: limit, after: after)
            let page = try await global.read(ListNeighbours(place.key(key ?? ""), query, asked), by: who)
            try global.show(page.document()) { $0.neighbours(page) }
        case .hubs:
            let operation = ListHubs(in: namespace, links.filter(.incoming), limit: limit, after: after, asked)
            let page = try await global.read(operation, by: who)
            try global.show(page.document()) { $0.hubs(page) }
        case .orphans:
            let operation = ListOrphans(in: namespace, isolated: isolated, limit: limit, after: after, asked)
            let page = try await global.read(operation, by: who)
            try global.show(page.document()) { $0.orphans(page) }
        case .components:
            let operation = ListComponents(
                in: namespace, links.filter(.both), leastSize: leastSize ?? 2, limit: limit, after: after, asked)
            let page = try await global.read(operation, by: who)
            try global.show(page.document()) { $0.components(page) }
        case .dangling:
            let operation = ListDanglingLinks(in: namespace, limit: limit, after: after, asked)
            let page = try await global.read(operation, by: who)
            try global.show(page.document()) { $0.dangling(page) }
        }
    }
}

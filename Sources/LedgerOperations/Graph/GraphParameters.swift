import MemoryLedger

/// What the operations on links have in common.
enum GraphParameters {
    static let types = Parameter(
        "types", optional: ArgumentType.string.list("a list of types", count: 1...GraphLimits.types),
        "Only links of these types.")
    static let leastWeight = Parameter(
        "least_weight", optional: .number(LinkWeight.range), "Only links of this weight or more.")
    static let after = Parameter("after", optional: ArgumentType<String>.string, "The former page's `next`.")

    /// - Parameter fallback: what holds if it is not given.
    static func direction(_ fallback: LinkDirection) -> Parameter<LinkDirection> {
        let names = LinkDirection.allCases.map(\.rawValue)
        let type = ArgumentType<String>.string.mapping(
            "one of \(names.joined(separator: ", "))", as: .choice(names)
        ) { LinkDirection(rawValue: $0) }
        return Parameter("direction", type, default: fallback, "A memory's own links (out), those to it (in), or both.")
    }

    /// - Parameters:
    ///   - fallback: what holds if it is not given.
    ///   - help: what there is so much of.
    static func limit(_ fallback: Int, _ help: String) -> Parameter<Int> {
        Parameter("limit", .integer(GraphLimits.pageSize), default: fallback, help)
    }

    /// - Parameter fallback: what holds if it is not given.
    static func depth(_ fallback: Int) -> Parameter<Int> {
        Parameter("depth", .integer(GraphLimits.depth), default: fallback, "Links one after the other, at most.")
    }

    static let order: Parameter<WalkOrder> = {
        let names = WalkOrder.allCases.map(\.rawValue)
        let type = ArgumentType<String>.string.mapping(
            "one of \(names.joined(separator: ", "))", as: .choice(names)
        ) { WalkOrder(rawValue: $0) }
        return Parameter(
            "order", type, default: .breadth,
            "Fewest links first (breadth), or the greatest product of weights (weight).")
    }()
}

extension OperationArguments {
    func linkFilter(_ direction: Parameter<LinkDirection>) throws -> LinkFilter {
        var filter = try linkFilter()
        filter.direction = try self[direction]
        return filter
    }

    /// Of both directions.
    func linkFilter() throws -> LinkFilter {
        LinkFilter(
            types: try self[GraphParameters.types] ?? [], leastWeight: try self[GraphParameters.leastWeight])
    }
}

extension DocumentMember {
    static let links = Self("links", .objects)
}

import EventLog

/// Which way links are followed from a memory.
public enum LinkDirection: String, Hashable, Sendable, CaseIterable {
    /// Its own links.
    case outgoing = "out"
    /// Links of others that point at it.
    case incoming = "in"
    case both
}

/// Which links count; every field that is set must match.
///
///     let design = LinkFilter(direction: .outgoing, types: ["design"], leastWeight: 0.3)
public struct LinkFilter: Hashable, Sendable {
    public var direction: LinkDirection
    /// At most `GraphLimits.types`; empty: all.
    public var types: [String]
    /// Nil: any weight.
    public var leastWeight: Double?

    public init(direction: LinkDirection = .both, types: [String] = [], leastWeight: Double? = nil) {
        self.direction = direction
        self.types = types
        self.leastWeight = leastWeight
    }

    /// - Throws: `MemoryLedgerError.invalidArgument`.
    func check() throws {
        guard types.count <= GraphLimits.types else {
            throw MemoryLedgerError(
                .invalidArgument, "Name at most \(GraphLimits.types) types of links, not \(types.count).")
        }
        guard leastWeight?.isFinite ?? true else {
            throw MemoryLedgerError(.invalidArgument, "The least weight of a link is a finite number.")
        }
    }

    /// The fields that are set.
    var json: JSONObject {
        var object: JSONObject = ["direction": .string(direction.rawValue)]
        if !types.isEmpty { object.append("types", .array(types.map { .string($0) })) }
        if let leastWeight { object.append("least_weight", JSONValue(leastWeight)) }
        return object
    }
}

/// How much one question about the links may ask for, and look at.
public enum GraphLimits {
    /// Links or memories of a page, or of what a walk reaches.
    public static let pageSize = 1...1_000
    /// Links one after the other.
    public static let depth = 1...32
    /// Types of links in a filter.
    public static let types = 100
    /// Links that a walk or a search of a way looks at.
    public static let links = 200_000
    /// What of the work tables in which components are found is in memory, in KiB: of some 3,000,000 memories all.
    static let componentCacheKibibytes = 65_536
    /// Memories that are looked at to fill a page of those without links.
    public static let orphanMemories = 100_000
    /// Memories of a component that are named.
    public static let componentKeys = 10
    /// Characters of a link's type and term, and of a summary, after which they are cut.
    public static let characters = MemoryOutline.maximumCharacters

    /// - Throws: `MemoryLedgerError.invalidArgument`.
    static func check(_ value: Int, _ range: ClosedRange<Int>, _ name: String) throws {
        guard range.contains(value) else {
            throw MemoryLedgerError(
                .invalidArgument, "The \(name) is \(range.lowerBound) to \(range.upperBound), not \(value).")
        }
    }
}

/// A link between two memories of a namespace, or to nothing.
public struct GraphLink: Hashable, Sendable {
    /// The memory that has the link.
    public var from: String
    /// The key that it counts for, which need not hold a memory; nil for a link that names only a term.
    public var to: String?
    public var type: String
    public var term: String
    public var weight: Double

    public init(from: String, to: String?, type: String, term: String, weight: Double) {
        self.from = from
        self.to = to
        self.type = type
        self.term = term
        self.weight = weight
    }

    /// `{"from", "to" (or null), "type", "term", "weight"}`.
    public var json: JSONValue { .object(object) }

    var object: JSONObject {
        [
            "from": .string(from), "to": JSONValue(optional: to), "type": .string(type), "term": .string(term),
            "weight": JSONValue(weight),
        ]
    }
}

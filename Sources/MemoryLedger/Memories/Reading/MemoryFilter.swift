public import EventLog
import LedgerStorage

/// Which memories a list or a search is about; every field that is set must match.
///
///     var filter = MemoryFilter(namespace: "mem", domain: "food")
///     filter.leastTrust = 50
///     let page = try await ledger.list(MemoryQuery(filter, limit: 20))
public struct MemoryFilter: Hashable, Sendable {
    public var namespace: String?
    public var domain: String?
    public var type: String?
    public var status: MemoryStatus?
    /// At least one of these keywords, byte by byte; empty: whatever they are.
    public var anyKeywords: [String] = []
    /// All of these keywords.
    public var allKeywords: [String] = []
    public var created = TimeSpan()
    /// When it was read last.
    public var accessed = TimeSpan()
    /// When its key, domain, summary, text, type or keywords last became what they are, by the log's recorded time.
    public var changed = TimeSpan()
    /// Where its writer says that it comes from.
    public var source: Provenance.Source?
    /// 0 to 100; a memory of which no trust is said has none.
    public var leastTrust: Int?
    /// Only those that are quarantined, which are left out otherwise.
    public var onlyQuarantined = false

    /// Keywords that a filter names, any and all of them together.
    public static let maximumKeywords = 100

    public init(
        namespace: String? = nil, domain: String? = nil, type: String? = nil, status: MemoryStatus? = nil
    ) {
        (self.namespace, self.domain, self.type, self.status) = (namespace, domain, type, status)
    }

    /// From one time through another, both included; nil: without a bound.
    public struct TimeSpan: Hashable, Sendable {
        public var from: Timestamp?
        public var through: Timestamp?

        public init(from: Timestamp? = nil, through: Timestamp? = nil) {
            (self.from, self.through) = (from, through)
        }

        var isBounded: Bool { from != nil || through != nil }
    }

    /// - Throws: `MemoryLedgerError.invalidArgument` for too many keywords, or a trust that is none.
    func check() throws {
        guard anyKeywords.count + allKeywords.count <= Self.maximumKeywords else {
            throw MemoryLedgerError(
                .invalidArgument, "A filter names up to \(Self.maximumKeywords) keywords; ask for fewer.")
        }
        guard leastTrust.map(Provenance.trustRange.contains) ?? true else {
            throw MemoryLedgerError(.invalidArgument, "The least trust is 0 to 100.")
        }
    }

    /// The fields that are set.
    var json: JSONObject {
        var object = JSONObject()
        let texts = [
            ("namespace", namespace), ("domain", domain), ("type", type), ("status", status?.rawValue),
            ("source", source?.description),
        ]
        for (name, value) in texts { if let value { object.append(name, .string(value)) } }
        for (name, words) in [("any_keywords", anyKeywords), ("all_keywords", allKeywords)] where !words.isEmpty {
            object.append(name, .array(words.map { .string($0) }))
        }
        for (name, span) in [("created", created), ("accessed", accessed), ("changed", changed)] {
            if let from = span.from { object.append("\(name)_from", JSONValue(from.milliseconds)) }
            if let through = span.through { object.append("\(name)_through", JSONValue(through.milliseconds)) }
        }
        if let leastTrust { object.append("least_trust", JSONValue(leastTrust)) }
        if onlyQuarantined { object.append("only_quarantined", true) }
        return object
    }
}

/// What a filter asks of a row of `memories`, in SQL.
struct FilterConditions {
    private enum Value {
        case integer(Int64)
        case text(String)
    }

    /// Each names its own parameters.
    private(set) var sql: [String] = []
    private var values: [Value] = []
    private let first: Int

    /// - Parameters:
    ///   - changed: The positions that stand for `MemoryFilter.changed`; nil: it is not bounded.
    ///   - first: The number of the first parameter.
    init(_ filter: MemoryFilter, changed: ClosedRange<Position>?, firstParameter first: Int) {
        self.first = first
        let texts = [
            ("namespace", filter.namespace), ("domain", filter.domain), ("type", filter.type),
            ("status", filter.status?.rawValue),
        ]
        for (column, text) in texts { if let text { add("\(column) = \(bind(.text(text)))") } }
        if !filter.anyKeywords.isEmpty {
            add("EXISTS (SELECT 1 FROM json_each(keywords) WHERE value IN (\(list(filter.anyKeywords))))")
        }
        for keyword in filter.allKeywords {
            add("EXISTS (SELECT 1 FROM json_each(keywords) WHERE value = \(bind(.text(keyword))))")
        }
        for (column, span) in [("created_at", filter.created), ("last_accessed_at", filter.accessed)] {
            if let from = span.from { add("\(column) >= \(bind(.integer(from.milliseconds)))") }
            if let through = span.through { add("\(column) <= \(bind(.integer(through.milliseconds)))") }
        }
        if let changed {
            let (from, through) = (bind(.integer(changed.lowerBound)), bind(.integer(changed.upperBound)))
            add(
                "ifnull((SELECT began FROM standing_texts WHERE memory = memories.id), memories.id) "
                    + "BETWEEN \(from) AND \(through)")
        }
        if let source = filter.source {
            let (kind, name) = (bind(.text(source.kind.rawValue)), bind(.text(source.name)))
            add("source = (SELECT id FROM origins WHERE kind = \(kind) AND name = \(name))")
        }
        if let trust = filter.leastTrust { add("trust >= \(bind(.integer(Int64(trust))))") }
    }

    private mutating func add(_ condition: String) { sql.append(condition) }

    private mutating func bind(_ value: Value) -> String {
        values.append(value)
        return "?\(first + values.count - 1)"
    }

    private mutating func list(_ texts: [String]) -> String {
        texts.map { bind(.text($0)) }.joined(separator: ", ")
    }

    func bind(to row: SQLiteStatement) {
        for (index, value) in values.enumerated() {
            switch value {
            case .integer(let number): row.bind(Int32(first + index), number)
            case .text(let text): row.bind(Int32(first + index), text)
            }
        }
    }
}

extension MemoryReading {
    /// The positions at which a text became what it is, if that is to be within a span of time; nil: whenever it was.
    ///
    /// - Throws: what the log throws.
    func positions(of span: MemoryFilter.TimeSpan) async throws -> ClosedRange<Position>? {
        guard span.isBounded else { return nil }
        let (log, now) = (source.parts.log, source.parts.now)
        var first: Position = 1
        if let from = span.from, from.milliseconds > .min {
            first = try await log.lastPosition(at: Timestamp(milliseconds: from.milliseconds - 1), now: now) + 1
        }
        var last = Position.max
        if let through = span.through { last = try await log.lastPosition(at: through, now: now) }
        // What is empty ends before it begins, which a range cannot say: no event has these positions.
        return first <= last ? first...last : (.max - 1)...(.max - 1)
    }
}

public import EventLog

/// Which entries of a memory's history to answer.
///
///     let withReads = try await ledger.history(of: tea, HistoryQuery(includesReads: true, limit: 20))
public struct HistoryQuery: Hashable, Sendable {
    /// Counted reads too.
    public var includesReads: Bool
    /// At most this many entries, 1 to `maximumLimit`.
    public var limit: Int
    /// Only what came after this position: the former page's `next`.
    public var after: Position?

    public static let maximumLimit = 1_000
    /// Bytes of texts after which a page ends.
    public static let maximumPageBytes = 64 << 20

    public init(includesReads: Bool = false, limit: Int = 100, after: Position? = nil) {
        self.includesReads = includesReads
        self.limit = limit
        self.after = after
    }
}

/// One event of a memory's history, and what it changed.
///
///     for entry in page.entries { print(entry.event.recordedAt, entry.event.type, entry.delta.fields) }
public struct HistoryEntry: Hashable, Sendable {
    public var event: EventReference
    /// The key that the memory had, and whose stream the event is in.
    public var memory: MemoryKey
    /// Where a rename moved it; nil for all other events. A rename's two events are one entry, that of the first.
    public var renamedTo: String?
    /// What differs between right before the event and right after it. Empty for reads and renames.
    public var delta: MemoryDelta

    /// The event's reference, then `"namespace"`, `"key"`, `"renamed_to"` (or null), `"fields"`, `"links_gained"` and
    /// `"links_lost"`.
    public var json: JSONValue {
        var members = event.members
        members.append(.init(name: "namespace", value: .string(memory.namespace)))
        members.append(.init(name: "key", value: .string(memory.key)))
        members.append(.init(name: "renamed_to", value: JSONValue(optional: renamedTo)))
        return .object(JSONObject(members + delta.members))
    }
}

/// A page of a memory's history, the oldest first.
public struct HistoryPage: Hashable, Sendable {
    /// What the key that was asked for means.
    public var memory: MemoryKey
    public var entries: [HistoryEntry]
    /// What to pass as the next query's `after`; nil at the end.
    public var next: Position?
}

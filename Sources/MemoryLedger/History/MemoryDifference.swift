public import EventLog

/// How a memory differs between two moments.
///
///     for difference in page.differences { print(difference.kind, difference.memory, difference.delta.fields) }
public struct MemoryDifference: SubjectChange, Hashable {
    /// What became of the memory from the earlier moment to the later.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case added, changed, renamed, deleted
        /// It is there as before, and held back by a quarantine since, or shown again.
        case quarantined, released
    }

    /// `renamed` may come with changes too: see `delta`.
    public var kind: Kind
    /// Where the memory is at the later of the two sides; a deleted one, where it was.
    public var memory: MemoryKey
    /// The key that it was renamed from; nil where it has the same on both sides, or is on one only.
    public var formerKey: String?
    /// The key holds another memory than before: the former was deleted or overwritten.
    public var isReplaced: Bool
    public var delta: MemoryDelta

    init(
        _ kind: Kind, _ memory: MemoryKey, formerKey: String? = nil, isReplaced: Bool = false, delta: MemoryDelta
    ) {
        self.kind = kind
        self.memory = memory
        self.formerKey = formerKey
        self.isReplaced = isReplaced
        self.delta = delta
    }

    /// The difference of two states of one memory, or of what a key holds; nil where they do not differ.
    init?(from old: Memory?, to new: Memory?, isReplaced: Bool = false, statistics: Bool = false) {
        let delta = MemoryDelta(from: old, to: new, statistics: statistics)
        switch (old, new) {
        case (nil, nil): return nil
        case (nil, let new?): self.init(.added, new.id, delta: delta)
        case (let old?, nil): self.init(.deleted, old.id, delta: delta)
        case (let old?, let new?) where old.id != new.id:
            self.init(.renamed, new.id, formerKey: old.key, delta: delta)
        case (_?, let new?):
            guard !delta.isEmpty else { return nil }
            self.init(.changed, new.id, isReplaced: isReplaced, delta: delta)
        }
    }

    /// `{"kind", "namespace", "key", "former_key", "replaced", "fields": [{"field", "before", "after"}],
    /// "links_gained", "links_lost"}`.
    public var json: JSONValue {
        let members: [JSONObject.Member] = [
            .init(name: "kind", value: .string(kind.rawValue)),
            .init(name: "namespace", value: .string(memory.namespace)),
            .init(name: "key", value: .string(memory.key)),
            .init(name: "former_key", value: JSONValue(optional: formerKey)),
            .init(name: "replaced", value: .bool(isReplaced)),
        ]
        return .object(JSONObject(members + delta.members))
    }
}

/// Which differences of two moments to answer.
///
///     var query = DiffQuery(from: .position(1), namespace: "mem")  // until now
///     query.includesStatistics = true
///     let since = try await ledger.diff(query)
public struct DiffQuery: Hashable, Sendable {
    /// Position 0, or a time before the first event: the empty store.
    public var from: Moment
    /// Nil: now. It may be before `from`; then the differences are those of going back.
    public var to: Moment?
    /// Only the memory that has this key on one of the sides.
    public var memory: MemoryKey?
    public var namespace: String?
    /// Counts, times of reading and degrees too.
    public var includesStatistics: Bool
    /// At most this many, 1 to `maximumLimit`.
    public var limit: Int
    /// The former page's `next`.
    public var after: String?

    public static let maximumLimit = 1_000
    /// Bytes of texts after which a page ends.
    public static let maximumPageBytes = 64 << 20

    public init(
        from: Moment, to: Moment? = nil, memory: MemoryKey? = nil, namespace: String? = nil,
        includesStatistics: Bool = false, limit: Int = 100, after: String? = nil
    ) {
        self.from = from
        self.to = to
        self.memory = memory
        self.namespace = namespace
        self.includesStatistics = includesStatistics
        self.limit = limit
        self.after = after
    }
}

/// A page of differences, in the order of namespace and key, byte by byte.
public struct DiffPage: Hashable, Sendable {
    /// The two moments, as they were found.
    public var from: LogMoment
    public var to: LogMoment
    public var differences: [MemoryDifference]
    /// The next query's `after`; nil at the end. To page through one difference, name `to`.
    public var next: String?
}

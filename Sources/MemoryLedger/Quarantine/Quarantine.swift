public import EventLog

/// A quarantine in force: nothing is shown that comes from its contributor, or was derived from what comes from it.
///
///     for quarantine in try await ledger.quarantines() { print(quarantine.contributor, quarantine.memories) }
public struct Quarantine: Hashable, Sendable {
    public var contributor: Contributor
    /// The event that put it in force.
    public var position: Position
    public var since: Timestamp
    /// Who did it.
    public var actor: String?
    public var reason: String?
    /// Memories that it holds back, alone or with others; deleted ones do not count.
    public var memories: Int

    /// Of a reason, in bytes of UTF-8.
    public static let maximumReasonBytes = 4_096

    /// `{"origin": {"kind", "name"}, "position", "since", "actor", "reason", "memories"}`.
    public var json: JSONValue {
        [
            "origin": contributor.json, "position": JSONValue(position), "since": .string(since.rfc3339),
            "actor": JSONValue(optional: actor), "reason": JSONValue(optional: reason),
            "memories": JSONValue(memories),
        ]
    }
}

/// What a quarantine takes out of the results, or a release brings back.
///
///     let report = try await ledger.previewQuarantine(web)
///     print(report.memories, report.keys)
public struct QuarantineReport: Hashable, Sendable {
    /// How many memories of a namespace are concerned.
    public struct Namespace: Hashable, Sendable {
        public var namespace: String
        public var memories: Int

        /// `{"namespace", "memories"}`.
        public var json: JSONValue { ["namespace": .string(namespace), "memories": JSONValue(memories)] }
    }

    public var contributor: Contributor
    /// The event; nil: nothing was written.
    public var position: Position?
    /// Memories that are no longer shown, or shown again.
    public var memories: Int
    /// Of these, those that come from the contributor themselves; the others were derived from them.
    public var direct: Int
    /// By namespace, in order.
    public var namespaces: [Namespace]
    /// The first of them, at most `maximumListed`, in the order of namespace and key.
    public var keys: [MemoryKey]

    public static let maximumListed = 100

    /// `{"origin": {"kind", "name"}, "position" (or null), "memories", "direct", "derived", "namespaces":
    /// [{"namespace", "memories"}], "keys": [{"namespace", "key"}]}`.
    public var json: JSONValue {
        [
            "origin": contributor.json, "position": position.map { JSONValue($0) } ?? .null,
            "memories": JSONValue(memories), "direct": JSONValue(direct), "derived": JSONValue(memories - direct),
            "namespaces": .array(namespaces.map(\.json)), "keys": .array(keys.map(\.json)),
        ]
    }
}

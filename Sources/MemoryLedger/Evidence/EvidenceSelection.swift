public import EventLog

/// Which events a file of evidence holds: those that fulfil everything that is set.
///
///     let selection = EvidenceSelection(actor: "importer", since: Timestamp(rfc3339: "2026-01-23T00:00:00Z"))
///     print(try await ledger.evidence(for: selection).counts)
public struct EvidenceSelection: Hashable, Sendable {
    /// What happened to this memory, under its other keys too.
    public var memory: MemoryKey?
    public var actor: String?
    public var correlationID: String?
    /// Recorded then or later.
    public var since: Timestamp?
    /// Recorded then or earlier.
    public var until: Timestamp?
    /// Every event from one position to another.
    public var positions: ClosedRange<Position>?

    public init(
        memory: MemoryKey? = nil, actor: String? = nil, correlationID: String? = nil, since: Timestamp? = nil,
        until: Timestamp? = nil, positions: ClosedRange<Position>? = nil
    ) {
        self.memory = memory
        self.actor = actor
        self.correlationID = correlationID
        self.since = since
        self.until = until
        self.positions = positions
    }

    var isEmpty: Bool { memory == nil && isOnlyByKey && positions == nil }
    private var isOnlyByKey: Bool { actor == nil && correlationID == nil && since == nil && until == nil }

    /// What can be proved about what was left out: see `Evidence.Completeness`.
    var completeness: Evidence.Completeness {
        guard isOnlyByKey else { return .notProvable }
        switch (memory, positions) {
        case (nil, .some): return .positions
        case (.some, nil): return .versions
        default: return .notProvable
        }
    }

    var filter: EventFilter {
        EventFilter(actor: actor, correlationID: correlationID, recordedFrom: since, recordedThrough: until)
    }

    /// `{"key": {"namespace", "key"}, "actor", "correlation_id", "since", "until", "positions"}`, null where not set.
    package var json: JSONValue {
        [
            "key": memory.map { ["namespace": .string($0.namespace), "key": .string($0.key)] } ?? .null,
            "actor": JSONValue(optional: actor), "correlation_id": JSONValue(optional: correlationID),
            "since": JSONValue(optional: since?.rfc3339), "until": JSONValue(optional: until?.rfc3339),
            "positions": positions.map { .array([JSONValue($0.lowerBound), JSONValue($0.upperBound)]) } ?? .null,
        ]
    }

    /// In words, for a person.
    package var words: String {
        var parts: [String] = []
        if let memory { parts.append("what happened to the memory \(memory.key) in namespace \(memory.namespace)") }
        if let positions {
            parts.append("the events at the positions \(positions.lowerBound) to \(positions.upperBound)")
        }
        if parts.isEmpty { parts.append("events") }
        if let actor { parts.append("by the actor \(actor)") }
        if let correlationID { parts.append("of the request \(correlationID)") }
        if let since { parts.append("recorded at \(since.rfc3339) or later") }
        if let until { parts.append("recorded at \(until.rfc3339) or earlier") }
        return parts.joined(separator: ", ")
    }
}

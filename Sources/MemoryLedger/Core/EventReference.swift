public import EventLog

/// An event without its body: who did it, when, and for which request.
public struct EventReference: Hashable, Sendable {
    public var position: Position
    public var id: EventID
    public var type: EventType
    public var recordedAt: Timestamp
    public var occurredAt: Timestamp
    public var attribution: Attribution

    public init(_ event: RecordedEvent) {
        position = event.position
        id = event.id
        type = event.type
        recordedAt = event.recordedAt
        occurredAt = event.occurredAt
        attribution = event.attribution
    }

    /// ` by bob at position 7`; nothing of none.
    static func by(_ event: EventReference?) -> String {
        guard let event else { return "" }
        return (event.attribution.actor.map { " by \($0)" } ?? "") + " at position \(event.position)"
    }

    /// `{"position", "event_id", "type", "recorded_at", "occurred_at", "actor", "correlation_id", "causation_id"}`.
    public var json: JSONValue { .object(JSONObject(members)) }

    package var members: [JSONObject.Member] {
        [
            .init(name: "position", value: JSONValue(position)),
            .init(name: "event_id", value: .string(id.description)),
            .init(name: "type", value: .string(type.rawValue)),
            .init(name: "recorded_at", value: .string(recordedAt.rfc3339)),
            .init(name: "occurred_at", value: .string(occurredAt.rfc3339)),
            .init(name: "actor", value: JSONValue(optional: attribution.actor)),
            .init(name: "correlation_id", value: JSONValue(optional: attribution.correlationID)),
            .init(name: "causation_id", value: JSONValue(optional: attribution.causationID)),
        ]
    }
}

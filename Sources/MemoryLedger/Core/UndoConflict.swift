import EventLog

/// An event that cannot be undone without losing later work.
public struct UndoConflict: Hashable, Sendable {
    /// The event that was to be undone.
    public var event: EventReference
    /// The memory, under the key that it had then; of another module, the namespace and the id of the subject.
    public var memory: MemoryKey
    /// The field that is not as the event left it: `summary`, `links`, `key`; `subject` if all of it came or went.
    public var field: String
    /// The event that changed it since, where there is one.
    public var changedBy: EventReference?
    /// One sentence.
    public var reason: String

    public init(
        event: EventReference, memory: MemoryKey, field: String, changedBy: EventReference?, reason: String
    ) {
        self.event = event
        self.memory = memory
        self.field = field
        self.changedBy = changedBy
        self.reason = reason
    }

    /// `{"event", "namespace", "key", "field", "changed_by", "reason"}`.
    public var json: JSONValue {
        [
            "event": event.json, "namespace": .string(memory.namespace), "key": .string(memory.key),
            "field": .string(field), "changed_by": changedBy?.json ?? .null, "reason": .string(reason),
        ]
    }
}

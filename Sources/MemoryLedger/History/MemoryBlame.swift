import EventLog

/// For each field and each link of a memory, the event that set it.
///
///     let blame = try await ledger.blame(tea)
///     for field in blame.fields { print(field.field, field.setBy.attribution.actor ?? "somebody") }
public struct MemoryBlame: Hashable, Sendable {
    /// A field, its value, and the event that last set it, to the same value perhaps.
    public struct Field: Hashable, Sendable {
        /// As it is called in JSON: `key` where it was renamed, `summary`, `extra.colour`, `status`, `expires_at`.
        public var field: String
        public var value: JSONValue
        public var setBy: EventReference

        /// `{"field", "value", "set_by"}`.
        public var json: JSONValue {
            ["field": .string(field), "value": value, "set_by": setBy.json]
        }
    }

    /// A link, the event that made it, and those that changed it since.
    public struct Link: Hashable, Sendable {
        public var link: MemoryLink
        public var madeBy: EventReference
        /// What last set its term and weight, where that is not what made it.
        public var setBy: EventReference?
        /// Renames of its target, which it followed, the latest first.
        public var movedBy: [EventReference]

        /// `{"link", "made_by", "set_by", "moved_by"}`.
        public var json: JSONValue {
            [
                "link": link.json, "made_by": madeBy.json, "set_by": setBy?.json ?? .null,
                "moved_by": .array(movedBy.map(\.json)),
            ]
        }
    }

    public var memory: MemoryKey
    /// In the order of a memory's JSON.
    public var fields: [Field]
    /// In the order of the memory's links.
    public var links: [Link]

    /// `{"namespace", "key", "fields": [{"field", "value", "set_by"}], "links": [{"link", "made_by", "set_by",
    /// "moved_by"}]}`, where events are `{"position", "event_id", "type", "recorded_at", "occurred_at", "actor",
    /// "correlation_id", "causation_id"}`.
    public var json: JSONValue {
        [
            "namespace": .string(memory.namespace), "key": .string(memory.key),
            "fields": .array(fields.map(\.json)), "links": .array(links.map(\.json)),
        ]
    }
}

public import EventLog
import Projections

/// Events of the log that this program does not read: they are kept, and nothing that it shows comes from them.
///
///     let unread = try await ledger.unreadEvents()
///     print(unread.unknown, unread.newer)
public struct UnreadEvents: Hashable, Sendable {
    /// Events of one type.
    public struct Kind: Hashable, Sendable {
        public var type: EventType
        /// Nil where the type is not known in any version.
        public var schemaVersion: Int?
        public var events: Int
        public var firstPosition: Position

        /// `{"type", "schema_version", "events", "first_position"}`, without a schema version where there is none.
        public var json: JSONValue {
            var object: JSONObject = ["type": .string(type.rawValue)]
            if let schemaVersion { object.append("schema_version", JSONValue(schemaVersion)) }
            object.append("events", JSONValue(events))
            object.append("first_position", JSONValue(firstPosition))
            return .object(object)
        }
    }

    /// Of types that neither this program nor a projector of the ledger's own names. By name.
    public var unknown: [Kind]
    /// Of known types in schema versions of a newer program, but for those that were skipped by choice. By name and
    /// version.
    public var newer: [Kind]
}

extension MemoryLedger {
    /// Events of types that this program does not know. Reads the log only if there are such types.
    public func unknownEvents() async throws -> [UnreadEvents.Kind] {
        let known = options.projectors.reduce(into: events.types) { $0.formUnion($1.eventTypes ?? []) }
        let unknown = Set(try await log.types()).subtracting(known)
        guard !unknown.isEmpty else { return [] }
        let kinds = try await log.kinds { type, _ in unknown.contains(type) }
        return Dictionary(grouping: kinds, by: \.type).sorted { $0.key < $1.key }.map { type, kinds in
            UnreadEvents.Kind(
                type: type, schemaVersion: nil, events: kinds.reduce(0) { $0 + $1.events },
                firstPosition: kinds.map(\.firstPosition).min() ?? 0)
        }
    }

    /// Events that this program does not read. Reads the envelopes of the whole log.
    public func unreadEvents() async throws -> UnreadEvents {
        let skipped = try host.deadLetters().filter { $0.state == .skipped }.map(\.position)
        let newer = try await log.kinds(besides: Set(skipped)) { [events] type, version in
            events.isNewer(type, version)
        }
        return UnreadEvents(
            unknown: try await unknownEvents(),
            newer: newer.map {
                UnreadEvents.Kind(
                    type: $0.type, schemaVersion: $0.schemaVersion, events: $0.events, firstPosition: $0.firstPosition)
            })
    }
}

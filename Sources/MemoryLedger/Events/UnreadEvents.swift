public import EventLog
import LedgerStorage
import Projections
import SQLiteEventLog

/// Events of the log that this program does not read: they are kept, and nothing that it shows comes from them.
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
    /// Of known types in schema versions of a newer program, but for those that somebody chose to skip. By name and
    /// version.
    public var newer: [Kind]
}

extension MemoryLedger {
    /// Events of types that this program does not know. Reads the log only where there are such types.
    public func unknownEvents() async throws -> [UnreadEvents.Kind] {
        try tables.readSnapshot { try unknownEvents($0) }
    }

    /// Events that this program does not read. Reads the envelopes of the whole log.
    public func unreadEvents() async throws -> UnreadEvents {
        try tables.readSnapshot { sqlite in
            UnreadEvents(unknown: try unknownEvents(sqlite), newer: try newerEvents(sqlite))
        }
    }

    private func unknownEvents(_ sqlite: SQLiteConnection) throws -> [UnreadEvents.Kind] {
        let known = options.projectors.reduce(into: KnownEvents.types) { $0.formUnion($1.eventTypes ?? []) }
        let types = try sqlite.statement("SELECT id, name FROM event_types")
        var unknown: [(id: Int64, type: EventType)] = []
        while try types.step() {
            let type = EventType(types.text(1))
            if !known.contains(type) { unknown.append((types.int64(0), type)) }
        }
        types.reset()
        return try unknown.sorted { $0.type < $1.type }.compactMap { id, type in
            let row = try sqlite.statement("SELECT count(*), min(position) FROM events WHERE type_id = ?")
            row.bind(1, id)
            defer { row.reset() }
            guard try row.step(), row.int(0) > 0 else { return nil }
            return .init(type: type, schemaVersion: nil, events: row.int(0), firstPosition: row.int64(1))
        }
    }

    private func newerEvents(_ sqlite: SQLiteConnection) throws -> [UnreadEvents.Kind] {
        let isSkipped =
            try sqlite.hasTable("dead_letters")
            ? "AND position NOT IN (SELECT position FROM dead_letters WHERE state = 'skipped')" : ""
        let rows = try sqlite.statement(
            """
            SELECT name, schema_version, count(*), min(position) FROM events JOIN event_types ON id = type_id
            WHERE schema_version > 1 \(isSkipped) GROUP BY type_id, schema_version
            """)
        defer { rows.reset() }
        var newer: [UnreadEvents.Kind] = []
        while try rows.step() {
            let type = EventType(rows.text(0))
            guard let newest = KnownEvents.newestSchema(of: type), rows.int(1) > newest else { continue }
            newer.append(
                .init(type: type, schemaVersion: rows.int(1), events: rows.int(2), firstPosition: rows.int64(3)))
        }
        return newer.sorted { ($0.type, $0.schemaVersion ?? 0) < ($1.type, $1.schemaVersion ?? 0) }
    }
}

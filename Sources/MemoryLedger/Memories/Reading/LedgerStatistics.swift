public import EventLog
import LedgerStorage
import Projections

/// What a ledger holds.
///
///     for namespace in try await ledger.statistics().namespaces { print(namespace.namespace, namespace.memories) }
public struct LedgerStatistics: Hashable, Sendable {
    /// What one namespace holds.
    public struct Namespace: Hashable, Sendable {
        public var namespace: String
        /// Those that are quarantined are not among them.
        public var memories: Int
        public var quarantined: Int
        /// Links of all memories, those of quarantined ones too.
        public var links: Int
        /// Links to a key that holds no memory, and links without a key.
        public var linksWithoutTarget: Int
        /// Events in the streams of the namespace's memories, by type.
        public var events: [EventType: Int]
    }

    /// A projection, and how far it is.
    public struct Projection: Hashable, Sendable {
        public var name: String
        public var version: Int
        public var generation: Int
        public var position: Position
    }

    /// The log's last position.
    public var position: Position
    /// The database's size with its write-ahead log, in bytes.
    public var sizeBytes: Int64
    public var namespaces: [Namespace]
    public var projections: [Projection]
    /// Events in the log of types that this version does not know: kept, not applied.
    public var unknownTypes: [EventType]
    /// What modules say of themselves, by their names.
    public var modules = JSONObject()
    /// Namespaces that were left out because the ledger was opened without its master key. Of a moment only: what is
    /// counted of the present is no secret.
    public var locked: [String] = []
}

extension MemoryReading {
    /// Counts by namespace, kept up with every event. Reads that still wait to be counted are appended first.
    public func statistics() async throws -> LedgerStatistics {
        let (source, parts) = (source, source.parts)
        try await source.counter?.flush()
        let tables = try await source.readableTables()
        var statistics = try tables.readSnapshot { sqlite in
            let projections = try ProjectionState.all(sqlite)
            return LedgerStatistics(
                position: try source.moment?.position ?? parts.store.position(sqlite),
                sizeBytes: tables.sizeBytes,
                namespaces: try LedgerStatistics.namespaces(sqlite),
                projections: projections.map {
                    .init(name: $0.name, version: $0.version, generation: $0.generation, position: $0.position)
                },
                unknownTypes: [], modules: try parts.events.statistics(sqlite),
                locked: source.moment == nil ? [] : try lockedNamespaces(sqlite))
        }
        statistics.unknownTypes = try await unknownTypes()
        return statistics
    }

    /// Types of events up to the moment that this version does not know.
    private func unknownTypes() async throws -> [EventType] {
        let (source, parts) = (source, source.parts)
        var unknown: [EventType] = []
        for type in try await parts.log.types() where parts.events[type] == nil {
            if let moment = source.moment {
                let first = try await parts.log.read(EventQuery(EventFilter(types: [type]), limit: 1)).events.first
                guard let first, first.position <= moment.position else { continue }
            }
            unknown.append(type)
        }
        return unknown
    }
}

extension EventCatalogue {
    /// Of the modules that have something to say.
    fileprivate func statistics(_ tables: SQLiteConnection) throws -> JSONObject {
        var statistics = JSONObject()
        for module in modules {
            let own = try module.statistics(tables)
            if !own.isEmpty { statistics.append(module.name, .object(own)) }
        }
        return statistics
    }
}

extension LedgerStatistics {
    fileprivate static func namespaces(_ sqlite: SQLiteConnection) throws -> [LedgerStatistics.Namespace] {
        var namespaces: [LedgerStatistics.Namespace] = []
        let rows = try sqlite.statement(
            """
            SELECT namespace, memories, links, links_without_target, ifnull(held, 0) FROM namespaces LEFT JOIN
                (SELECT m.namespace AS name, count(*) AS held FROM quarantined q JOIN memories m ON m.id = q.memory
                    GROUP BY m.namespace) ON name = namespace
            ORDER BY namespace
            """)
        defer { rows.reset() }
        while try rows.step() {
            namespaces.append(
                .init(
                    namespace: rows.text(0),
                    memories: rows.int(1).subtractingReportingOverflow(rows.int(4)).partialValue,
                    quarantined: rows.int(4),
                    links: rows.int(2), linksWithoutTarget: rows.int(3),
                    events: try events(rows.text(0), sqlite)))
        }
        return namespaces
    }

    private static func events(_ namespace: String, _ sqlite: SQLiteConnection) throws -> [EventType: Int] {
        let rows = try sqlite.statement("SELECT type, events FROM namespace_events WHERE namespace = ?")
        rows.bind(1, namespace)
        defer { rows.reset() }
        var events: [EventType: Int] = [:]
        while try rows.step() { events[EventType(rows.text(0))] = rows.int(1) }
        return events
    }
}

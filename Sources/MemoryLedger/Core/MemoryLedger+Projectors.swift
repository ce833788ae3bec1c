import EmbeddedLedger
import EventLog
public import LedgerStorage
import Projections

extension MemoryLedger {
    /// Reads projection tables, in one snapshot: those of your own projectors, or `memories` in SQL of your own.
    ///
    ///     let changes = try await ledger.readTables { try $0.integer("SELECT sum(changes) FROM actor_tally") }
    ///
    /// Keep it short: a long reader keeps the write-ahead log from being reset. Nothing can be written.
    ///
    /// - Throws: what the body throws; `EventLogError.closed`, or `storage` where SQLite refuses.
    public func readTables<T>(_ body: (SQLiteConnection) throws -> T) async throws -> T {
        try parts.snapshot(body)
    }
}

extension MemoryLedgerOptions {
    /// The ledger's own first.
    var allProjectors: ProjectorSet {
        let events = events
        return ProjectorSet(events.modules.flatMap(\.projectors) + projectors, upcasters: events.upcasters)
    }

    /// Every type of event that is known; `checkModules` says whether the modules go together.
    package var events: EventCatalogue {
        modules.isEmpty ? .builtIn : EventCatalogue(checked: EventCatalogue.builtIn.modules + modules)
    }

    /// - Throws: `MemoryLedgerError.invalidArgument` where two modules, types of events, projectors or projections have
    ///   one name, two projectors one table, or where a schema cannot be used.
    func checkModules() throws {
        if !modules.isEmpty { _ = try EventCatalogue(EventCatalogue.builtIn.modules + modules) }
        let projectors = modules.flatMap(\.projectors) + projectors
        guard !projectors.isEmpty else { return }
        let own = EventCatalogue.builtIn.modules.flatMap(\.projectors)
        var names = Set(own.map { ByteText($0.name) })
        var taken = Set(own.flatMap(\.projections).map { ByteText($0.name) })
        // SQLite does not tell upper from lower case in the names of tables.
        var tables = Set(
            (EmbeddedLedger.tableNames + own.flatMap(\.projections).flatMap(\.schema.allTableNames)).map {
                $0.lowercased()
            })
        for projector in projectors {
            guard names.insert(ByteText(projector.name)).inserted else {
                throw MemoryLedgerError(
                    .invalidArgument, "Two projectors are called \(projector.name); give each a name of its own.")
            }
            for projection in projector.projections {
                try Self.check(projection, of: projector, &taken, &tables)
            }
        }
    }

    private static func check(
        _ projection: ProjectionDefinition, of projector: any Projector, _ names: inout Set<ByteText>,
        _ tables: inout Set<String>
    ) throws {
        guard names.insert(ByteText(projection.name)).inserted else {
            throw MemoryLedgerError(
                .invalidArgument, "Two projections are called \(projection.name); give each a name of its own.")
        }
        guard projection.version >= 1 else {
            throw MemoryLedgerError(
                .invalidArgument, "Projection \(projection.name) has version \(projection.version); begin with 1.")
        }
        if let problem = projection.schema.problem {
            throw MemoryLedgerError(
                .invalidArgument, "The schema of projection \(projection.name) cannot be used: \(problem).")
        }
        for table in projection.schema.allTableNames {
            let name = table.lowercased()
            let isFree = !ProjectionStore.reservedPrefixes.contains { name.hasPrefix($0) }
            if isFree, tables.insert(name).inserted { continue }
            throw MemoryLedgerError(
                .invalidArgument, "Projector \(projector.name) wants a table \(table), which is taken; rename it.")
        }
    }
}

import Foundation

/// A column's value, as SQLite stores it.
public enum ColumnValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])

    public static func == (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.integer(let left), .integer(let right)): left == right
        case (.real(let left), .real(let right)): left.bitPattern == right.bitPattern
        case (.text(let left), .text(let right)): left.hasSameBytes(as: right)
        case (.blob(let left), .blob(let right)): left == right
        default: false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .integer(let value): hasher.combine(value)
        case .real(let value): hasher.combine(value.bitPattern)
        case .text(let value): value.hashBytes(into: &hasher)
        case .blob(let value): hasher.combine(value)
        }
    }
}

/// What one event does to the projections' rows.
public struct EventExplanation: Hashable, Sendable {
    /// A row before and after the event; nil where it is not there.
    public struct Row: Hashable, Sendable {
        /// In the order of the table's columns.
        public var before: [ColumnValue]?
        public var after: [ColumnValue]?
    }

    public struct Table: Hashable, Sendable {
        public var name: String
        /// The stored columns; generated ones say nothing new.
        public var columns: [String]
        /// In the order in which they were touched.
        public var rows: [Row]
    }

    public struct Projection: Hashable, Sendable {
        public var name: String
        public var version: Int
        /// The tables whose rows differ.
        public var tables: [Table]
        /// The event touched more rows than `maximumChanges` of a table; those are left out.
        public var isComplete: Bool
    }

    public var event: RecordedEvent
    public var projections: [Projection]

    /// Changes of one table that are looked at.
    public static let maximumChanges = 10_000
}

extension ProjectionHost {
    /// Applies an event to the projections as they stood before it, in a database of its own, and tells what it did.
    ///
    /// It knows nothing of the tables: temporary triggers on each note every row that changes.
    ///
    /// - Throws: `EventLogError.projectionFailed` where a projector refuses the event or one before it.
    package func explain(_ event: RecordedEvent) async throws -> EventExplanation {
        try await withSideDatabase(at: event.position - 1) { sqlite, runs in
            let recorders = try runs.map { run in
                try run.projector.schema.tableNames.map { try ChangeRecorder($0, sqlite) }
            }
            for run in runs {
                try run.apply(event)
                try run.session.flush()
            }
            let projections = try zip(runs, recorders).map { run, recorders in
                let tables = try recorders.map { try $0.table(sqlite) }
                return EventExplanation.Projection(
                    name: run.projector.name, version: run.projector.version,
                    tables: tables.map(\.table).filter { !$0.rows.isEmpty }, isComplete: tables.allSatisfy(\.isComplete)
                )
            }
            return EventExplanation(event: event, projections: projections)
        }
    }

    /// Builds the projections as they stood right after a position in a database that the body may write to. It is
    /// removed afterwards.
    private func withSideDatabase<T: Sendable>(
        at position: Position, _ body: @escaping @Sendable (SQLiteConnection, [ProjectionRun]) throws -> T
    ) async throws -> T {
        let side = try SideDatabase(path: Self.temporaryPath())
        let builder = SideRuns()
        defer { side.discard { builder.runs = [] } }
        let (projectors, upcasters) = (projectors, upcasters)
        try await side.run { sqlite in
            for projector in projectors { try projector.schema.createTables(sqlite) }
            builder.runs = projectors.map { ProjectionRun($0, sqlite, upcasters, isBeingBuilt: true) }
        }
        let reader = try ReplayReader(log)
        let prepare: @Sendable ([RecordedEvent]) -> PreparedEvents = { PreparedEvents($0, for: projectors, upcasters) }
        var page = prepare(try reader.page(limit: Self.batchEvents))
        while let first = page.events.first, first.position <= position {
            try Task.checkCancellation()
            async let next = reader.nextPage(limit: Self.batchEvents, prepare)
            let events = page
            try await side.run { _ in try events.apply(to: builder.runs) { $0.position <= position } }
            page = try await next
        }
        return try await side.run { sqlite in
            for run in builder.runs { try run.session.flush() }
            return try body(sqlite, builder.runs)
        }
    }

    private static func temporaryPath() -> String {
        FileManager.default.temporaryDirectory.appendingPathComponent("memledger-explain-\(UUID()).sqlite").path
    }
}

/// The runs that build a side database.
private final class SideRuns: Sendable {
    // Proof of safety: touched only inside blocks that run on the side database's queue, one after the other.
    nonisolated(unsafe) var runs: [ProjectionRun] = []
}

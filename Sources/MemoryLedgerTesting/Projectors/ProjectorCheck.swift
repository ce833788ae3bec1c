public import EventLog
import LedgerStorage
import MemoryLedger
public import Projections
import SQLiteEventLog

/// Shows that projectors may be interrupted, and that they do not care for an order that means nothing.
///
///     try await ProjectorCheck([ActorTally()]).expectIdempotent(over: ledger.recordedEvents())
///
/// The ledger's own projector takes part, since the tables of yours stand beside its own. `ScenarioOutcome` has both
/// checks as `thenIdempotent` and `thenSameRowsInAnyOrder`.
public struct ProjectorCheck: Sendable {
    let projectors: [any Projector]
    let positions: [PositionColumn]
    let coupledStreams: @Sendable (RecordedEvent) -> [StreamName]

    /// - Parameters:
    ///   - projectors: Projectors of your own.
    ///   - positions: Columns of their tables that hold positions of events, such as an id made of one. Positions
    ///     differ from one order of the events to another, so rows are compared by the stream and version instead.
    ///   - coupledStreams: The streams that an event's meaning depends on beside its own, where that is not told by
    ///     what this library knows: events of coupled streams keep their order.
    public init(
        _ projectors: [any Projector] = [], positions: [PositionColumn] = [],
        coupledStreams: @escaping @Sendable (RecordedEvent) -> [StreamName] = { _ in [] }
    ) {
        self.projectors = projectors
        self.positions = PositionColumn.ofMemories + positions
        self.coupledStreams = coupledStreams
    }

    /// Events of one append: large enough to be quick, small enough to have several.
    static let batchEvents = 1_000

    var all: [any Projector] { [MemoryProjector()] + projectors }

    func openLedger() async throws -> MemoryLedger {
        try await MemoryLedger.forTesting(projectors: projectors)
    }

    /// Appends events as they are, but for their places and the time at which the log takes them.
    ///
    /// - Parameter isTwice: each append is repeated with the same ids, as by a caller that did not get the answer.
    /// - Returns: the position of each.
    @discardableResult
    func append(
        _ events: [RecordedEvent], to ledger: MemoryLedger, isTwice: Bool = false, batch: Int = batchEvents
    ) async throws -> [Position] {
        var positions: [Position] = []
        for start in stride(from: 0, to: events.count, by: batch) {
            let appends = events[start..<min(start + batch, events.count)].map { event in
                StreamAppend(
                    event.stream,
                    events: [
                        NewEvent(
                            id: event.id, type: event.type, schemaVersion: event.schemaVersion, payload: event.payload,
                            occurredAt: event.occurredAt, attribution: event.attribution)
                    ])
            }
            positions += try await ledger.log.append(appends).positions
            if isTwice { _ = try await ledger.log.append(appends) }
        }
        return positions
    }
}

/// A column that holds the position of an event, or a number made of one.
public struct PositionColumn: Hashable, Sendable {
    public var table: String
    public var column: String
    /// What the position is multiplied with before something smaller is added: 1 where the column is the position.
    public var unit: Int64

    public init(table: String, column: String, unit: Int64 = 1) {
        self.table = table
        self.column = column
        self.unit = max(1, unit)
    }

    /// Those of the ledger's own tables.
    static let ofMemories = [
        PositionColumn(table: "memories", column: "id"),
        PositionColumn(table: "memories", column: "source_row"),
        PositionColumn(table: "memory_links", column: "id", unit: 1 << 20),
        PositionColumn(table: "memory_links", column: "position"),
        PositionColumn(table: "ended_links", column: "id", unit: 1 << 20),
        PositionColumn(table: "ended_links", column: "ended"),
        PositionColumn(table: "ended_links", column: "began"),
        PositionColumn(table: "prefixed_lives", column: "began"),
        PositionColumn(table: "prefixed_lives", column: "ended"),
        PositionColumn(table: "renames", column: "position"),
        PositionColumn(table: "memory_marks", column: "position"),
        PositionColumn(table: "import_sources", column: "id"),
        PositionColumn(table: "import_rows", column: "lineage"),
        PositionColumn(table: "import_rows", column: "id"),
        PositionColumn(table: "import_rows", column: "position"),
        PositionColumn(table: "memory_origins", column: "memory"),
        PositionColumn(table: "memory_derivations", column: "parent"),
        PositionColumn(table: "memory_derivations", column: "memory"),
        PositionColumn(table: "departures", column: "memory"),
        PositionColumn(table: "quarantines", column: "position"),
        PositionColumn(table: "quarantined", column: "memory"),
        PositionColumn(table: "quarantined", column: "began"),
        PositionColumn(table: "ended_quarantines", column: "memory"),
        PositionColumn(table: "ended_quarantines", column: "began"),
        PositionColumn(table: "ended_quarantines", column: "ended"),
        PositionColumn(table: "standing_texts", column: "memory"),
        PositionColumn(table: "standing_texts", column: "began"),
        PositionColumn(table: "ended_texts", column: "began"),
        PositionColumn(table: "ended_texts", column: "ended"),
        PositionColumn(table: "ended_texts", column: "memory"),
        PositionColumn(table: "expiring_texts", column: "began"),
        PositionColumn(table: "hidden_memories", column: "memory"),
        PositionColumn(table: "hidden_memories", column: "began"),
        PositionColumn(table: "ended_hidings", column: "memory"),
        PositionColumn(table: "ended_hidings", column: "began"),
        PositionColumn(table: "ended_hidings", column: "ended"),
        PositionColumn(table: "ledger_policy", column: "position"),
    ]
}

/// The rows of all tables of some projectors, as lines.
struct TableContents {
    private(set) var lines: [(table: String, rows: [String])] = []

    /// - Parameter names: what to write for a position in a position column; nil leaves everything as it is.
    init(
        _ projectors: [any Projector], _ sqlite: SQLiteConnection, positions: [PositionColumn] = [],
        names: [Position: String]? = nil
    ) throws {
        let contributors = try names == nil ? [:] : Self.contributors(sqlite)
        for table in projectors.flatMap(\.schema.tableNames) {
            var rows = try TableRows(table: table, columns: nil).read(sqlite)
            if let names {
                for column in positions where column.table == table {
                    for index in rows.indices { Self.rename(column, in: &rows[index], names) }
                }
                if let column = Self.contributorColumns[table] {
                    for index in rows.indices {
                        guard let id = rows[index][column]?.number?.int64, let name = contributors[id] else { continue }
                        rows[index][column] = .string(name)
                    }
                }
                if table == Self.marks { for index in rows.indices { rows[index].remove("mark") } }
            }
            let text = rows.map { JSONValue($0).description }
            lines.append((table, names == nil ? text : text.sorted { $0.precedesByBytes($1) }))
        }
    }

    /// Columns that hold the number of an origin, which depends on who named it first.
    private static let contributorColumns = [
        "origins": "id", "memory_origins": "origin", "quarantines": "origin", "memories": "source",
    ]

    private static func contributors(_ sqlite: SQLiteConnection) throws -> [Int64: String] {
        let rows = try sqlite.statement("SELECT id, kind, name FROM origins")
        defer { rows.reset() }
        var names: [Int64: String] = [:]
        while try rows.step() { names[rows.int64(0)] = "\(rows.text(1)) \(rows.text(2))" }
        return names
    }

    /// Its messages hold positions; what else they say stands in `memories` too.
    private static let marks = "memory_marks"

    private static func rename(_ column: PositionColumn, in row: inout JSONObject, _ names: [Position: String]) {
        guard let value = row[column.column]?.number?.int64, let name = names[value / column.unit] else { return }
        let rest = value % column.unit
        row[column.column] = .string(rest == 0 ? name : "\(name)+\(rest)")
    }

    /// Table by table, the rows that differ.
    func difference(to found: TableContents) -> [String] {
        zip(lines, found.lines).flatMap { expected, found in
            let rows = LineDifference.lines(expected: expected.rows, found: found.rows)
            return rows.isEmpty ? [] : ["  \(expected.table):"] + rows
        }
    }
}

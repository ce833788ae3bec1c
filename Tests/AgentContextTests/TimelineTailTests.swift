import EventLog
import EventLogTesting
import LedgerStorage
import Projections
import Testing

@testable import AgentContext

/// Goal: an event that was set aside, and is taken when later ones have been, makes the tables that it would have made
/// in its place. Method: events in order, and the same with some of them later, each in a transaction of its own.
@Suite struct TimelineTailTests {
    private static let positions: ClosedRange<Position> = 120...300

    /// In windows that are over, at the beginning, in the middle and at the end of the present one.
    @Test(arguments: [[120], [130, 255], [256], [270], [300], [270, 256, 140, 300, 121]] as [[Position]])
    func whatComesLaterGoesToItsPlace(late: [Position]) throws {
        let inOrder = try Self.tables(Array(Self.positions))
        let others = try Self.tables(Self.positions.filter { !late.contains($0) } + late)
        #expect(others == inOrder && inOrder.tail.count == 300 - 256 + 1)
    }

    private static func tables(_ positions: [Position]) throws -> (rows: [String], tail: [String]) {
        let database = try PrivateDatabase(":memory:")
        let sqlite = database.sqlite
        let projector = TimelineProjector()
        try sqlite.execute(String(decoding: PackageResources.context_timeline_sql, as: UTF8.self))
        let writer = projector.makeWriter(sqlite, isBeingBuilt: false)
        for position in positions {
            try sqlite.transaction {
                try writer.apply(event(position))
                try writer.flush()
            }
            // As the next process finds it, sometimes.
            if position % 7 == 0 { writer.forget() }
        }
        return (
            try texts(
                "SELECT namespace || span || start || type || events || quote(minutes) FROM timeline ORDER BY 1", sqlite
            ),
            try texts("SELECT position || type || minute || bytes FROM timeline_tail ORDER BY position", sqlite)
        )
    }

    private static func event(_ position: Position) -> RecordedEvent {
        let time = Timestamp(milliseconds: 1_700_000_000_000 + position * 61_000)
        var ids = SeededRandom(UInt64(position))
        return RecordedEvent(
            position: position, stream: StreamName("mem/\(position % 5)"), version: position, type: "Tested",
            schemaVersion: 1,
            id: EventID(high: ids.next(), low: ids.next()), recordedAt: time, occurredAt: time,
            attribution: Attribution(), payload: [UInt8](repeating: 1, count: Int(position % 9)))
    }

    private static func texts(_ sql: String, _ sqlite: SQLiteConnection) throws -> [String] {
        let row = try sqlite.statement(sql)
        defer { row.reset() }
        var texts: [String] = []
        while try row.step() { texts.append(row.text(0)) }
        return texts
    }
}

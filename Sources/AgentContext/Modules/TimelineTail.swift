import EventLog
import LedgerStorage

/// What is counted of an event.
struct TimelineEvent {
    var position: Position
    var place: TimelinePlace
    var type: EventType
    /// When it begins.
    var minute: Timestamp
    var bytes: Int64

    init(_ event: RecordedEvent, at place: TimelinePlace) {
        (position, self.place, type) = (event.position, place, event.type)
        minute = TimeBucket.minute.start(of: event.occurredAt)
        bytes = Int64(event.payloadBytes)
    }

    /// - Parameter row: of `timeline_tail`, all columns.
    init(_ row: SQLiteStatement) {
        position = row.int64(0)
        place = TimelinePlace(row.text(1), user: row.text(2), session: row.text(3))
        type = EventType(row.text(4))
        minute = Timestamp(milliseconds: row.int64(5))
        bytes = row.int64(6)
    }
}

/// The last events, a row each, which are not in the rows of hours, days and months yet: those are up to seven for each
/// event, and are written once for many of them.
///
/// Events are in windows of positions. The first one of a window sends those of the window before to the rows, so that
/// the tables are the same in whatever transactions the events came. An event that was set aside and is taken later
/// goes where it would have gone.
final class TimelineTail {
    private let sqlite: SQLiteConnection
    private var events: [TimelineEvent] = []
    /// Which events have rows, the first and the last; nil: none.
    private var stored: ClosedRange<Position>?
    private var isKnown = false
    /// An event has come before others that have rows.
    private var mustRewrite = false

    /// How many positions a window has: what a question reads besides, and how seldom the rows are written.
    static let window: Position = 128

    init(_ sqlite: SQLiteConnection) { self.sqlite = sqlite }

    func forget() {
        events.removeAll()
        stored = nil
        isKnown = false
        mustRewrite = false
    }

    /// - Parameter count: takes the events that are no longer among the last ones.
    func add(_ event: TimelineEvent, leaving count: (TimelineEvent) throws -> Void) throws {
        if !isKnown { try load() }
        guard let last = events.last else {
            events.append(event)
            return
        }
        let (window, present) = (event.position / Self.window, last.position / Self.window)
        if window < present { return try count(event) }
        if window > present { try leave(count) }
        if let place = events.firstIndex(where: { $0.position > event.position }) {
            events.insert(event, at: place)
            mustRewrite = true
        } else {
            events.append(event)
        }
    }

    /// All of them leave.
    func leave(_ count: (TimelineEvent) throws -> Void) throws {
        if !isKnown { try load() }
        for event in events { try count(event) }
        events.removeAll(keepingCapacity: true)
    }

    private func load() throws {
        events = try Self.read(sqlite)
        if let first = events.first, let last = events.last { stored = first.position...last.position }
        isKnown = true
    }

    static func read(_ sqlite: SQLiteConnection) throws -> [TimelineEvent] {
        let row = try sqlite.statement(
            """
            SELECT position, namespace, username, session, type, minute, bytes FROM timeline_tail ORDER BY position
            """)
        defer { row.reset() }
        var events: [TimelineEvent] = []
        while try row.step() { events.append(TimelineEvent(row)) }
        return events
    }

    /// Writes what has come and what has left. Call it before the commit.
    func flush() throws {
        guard isKnown else { return }
        if let former = stored, mustRewrite || former.lowerBound != events.first?.position {
            try sqlite.statement("DELETE FROM timeline_tail").run()
            stored = nil
        }
        mustRewrite = false
        guard let first = events.first, let last = events.last else { return }
        let through = stored?.upperBound ?? 0
        if last.position > through {
            let insert = try sqlite.statement("INSERT INTO timeline_tail VALUES (?, ?, ?, ?, ?, ?, ?)")
            for event in events where event.position > through {
                insert.bind(1, event.position)
                insert.bind(2, event.place.namespace)
                insert.bind(3, event.place.user)
                insert.bind(4, event.place.session)
                insert.bind(5, event.type.rawValue)
                insert.bind(6, event.minute.milliseconds)
                insert.bind(7, event.bytes)
                try insert.run()
            }
        }
        stored = first.position...last.position
    }
}

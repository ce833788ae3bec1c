import EventLog
import LedgerStorage
import MemoryLedger

/// Adds what was counted to the rows of the timeline.
struct TimelineRowWriter {
    private let sqlite: SQLiteConnection

    init(_ sqlite: SQLiteConnection) { self.sqlite = sqlite }

    func add(_ tally: TimelineTally) throws {
        let (place, time) = (tally.key.place, tally.key.minute)
        let hour = TimeBucket.hour.start(of: time)
        var amount = TimelineAmount(type: tally.key.type, events: tally.events, bytes: tally.bytes)
        try addToNamespace(place, .day, time, amount)
        try addToNamespace(place, .month, time, amount)
        if !place.user.isEmpty { try addToUser(place, .month, time, amount) }
        let minute = Int((time.milliseconds - hour.milliseconds) / TimeBucket.minuteMilliseconds)
        amount.minutes.add(tally.events, bytes: tally.bytes, in: minute)
        try addToNamespace(place, .hour, time, amount)
        if !place.user.isEmpty { try addToUser(place, .hour, time, amount) }
        if !place.session.isEmpty { try addToSession(place, hour, amount) }
    }

    /// Takes a session's events from its user. A session's rows are fewer than a user's, hence `+`.
    func disown(_ session: MemoryKey, of user: String) throws {
        let read = try sqlite.statement(
            """
            SELECT start, type, events, bytes, minutes FROM timeline_sessions
            WHERE namespace = ? AND session = ? AND +username = ? ORDER BY start
            """)
        read.bind(1, session.namespace)
        read.bind(2, session.key)
        read.bind(3, user)
        defer { read.reset() }
        let (owned, free) = (
            TimelinePlace(session.namespace, user: user, session: session.key),
            TimelinePlace(session.namespace, session: session.key)
        )
        var rows: [(start: Timestamp, amount: TimelineAmount)] = []
        while try read.step() {
            rows.append(
                (
                    Timestamp(milliseconds: read.int64(0)),
                    TimelineAmount(
                        type: EventType(read.text(1)), events: read.int64(2), bytes: read.int64(3),
                        minutes: MinuteCounts(read.bytes(4)))
                ))
        }
        for (start, amount) in rows {
            try addToSession(free, start, amount)
            for span in [TimeBucket.hour, .month] { try subtractFromUser(owned, span, start, amount) }
        }
        let remove = try sqlite.statement(
            "DELETE FROM timeline_sessions WHERE namespace = ? AND session = ? AND +username = ?")
        remove.bind(1, session.namespace)
        remove.bind(2, session.key)
        remove.bind(3, user)
        try remove.run()
    }

    private func addToNamespace(_ place: TimelinePlace, _ span: TimeBucket, _ time: Timestamp, _ amount: TimelineAmount)
        throws
    {
        let start = span.start(of: time)
        var amount = amount
        if span == .hour {
            let find = try sqlite.statement(
                """
                SELECT minutes FROM timeline_namespaces WHERE namespace = ? AND span = 'hour' AND start = ? AND type = ?
                """)
            find.bind(1, place.namespace)
            find.bind(2, start.milliseconds)
            find.bind(3, amount.type.rawValue)
            try amount.addMinutes(found: find)
        }
        let add = try sqlite.statement(
            """
            INSERT INTO timeline_namespaces (namespace, span, start, type, events, bytes, minutes)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (namespace, span, start, type) DO UPDATE SET
                events = events + excluded.events, bytes = bytes + excluded.bytes, minutes = excluded.minutes
            """)
        add.bind(1, place.namespace)
        add.bind(2, span.rawValue)
        add.bind(3, start.milliseconds)
        try add.run(amount, from: 4)
    }

    private func addToUser(_ place: TimelinePlace, _ span: TimeBucket, _ time: Timestamp, _ amount: TimelineAmount)
        throws
    {
        let start = span.start(of: time)
        var amount = amount
        if span == .hour { try amount.addMinutes(found: findUser(place, start, amount.type)) }
        let add = try sqlite.statement(
            """
            INSERT INTO timeline_users (namespace, username, span, start, type, events, bytes, minutes)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (namespace, username, span, start, type) DO UPDATE SET
                events = events + excluded.events, bytes = bytes + excluded.bytes, minutes = excluded.minutes
            """)
        add.bind(1, place.namespace)
        add.bind(2, place.user)
        add.bind(3, span.rawValue)
        add.bind(4, start.milliseconds)
        try add.run(amount, from: 5)
    }

    /// The minutes of a user's hour.
    private func findUser(_ place: TimelinePlace, _ hour: Timestamp, _ type: EventType) throws -> SQLiteStatement {
        let find = try sqlite.statement(
            """
            SELECT minutes FROM timeline_users
            WHERE namespace = ? AND username = ? AND span = ? AND start = ? AND type = ?
            """)
        bindUser(place, .hour, hour, type, find, from: 1)
        return find
    }

    private func subtractFromUser(
        _ place: TimelinePlace, _ span: TimeBucket, _ time: Timestamp, _ amount: TimelineAmount
    ) throws {
        let start = span.start(of: time)
        var rest = MinuteCounts()
        if span == .hour {
            let find = try findUser(place, start, amount.type)
            defer { find.reset() }
            if try find.step() { rest = MinuteCounts(find.bytes(0)) }
            rest.subtract(amount.minutes)
        }
        let subtract = try sqlite.statement(
            """
            UPDATE timeline_users SET events = events - ?, bytes = bytes - ?, minutes = ?
            WHERE namespace = ? AND username = ? AND span = ? AND start = ? AND type = ?
            """)
        subtract.bind(1, amount.events)
        subtract.bind(2, amount.bytes)
        if span == .hour { subtract.bind(3, blob: rest.encoded) } else { subtract.bindNull(3) }
        bindUser(place, span, start, amount.type, subtract, from: 4)
        try subtract.run()
        let remove = try sqlite.statement(
            """
            DELETE FROM timeline_users
            WHERE namespace = ? AND username = ? AND span = ? AND start = ? AND type = ? AND events <= 0
            """)
        bindUser(place, span, start, amount.type, remove, from: 1)
        try remove.run()
    }

    private func bindUser(
        _ place: TimelinePlace, _ span: TimeBucket, _ start: Timestamp, _ type: EventType,
        _ statement: SQLiteStatement, from first: Int32
    ) {
        statement.bind(first, place.namespace)
        statement.bind(first + 1, place.user)
        statement.bind(first + 2, span.rawValue)
        statement.bind(first + 3, start.milliseconds)
        statement.bind(first + 4, type.rawValue)
    }

    private func addToSession(_ place: TimelinePlace, _ hour: Timestamp, _ amount: TimelineAmount) throws {
        var amount = amount
        let find = try sqlite.statement(
            """
            SELECT minutes FROM timeline_sessions
            WHERE namespace = ? AND username = ? AND start = ? AND session = ? AND type = ?
            """)
        find.bind(1, place.namespace)
        find.bind(2, place.user)
        find.bind(3, hour.milliseconds)
        find.bind(4, place.session)
        find.bind(5, amount.type.rawValue)
        try amount.addMinutes(found: find)
        let add = try sqlite.statement(
            """
            INSERT INTO timeline_sessions (namespace, username, start, session, type, events, bytes, minutes)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (namespace, username, start, session, type) DO UPDATE SET
                events = events + excluded.events, bytes = bytes + excluded.bytes, minutes = excluded.minutes
            """)
        add.bind(1, place.namespace)
        add.bind(2, place.user)
        add.bind(3, hour.milliseconds)
        add.bind(4, place.session)
        try add.run(amount, from: 5)
    }
}

/// What is added to a row.
struct TimelineAmount {
    var type: EventType
    var events: Int64
    var bytes: Int64
    /// Of an hour.
    var minutes = MinuteCounts()

    /// With the minutes that a row has.
    fileprivate mutating func addMinutes(found row: SQLiteStatement) throws {
        defer { row.reset() }
        if try row.step() { minutes.add(MinuteCounts(row.bytes(0))) }
    }
}

extension SQLiteStatement {
    fileprivate func run(_ amount: TimelineAmount, from first: Int32) throws {
        bind(first, amount.type.rawValue)
        bind(first + 1, amount.events)
        bind(first + 2, amount.bytes)
        if amount.minutes.counts.isEmpty { bindNull(first + 3) } else { bind(first + 3, blob: amount.minutes.encoded) }
        try run()
    }
}

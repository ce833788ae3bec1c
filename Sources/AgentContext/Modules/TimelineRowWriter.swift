import EventLog
import LedgerStorage
import MemoryLedger

/// Adds what was counted to the rows of the timeline.
final class TimelineRowWriter {
    private let sqlite: SQLiteConnection
    /// What the rows of hours say that were written last, so that the next event of an hour reads none.
    private var known: [Hour: MinuteCounts] = [:]

    /// Then all are forgotten; some 300 bytes each.
    private static let maximumKnown = 16_384

    init(_ sqlite: SQLiteConnection) { self.sqlite = sqlite }

    func forget() { known.removeAll() }

    private struct Hour: Hashable {
        var names: [ByteText]
        var type: EventType
        var start: Timestamp

        init(_ series: Series, _ start: Timestamp) {
            names = [ByteText(series.namespace), ByteText(series.user), ByteText(series.session)]
            (type, self.start) = (series.type, start)
        }
    }

    /// Whose events a row counts, and of which type.
    private struct Series {
        var namespace: String
        var user = ""
        var session = ""
        var type: EventType
    }

    /// What is added to a row; less than 0: what is taken from it.
    private struct Amount {
        var events: Int64
        var bytes: Int64
        /// Of an hour.
        var minutes = MinuteCounts()

        init(events: Int64, bytes: Int64, minutes: MinuteCounts) {
            (self.events, self.bytes, self.minutes) = (events, bytes, minutes)
        }

        init(_ tally: TimelineTally) {
            (events, bytes) = (tally.events, tally.bytes)
            let (time, hour) = (tally.key.minute, TimeBucket.hour.start(of: tally.key.minute))
            let minute = Int((time.milliseconds - hour.milliseconds) / TimeBucket.minuteMilliseconds)
            minutes.add(events, bytes: bytes, in: minute)
        }

        mutating func add(_ other: Amount) {
            events += other.events
            bytes += other.bytes
            minutes.add(other.minutes)
        }

        var negated: Amount { Amount(events: -events, bytes: -bytes, minutes: minutes.negated) }
    }

    /// Sessions that write at the same time are of few namespaces, whose rows are written once for all of them.
    func add(_ tallies: [TimelineTally]) throws {
        var namespaces: [(series: Series, minute: Timestamp, amount: Amount)] = []
        var indexes: [Minute: Int] = [:]
        for tally in tallies {
            let (place, minute) = (tally.key.place, tally.key.minute)
            let amount = Amount(tally)
            var series = Series(namespace: place.namespace, type: tally.key.type)
            if let index = indexes[Minute(series, minute)] {
                namespaces[index].amount.add(amount)
            } else {
                if tallies.count > 1 { indexes[Minute(series, minute)] = namespaces.count }
                namespaces.append((series, minute, amount))
            }
            series.user = place.user
            if !place.user.isEmpty { try addToSpans(amount, series, minute) }
            series.session = place.session
            if !place.session.isEmpty { try add(amount, series, .hour, TimeBucket.hour.start(of: minute)) }
        }
        for (series, minute, amount) in namespaces { try addToSpans(amount, series, minute) }
    }

    private struct Minute: Hashable {
        var namespace: ByteText
        var type: EventType
        var start: Timestamp

        init(_ series: Series, _ start: Timestamp) {
            (namespace, type, self.start) = (ByteText(series.namespace), series.type, start)
        }
    }

    /// Takes a session's events from its user.
    func disown(_ session: MemoryKey, of user: String) throws {
        // A session's rows are fewer than a user's, hence `+`.
        let read = try sqlite.statement(
            """
            SELECT start, type, events, bytes, minutes FROM timeline
            WHERE namespace = ? AND session = ? AND session <> '' AND +username = ? ORDER BY start
            """)
        read.bind(1, session.namespace)
        read.bind(2, session.key)
        read.bind(3, user)
        defer { read.reset() }
        var rows: [(hour: Timestamp, type: EventType, amount: Amount)] = []
        while try read.step() {
            let amount = Amount(
                events: read.int64(2), bytes: read.int64(3), minutes: MinuteCounts(read.bytes(4)))
            rows.append((Timestamp(milliseconds: read.int64(0)), EventType(read.text(1)), amount))
        }
        for (hour, type, amount) in rows {
            var series = Series(namespace: session.namespace, session: session.key, type: type)
            try add(amount, series, .hour, hour)
            series.user = user
            try add(amount.negated, series, .hour, hour)
            series.session = ""
            try addToSpans(amount.negated, series, hour)
        }
    }

    /// To the hour, the day and the month that a time is in.
    private func addToSpans(_ amount: Amount, _ series: Series, _ time: Timestamp) throws {
        for span in [TimeBucket.hour, .day, .month] { try add(amount, series, span, span.start(of: time)) }
    }

    private func add(_ amount: Amount, _ series: Series, _ span: TimeBucket, _ start: Timestamp) throws {
        var minutes: MinuteCounts?
        if span == .hour {
            let hour = Hour(series, start)
            var counts = try known[hour] ?? self.minutes(of: series, start)
            counts.add(amount.minutes)
            if known.count >= Self.maximumKnown { forget() }
            known[hour] = counts
            minutes = counts
        }
        let add = try sqlite.statement(
            """
            INSERT INTO timeline (namespace, span, start, username, session, type, events, bytes, minutes)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (namespace, span, start, username, session, type) DO UPDATE SET
                events = events + excluded.events, bytes = bytes + excluded.bytes, minutes = excluded.minutes
            """)
        bind(series, span, start, add)
        add.bind(7, amount.events)
        add.bind(8, amount.bytes)
        if let minutes { add.bind(9, blob: minutes.encoded) } else { add.bindNull(9) }
        try add.run()
        guard amount.events < 0 else { return }
        let remove = try sqlite.statement(
            """
            DELETE FROM timeline WHERE namespace = ? AND span = ? AND start = ? AND username = ? AND session = ?
                AND type = ? AND events <= 0
            """)
        bind(series, span, start, remove)
        try remove.run()
    }

    private func minutes(of series: Series, _ start: Timestamp) throws -> MinuteCounts {
        let find = try sqlite.statement(
            """
            SELECT minutes FROM timeline
            WHERE namespace = ? AND span = ? AND start = ? AND username = ? AND session = ? AND type = ?
            """)
        bind(series, .hour, start, find)
        defer { find.reset() }
        return try find.step() ? MinuteCounts(find.bytes(0)) : MinuteCounts()
    }

    private func bind(_ series: Series, _ span: TimeBucket, _ start: Timestamp, _ statement: SQLiteStatement) {
        statement.bind(1, series.namespace)
        statement.bind(2, span.rawValue)
        statement.bind(3, start.milliseconds)
        statement.bind(4, series.user)
        statement.bind(5, series.session)
        statement.bind(6, series.type.rawValue)
    }
}

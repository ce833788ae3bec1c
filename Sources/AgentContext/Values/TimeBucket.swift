public import EventLog

/// A piece of the calendar, in UTC. Weeks begin on Monday, as ISO 8601 has them.
///
///     let month = TimeBucket.month.start(of: Timestamp(rfc3339: "2026-02-28T12:00:00Z")!)  // 2026-02-01
///     let next = TimeBucket.month.start(1, after: month)  // 2026-03-01
public enum TimeBucket: String, CaseIterable, Hashable, Sendable {
    case minute, hour, day, week, month

    /// When the bucket begins that a moment is in. What is not in the years 1 to 9999 counts as their first or last
    /// moment.
    public func start(of time: Timestamp) -> Timestamp {
        let bounds = Timestamp.representable
        let time = min(max(time.milliseconds, bounds.lowerBound), bounds.upperBound)
        guard let length else {
            let date = CivilDate(days: time.floored(by: Self.dayMilliseconds))
            return Timestamp(milliseconds: CivilDate(month: date.monthIndex).days * Self.dayMilliseconds)
        }
        return Timestamp(milliseconds: (time - phase).floored(by: length) * length + phase)
    }

    /// When the bucket begins that comes so many after another one, or before it if the number is negative.
    public func start(_ count: Int64, after start: Timestamp) -> Timestamp {
        if let length { return Timestamp(milliseconds: start.milliseconds + count * length) }
        let month = CivilDate(days: start.milliseconds.floored(by: Self.dayMilliseconds)).monthIndex
        return Timestamp(milliseconds: CivilDate(month: month + count).days * Self.dayMilliseconds)
    }

    /// How many buckets lie between the beginnings of two.
    func count(from start: Timestamp, to end: Timestamp) -> Int64 {
        if let length { return (end.milliseconds - start.milliseconds) / length }
        let months = [start, end].map { CivilDate(days: $0.milliseconds.floored(by: Self.dayMilliseconds)).monthIndex }
        return months[1] - months[0]
    }

    static let minuteMilliseconds: Int64 = 60_000
    static let hourMilliseconds: Int64 = 60 * minuteMilliseconds
    static let dayMilliseconds: Int64 = 24 * hourMilliseconds

    /// In milliseconds; nil: they are not of one length.
    private var length: Int64? {
        switch self {
        case .minute: Self.minuteMilliseconds
        case .hour: Self.hourMilliseconds
        case .day: Self.dayMilliseconds
        case .week: 7 * Self.dayMilliseconds
        case .month: nil
        }
    }

    /// The first Monday of 1970 is its fifth day.
    private var phase: Int64 { self == .week ? 4 * Self.dayMilliseconds : 0 }
}

/// A day of the Gregorian calendar, after Howard Hinnant's "chrono-compatible low-level date algorithms", as
/// `Timestamp.rfc3339`.
private struct CivilDate {
    /// Since 1970-01-01.
    var days: Int64
    /// Months since January of year 0.
    var monthIndex: Int64

    init(days: Int64) {
        let shifted = days + 719_468
        let era = shifted.floored(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        // Years begin with March here.
        let month = (5 * dayOfYear + 2) / 153
        self.days = days
        monthIndex = (yearOfEra + era * 400) * 12 + month + 2
    }

    /// The first of a month.
    init(month: Int64) {
        let fromMarch = month - 2
        let year = fromMarch.floored(by: 12)
        let era = year.floored(by: 400)
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (fromMarch - year * 12) + 2) / 5
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        days = era * 146_097 + dayOfEra - 719_468
        monthIndex = month
    }
}

extension Int64 {
    /// The quotient, rounded down.
    fileprivate func floored(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}

import Foundation

/// A moment, in whole milliseconds since 1970-01-01T00:00:00Z.
///
///     let time = Timestamp(rfc3339: "2026-01-01T00:01:00Z")
public struct Timestamp: Hashable, Comparable, Sendable {
    public var milliseconds: Int64

    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    public static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }

    /// Milliseconds outside the years 1 to 9999, which RFC 3339 cannot write, are refused by `init(rfc3339:)` and
    /// shown clamped by `rfc3339`.
    package static let representable: ClosedRange<Int64> = -62_135_596_800_000...253_402_300_799_999
}

extension Timestamp: CustomStringConvertible {
    /// RFC 3339 in UTC with milliseconds: `2026-11-20T20:49:17.000Z`.
    public var rfc3339: String {
        let clamped = min(max(milliseconds, Self.representable.lowerBound), Self.representable.upperBound)
        let (days, ofDay) = clamped.floored(by: 86_400_000)
        // Days to a civil date, after Howard Hinnant's "chrono-compatible low-level date algorithms".
        let shifted = days + 719_468
        let (era, dayOfEra) = shifted.floored(by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthIndex = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthIndex + 2) / 5 + 1
        let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let seconds = ofDay / 1_000
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))T\(padded(seconds / 3_600, 2)):"
            + "\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2)).\(padded(ofDay % 1_000, 3))Z"
    }

    public var description: String { rfc3339 }

    /// Reads RFC 3339 with any offset, with or without a fraction of a second (cut to milliseconds). A bare date means
    /// its first moment in UTC. Nil where the text is neither.
    public init?(rfc3339 text: String) {
        let fractional = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        let whole = Date.ISO8601FormatStyle()
        guard Self.hasPossibleDay(text),
            let date = (try? fractional.parse(text)) ?? (try? whole.parse(text))
                ?? (try? whole.parse(text + "T00:00:00Z"))
        else { return nil }
        let milliseconds = (date.timeIntervalSince1970 * 1_000).rounded()
        guard Self.representable.contains(Int64(milliseconds)) else { return nil }
        self.init(milliseconds: Int64(milliseconds))
    }

    /// Foundation takes 30 February for 2 March, and 25 o'clock for 1 o'clock of the next day.
    private static func hasPossibleDay(_ text: String) -> Bool {
        func number(_ range: Range<Int>) -> Int? {
            Int(String(decoding: text.utf8.dropFirst(range.lowerBound).prefix(range.count), as: UTF8.self))
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10) else { return false }
        guard (1...12).contains(month), (1...days(inMonth: month, of: year)).contains(day) else { return false }
        guard text.utf8.count > 10 else { return true }
        guard let hour = number(11..<13), let minute = number(14..<16) else { return false }
        return hour < 24 && minute < 60
    }

    private static func days(inMonth month: Int, of year: Int) -> Int {
        let isLeap = year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
        switch month {
        case 2: return isLeap ? 29 : 28
        case 4, 6, 9, 11: return 30
        default: return 31
        }
    }
}

private func padded(_ value: Int64, _ width: Int) -> String {
    let digits = String(value)
    return digits.count >= width ? digits : String(repeating: "0", count: width - digits.count) + digits
}

extension Int64 {
    /// Quotient and remainder with a remainder that is never negative.
    fileprivate func floored(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}

/// Where the time comes from. Passed in, so that tests and replays have their own.
public protocol TimeSource: Sendable {
    func now() -> Timestamp
    /// A clock beside it that cannot be set, which tells a jump of this one (`ClockJump`); nil, as by default, if there
    /// is none.
    func steady() -> SteadyTime?
}

extension TimeSource {
    public func steady() -> SteadyTime? { nil }
}

/// The system's clock.
public struct SystemTimeSource: TimeSource {
    public init() {}

    public func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    }
}

import EventLog
import Synchronization

/// The value of the header Date, which is written once a second at most.
final class DateHeader: Sendable {
    private struct Written {
        var second: Int64
        var text: String
    }

    private let clock: any TimeSource
    private let last: Mutex<Written>

    init(_ clock: any TimeSource) {
        self.clock = clock
        let now = clock.now()
        last = Mutex(Written(second: Self.second(of: now), text: Self.text(of: now)))
    }

    var now: String {
        let now = clock.now()
        let second = Self.second(of: now)
        return last.withLock { last in
            if last.second != second { last = Written(second: second, text: Self.text(of: now)) }
            return last.text
        }
    }

    private static func second(of time: Timestamp) -> Int64 {
        Int64((Double(time.milliseconds) / 1_000).rounded(.down))
    }

    private static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    private static let secondsOfDay: Int64 = 86_400

    /// As RFC 9110 has it: `Sun, 06 Nov 1994 08:49:37 GMT`.
    static func text(of time: Timestamp) -> String {
        let words = time.rfc3339.split { "-T.".contains($0) }
        let days = Int64((Double(second(of: time)) / Double(secondsOfDay)).rounded(.down))
        let weekday = weekdays[Int(((days % 7) + 7) % 7)]
        let month = Int(words[1]).map { months[($0 + 11) % 12] } ?? ""
        return "\(weekday), \(words[2]) \(month) \(words[0]) \(words[3]) GMT"
    }
}

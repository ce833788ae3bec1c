import AgentContext
import EventLog
import EventLogTesting
import Foundation
import Testing

/// Goal: buckets are those of the calendar, at leap days, at the turn of weeks and years, before 1970, and at the ends
/// of what a time can say. Method: a table of edges; and times by chance beside Foundation's calendar.
@Suite struct TimeBucketTests {
    static func time(_ text: String) throws -> Timestamp { try #require(Timestamp(rfc3339: text), "\(text)") }

    @Test(arguments: [
        (TimeBucket.month, "2024-02-29T23:59:59.999Z", "2024-02-01", "2024-03-01"),
        (.month, "2023-12-31T23:59:59.999Z", "2023-12-01", "2024-01-01"),
        (.month, "2000-02-29", "2000-02-01", "2000-03-01"), (.month, "1900-02-28", "1900-02-01", "1900-03-01"),
        (.month, "1969-12-31T23:59:59.999Z", "1969-12-01", "1970-01-01"),
        (.day, "2024-02-28T12:00:00Z", "2024-02-28", "2024-02-29"), (.day, "2024-02-29", "2024-02-29", "2024-03-01"),
        (.day, "1969-12-31T00:00:00.001Z", "1969-12-31", "1970-01-01"),
        // The first week of 2021 begins in January, that of 2020 in December; 2020 has 53 of them.
        (.week, "2021-01-03T23:59:59.999Z", "2020-12-28", "2021-01-04"),
        (.week, "2019-12-30", "2019-12-30", "2020-01-06"),
        (.week, "1970-01-01", "1969-12-29", "1970-01-05"),
        (.hour, "2026-03-29T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"),
        (.minute, "1969-12-31T23:59:59.999Z", "1969-12-31T23:59:00Z", "1970-01-01"),
    ])
    func edges(_ bucket: TimeBucket, _ given: String, _ start: String, _ next: String) throws {
        let found = bucket.start(of: try Self.time(given))
        #expect(found == (try Self.time(start)))
        #expect(bucket.start(1, after: found) == (try Self.time(next)))
        #expect(bucket.start(-1, after: bucket.start(1, after: found)) == found)
    }

    @Test(arguments: TimeBucket.allCases) func whatNoCalendarHasIsAtItsEnds(_ bucket: TimeBucket) throws {
        let (first, last) = (Timestamp.representable.lowerBound, Timestamp.representable.upperBound)
        let ends = [first, last].map { Timestamp(milliseconds: $0) }
        #expect(bucket.start(of: Timestamp(milliseconds: .min)) == bucket.start(of: ends[0]))
        #expect(bucket.start(of: Timestamp(milliseconds: .max)) == bucket.start(of: ends[1]))
        // The first day of year 1 is a Monday.
        #expect(bucket.start(of: ends[0]) == ends[0])
    }

    @Test func asTheCalendarOfFoundation() throws {
        let seed = UInt64.random(in: 100 ... .max)
        print("MEMLEDGER_SEED=\(seed)")
        var random = SeededRandom(seed)
        var calendar = Calendar(identifier: .iso8601)
        calendar.timeZone = .gmt
        // Foundation's goes over to the Julian calendar before 1582.
        let (first, last) = (try Self.time("1600-01-01"), try Self.time("2400-01-01"))
        for _ in 0..<5_000 {
            let time = Timestamp(milliseconds: .random(in: first.milliseconds...last.milliseconds, using: &random))
            for (bucket, component) in [
                (TimeBucket.minute, Calendar.Component.minute), (.hour, .hour), (.day, .day), (.week, .weekOfYear),
                (.month, .month),
            ] {
                let date = Date(timeIntervalSince1970: Double(time.milliseconds) / 1_000)
                let interval = try #require(calendar.dateInterval(of: component, for: date))
                let start = Int64((interval.start.timeIntervalSince1970 * 1_000).rounded())
                let end = Int64((interval.end.timeIntervalSince1970 * 1_000).rounded())
                let found = bucket.start(of: time)
                #expect(found.milliseconds == start, "seed \(seed): \(bucket) of \(time)")
                #expect(bucket.start(1, after: found).milliseconds == end, "seed \(seed): \(bucket) of \(time)")
            }
        }
    }
}

import EventLog
import EventLogTesting
import Testing

@testable import LedgerServer

/// Goal: answers say the time as RFC 9110 has it. Method: a table, and a clock that is moved.
@Suite struct DateHeaderTests {
    @Test(arguments: [
        ("1994-11-06T08:49:37Z", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ("1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT"),
        ("1969-12-31T23:59:59Z", "Wed, 31 Dec 1969 23:59:59 GMT"),
        ("2024-02-29T12:00:00Z", "Thu, 29 Feb 2024 12:00:00 GMT"),
        ("2026-11-30T23:59:59Z", "Mon, 30 Nov 2026 23:59:59 GMT"),
    ])
    func aTimeIsWritten(time: String, text: String) throws {
        #expect(DateHeader.text(of: try #require(Timestamp(rfc3339: time))) == text)
    }

    @Test func itFollowsTheClock() {
        let clock = FixedClock()
        let header = DateHeader(clock)
        #expect(header.now == "Thu, 01 Jan 2026 00:00:00 GMT")
        clock.advance(by: .milliseconds(999))
        #expect(header.now == "Thu, 01 Jan 2026 00:00:00 GMT")
        clock.advance(by: .milliseconds(1))
        #expect(header.now == "Thu, 01 Jan 2026 00:00:01 GMT")
        clock.advance(by: .seconds(-2))
        #expect(header.now == "Wed, 31 Dec 2025 23:59:59 GMT")
    }
}

import EventLog
import Testing

/// Goal: times are read and written as RFC 3339 says. Method: a table of text and milliseconds, both ways.
@Suite struct TimestampTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        (1_769_177_364_852, "2026-01-23T14:09:24.852Z"),
        (951_782_399_999, "2000-02-28T23:59:59.999Z"),
        (951_868_799_000, "2000-02-29T23:59:59.000Z"),
        (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
    ])
    func writesAndReads(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).rfc3339 == text)
        #expect(Timestamp(rfc3339: text)?.milliseconds == milliseconds)
    }

    @Test func readsOffsetsWholeSecondsAndBareDates() {
        #expect(Timestamp(rfc3339: "2026-01-23T15:09:24+01:00")?.rfc3339 == "2026-01-23T14:09:24.000Z")
        #expect(Timestamp(rfc3339: "2026-01-23T14:09:24Z")?.rfc3339 == "2026-01-23T14:09:24.000Z")
        #expect(Timestamp(rfc3339: "2026-01-23")?.rfc3339 == "2026-01-23T00:00:00.000Z")
    }

    @Test(arguments: ["2024-02-29", "2000-02-29", "2026-12-31T23:59:59.999Z", "1970-01-01T00:00:00Z"])
    func readsTheLastAndFirstDays(text: String) {
        #expect(Timestamp(rfc3339: text)?.rfc3339.hasPrefix(text.prefix(10)) == true)
    }

    @Test(arguments: [
        "", "yesterday", "2026-13-01T00:00:00Z", "1769177364852", "2026-02-30", "2026-02-29", "1900-02-29",
        "2026-04-31T00:00:00Z", "2026-00-10", "2026-01-00", "2026-01-32", "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z", "2026-1-1", "2026-01-0١",
    ])
    func refusesWhatIsNotATime(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }
}

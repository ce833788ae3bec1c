import EventLog
import MemoryLedger

/// Says that the clock was set ahead, or that the log's time runs ahead of it.
enum ClockNotice {
    private static let millisecondsOfADay: Int64 = 86_400_000

    static func wordsOfAppends(_ lead: ClockLead) -> String {
        "\(words(lead)) Check the clock; what was written keeps the clock's time as when it occurred."
    }

    static func wordsOfTimes(_ lead: ClockLead) -> String {
        "\(words(lead)) For events that were recorded ahead of it, times go by when they occurred."
    }

    /// For evidence, whose times are those of the records.
    static func wordsOfRecordedTimes(_ lead: ClockLead) -> String {
        "\(words(lead)) --since and --until go by recorded times here; --positions names events."
    }

    static func words(_ jump: ClockJump) -> String {
        let days = Figures.count(jump.milliseconds / millisecondsOfADay, "day", "days")
        return
            "The clock was set ahead by \(days) since the append at \(jump.before.rfc3339). Check it: nothing is recorded "
            + "at an earlier time than what was written before."
    }

    static func words(_ lead: ClockLead) -> String {
        let days = Figures.count(lead.milliseconds / millisecondsOfADay, "day", "days")
        return
            "The log's time, \(lead.logTime.rfc3339), is ahead of the clock by \(days), because the clock was ahead once."
    }
}

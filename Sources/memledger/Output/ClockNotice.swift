import EventLog
import MemoryLedger
import SQLiteEventLog

/// Says on standard error that the clock was set ahead, or that the log's time runs ahead of it, where that makes a
/// difference.
enum ClockNotice {
    private static let millisecondsOfADay: Int64 = 86_400_000

    /// After a command that has appended something since a position. What it was asked for is done, whether the clock
    /// can be told or not.
    static func ofAppends(to ledger: MemoryLedger, since position: Position) async {
        guard let head = try? await ledger.log.head(), head > position else { return }
        await give(ledger, ledger.log.noticedClockJump)
    }

    /// The same where the ledger was not open here.
    ///
    /// - Parameter jump: as it was known before.
    static func ofAppends(toLedgerAt path: String, _ jump: ClockJump?) async {
        let options = MemoryLedgerOptions(file: LedgerFileOptions(access: .readOnly))
        guard let ledger = try? MemoryLedger.openAsItIs(at: path, options: options) else { return }
        await give(ledger, jump)
        await ledger.close()
    }

    private static func give(_ ledger: MemoryLedger, _ jump: ClockJump?) async {
        if let lead = try? await ledger.clockLead(), lead.isLong {
            let kept = "what was written keeps the clock's time as when it occurred."
            return Failure.warn("\(words(lead)) Check the clock; \(kept)")
        }
        if let jump { Failure.warn(words(jump)) }
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

import EventLog
import LedgerCapabilities
import LedgerOperations
import MemoryLedger
import SQLiteEventLog

/// Says on standard error what the person should know beside what was asked for.
enum Notices {
    static func give(_ notice: OperationNotice) {
        switch notice {
        case .clockIsBehind(let lead): StandardError.say(ClockNotice.wordsOfTimes(lead))
        case .recordedTimesAreAhead(let lead): StandardError.say(ClockNotice.wordsOfRecordedTimes(lead))
        case .appendedAhead(let lead): StandardError.say(ClockNotice.wordsOfAppends(lead))
        case .clockJumped(let jump): StandardError.say(ClockNotice.words(jump))
        case .eventsSetAside(let waiting):
            let events = Figures.count(waiting, "event of the log is", "events of the log are")
            StandardError.say("\(events) not in what is shown; `memledger dead-letters list` says why.")
        case .noStream(let name):
            StandardError.say("There is no stream \(Line.sanitised(name)), and none whose name begins so.")
        case .renamedMemory(let key):
            let place = key.namespace == MemoryKey.defaultNamespace ? "" : " --namespace \(key.namespace)"
            StandardError.say(
                "A memory was renamed from or to \(key.key): `memledger history \(key.key)\(place)` shows its events under "
                    + "every key.")
        }
    }

    /// After a command that has appended something since a position.
    static func ofAppends(to ledger: MemoryLedger, since position: Position) async {
        if let notice = await ledger.notice(ofAppendsSince: position) { give(notice) }
    }

    /// The same if the ledger was not open here.
    ///
    /// - Parameter jump: as it was known before.
    static func ofAppends(toLedgerAt path: String, _ jump: ClockJump?) async {
        let options = MemoryLedgerOptions.ofCommand(LedgerFileOptions(access: .readOnly))
        guard let ledger = try? MemoryLedger.openAsItIs(at: path, options: options) else { return }
        if let notice = await ledger.notice(ofAppendsWith: jump) { give(notice) }
        await ledger.close()
    }
}

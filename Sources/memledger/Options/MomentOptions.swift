import ArgumentParser
import EventLog
import LedgerCapabilities
import LedgerOperations
import MemoryLedger
import Projections
import SQLiteEventLog

/// Which moment a command reads: the present where none is given.
struct MomentOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "As of then: right after an event, by its position or id, or at a time: RFC 3339, or a date, which means "
                + "its end in UTC.",
            valueName: "position|time|event-id"))
    var at: MomentReference?

    @Flag(
        help: ArgumentHelp(
            "The time in --at means when events occurred, not when they were recorded.",
            discussion: "In the order in which the log took them; it is built from the whole log each time."))
    var occurred = false

    func validate() throws {
        guard occurred else { return }
        guard case .time? = at else { throw ValidationError("--occurred needs a time in --at.") }
    }

    var asked: ReadMoment { ReadMoment(at: at, occurred: occurred) }

    /// A place in the log; nil for the present.
    func resolved(in ledger: MemoryLedger) async throws -> LogMoment? {
        let request = OperationRequest(ledger, notify: Notices.give)
        guard let moment = try await request.moment(asked, of: nil) else { return nil }
        return try await ledger.asOf(moment).moment
    }
}

extension GlobalOptions {
    /// Opens the ledger for reading; for writing if reads are events, which only the ledger says.
    func withLedgerToRead<Result>(_ body: (MemoryLedger) async throws -> Result) async throws -> Result {
        let answer: Result? = try await withLedger(.readOnly) { ledger in
            try ledger.policy().auditsReads ? nil : .some(try await body(ledger))
        }
        if let answer { return answer }
        return try await withLedger(.readWrite, takesSnapshots: false, body)
    }
}

import ArgumentParser
import EventLog
import MemoryLedger

/// A moment on the command line: a position, an event's id, or a time, where a date means its last millisecond.
struct PastMoment: ExpressibleByArgument {
    private let moment: Moment
    /// The date has not ended yet, perhaps.
    private var firstOfDate: Timestamp?

    static let words = "A position, an event's id, or a recorded time: RFC 3339, or a date for its end."

    init?(argument: String) {

        if argument.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let position = Position(argument) {
            moment = .position(position)
        } else if let id = EventID(argument) {
            moment = .event(id)
        } else if let time = TimeArgument(argument: argument) {
            moment = .time(time.last)
            firstOfDate = time.first == time.last ? nil : time.first
        } else {
            return nil
        }
    }

    /// The moment; today's date is the present.
    func resolved(now: Timestamp) -> Moment {
        guard case .time(let last) = moment, let firstOfDate, firstOfDate <= now, last > now else { return moment }
        return .time(now)
    }
}

extension GlobalOptions {
    /// Opens the ledger for reading, as it is or as of a moment.
    func withReading<Result>(
        at moment: PastMoment?, _ body: (any MemoryReading) async throws -> Result
    ) async throws -> Result {
        try await withLedger(.readOnly) { ledger in
            guard let moment else { return try await body(ledger) }
            return try await body(try await ledger.asOf(moment.resolved(now: ledger.options.clock.now())))
        }
    }
}

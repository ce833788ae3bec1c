import ArgumentParser
import EventLog
import MemoryLedger
import SQLiteEventLog

/// A moment as a person writes it: digits are a position, a UUID an event, anything else a time.
enum MomentArgument: ExpressibleByArgument {
    case position(Position)
    case event(EventID)
    case time(TimeArgument)

    static let words = "A position, an event's id, or a recorded time: RFC 3339, or a date for its end in UTC."

    /// Where the moment begins a span.
    static let wordsOfBeginning =
        "A position (0: before everything), an event's id, or a recorded time: RFC 3339, or a date for its beginning "
        + "in UTC."

    init?(argument: String) {
        if !argument.isEmpty, argument.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
            // More digits than a position has are beyond every log.
            self = .position(Position(argument) ?? .max)
        } else if let id = EventID(argument) {
            self = .event(id)
        } else if let time = TimeArgument(argument: argument) {
            self = .time(time)
        } else {
            return nil
        }
    }

    /// A bare date means its end, or now where it is not over yet.
    func moment(occurred: Bool, now: Timestamp) -> Moment {
        switch self {
        case .position(let position): return .position(position)
        case .event(let id): return .event(id)
        case .time(let given):
            let time = given.first <= now ? min(given.last, now) : given.first
            return occurred ? .occurred(time) : .time(time)
        }
    }

    var isTime: Bool { if case .time = self { true } else { false } }

    /// A bare date means right before its first millisecond, so that the day itself comes after it.
    var beginning: Moment {
        switch self {
        case .position(let position): .position(position)
        case .event(let id): .event(id)
        case .time(let given) where given.first < given.last:
            .time(Timestamp(milliseconds: given.first.milliseconds - 1))
        case .time(let given): .time(given.first)
        }
    }
}

/// Which moment a command reads: the present where none is given.
struct MomentOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "As of then: right after an event, by its position or id, or at a time: RFC 3339, or a date, which means "
                + "its end in UTC.",
            valueName: "position|time|event-id"))
    var at: MomentArgument?

    @Flag(
        help: ArgumentHelp(
            "The time in --at means when events occurred, not when they were recorded.",
            discussion: "In the order in which the log took them; it is built from the whole log each time."))
    var occurred = false

    func validate() throws {
        guard occurred else { return }
        guard case .time? = at else { throw ValidationError("--occurred needs a time in --at.") }
    }

    /// What was asked for; nil for the present.
    func moment(of ledger: MemoryLedger) async throws -> Moment? {
        if at?.isTime == true, !occurred { try await ClockNotice.ofTimes(in: ledger) }
        return at.map { $0.moment(occurred: occurred, now: ledger.options.clock.now()) }
    }

    /// The same as a place in the log.
    func resolved(in ledger: MemoryLedger) async throws -> LogMoment? {
        guard let moment = try await moment(of: ledger) else { return nil }
        return try await ledger.asOf(moment).moment
    }
}

extension GlobalOptions {
    /// Opens the ledger for reading, as it is or as of a moment, and closes it whatever happens.
    ///
    /// - Parameter context: Who reads.
    func withReading<Result>(
        at moment: MomentOptions, by context: EventContext, _ body: (MemoryReader) async throws -> Result
    ) async throws -> Result {
        try await withLedgerToRead { ledger in
            guard let moment = try await moment.moment(of: ledger) else {
                try await warnOfDeadLetters(ledger)
                return try await body(ledger.reading(by: context))
            }
            return try await body(try await ledger.asOf(moment).reading(by: context))
        }
    }

    /// The present is shown without events that were set aside.
    private func warnOfDeadLetters(_ ledger: MemoryLedger) async throws {
        let waiting = try await ledger.deadLetters().count { $0.state == .waiting }
        guard waiting > 0 else { return }
        let events = Figures.count(waiting, "event of the log is", "events of the log are")
        Failure.warn("\(events) not in what is shown; `memledger dead-letters list` says why.")
    }

    private struct ReadsAreEvents: Error {}

    /// Opens the ledger for reading; for writing where reads are events.
    func withLedgerToRead<Result>(_ body: (MemoryLedger) async throws -> Result) async throws -> Result {
        do {
            return try await withLedger(.readOnly) { ledger in
                if try ledger.policy().auditsReads { throw ReadsAreEvents() }
                return try await body(ledger)
            }
        } catch is ReadsAreEvents {
            return try await withLedger(.readWrite, takesSnapshots: false, body)
        }
    }
}

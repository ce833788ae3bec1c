import Dispatch
import EventLog
import LedgerCapabilities
import LedgerStorage
import Synchronization

/// Lets concurrent appends share one transaction and one sync.
///
/// Appends queue up. A caller that finds no round under way starts one on the writer's queue; a round waits a moment
/// for those who are about to come again (`RoundGathering`), takes what has queued up, writes it in one transaction,
/// answers everybody, and goes on while there is more.
final class GroupCommitter: Sendable {
    fileprivate struct Waiting: Sendable {
        var append: PreparedAppend
        var continuation: CheckedContinuation<AppendResult, any Error>
    }

    fileprivate struct State {
        var waiting: [Waiting] = []
        var isRunning = false
        var gathering = RoundGathering()
        var finishing: [CheckedContinuation<Void, Never>] = []
        /// Rounds of one small append each, without a larger one in between.
        var loneRounds = 0
        /// How long the last round took.
        var lastRound = Duration.zero
    }

    /// What lives on the writer's queue.
    private final class WriterState {
        var writer: LogWriter?
        var makeParticipant: (@Sendable (SQLiteConnection) throws -> any AppendParticipant)?
        var participant: (any AppendParticipant)?
        let heads: HeadKeeper?

        init(_ file: LedgerFile) { heads = HeadKeeper(file) }
    }

    private let file: LedgerFile
    private let clock: any TimeSource
    private let signal: HeadSignal
    private let keys: KeyRing
    private let state = Mutex(State())
    /// The appends that a round waits for have come.
    private let gathered = DispatchSemaphore(value: 0)
    /// What was written, without the figures of the file.
    let figures = Mutex(LogFigures())
    // Proof of safety: touched only on the writer's queue, but for `makeParticipant`, which is set before the first
    // append.
    nonisolated(unsafe) private let writing: WriterState

    /// A round takes at most this many events, so that the first in it need not wait for ever.
    private static let maximumRoundEvents = 8_192
    /// After so many rounds of one append of a few events, which took no longer, the next one runs on its caller's
    /// thread: to wake another one, and to be woken by it, costs a tenth of such an append.
    fileprivate static let loneRounds = 3
    fileprivate static let loneRoundEvents = 64
    fileprivate static let loneRoundDuration = Duration.milliseconds(2)

    init(file: LedgerFile, clock: any TimeSource, signal: HeadSignal, keys: KeyRing) {
        self.keys = keys
        self.file = file
        self.clock = clock
        self.signal = signal
        writing = WriterState(file)
    }

    func setParticipant(_ make: @escaping @Sendable (SQLiteConnection) throws -> any AppendParticipant) {
        writing.makeParticipant = make
    }

    /// Not on the caller's actor, which may be one that must not wait for a disk.
    @concurrent func commit(_ append: PreparedAppend) async throws -> AppendResult {
        try await withCheckedThrowingContinuation { continuation in
            let (mustStart, isAlone, isLast) = state.withLock { state in
                state.waiting.append(Waiting(append: append, continuation: continuation))
                defer { state.isRunning = true }
                return (
                    !state.isRunning, state.isAlone(append), state.gathering.joined(waiting: state.waiting.count)
                )
            }
            if isLast { gathered.signal() }
            guard mustStart else { return }
            let hasRun = isAlone && Self.mayWaitHere && file.withFreeWriterLock { round(ofAtMost: 1, on: $0) }
            if hasRun { continueOrStop() } else { startRound() }
        }
    }

    /// A thread of the shared pool may wait for a disk for a moment; an event loop, or whatever else a task has chosen
    /// to run on, may not.
    private static var mayWaitHere: Bool { withUnsafeCurrentTask { $0?.unownedTaskExecutor == nil } }

    /// Returns when no append is under way, with the tail indexed where that is worth it.
    func finish() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                if state.isRunning { state.finishing.append(continuation) }
                return !state.isRunning
            }
            if isIdle { continuation.resume() }
        }
    }

    private func startRound() {
        file.asyncWithWriterLock(before: { self.gather() }) { [self] connection in
            round(ofAtMost: .max, on: connection)
            continueOrStop()
        }
    }

    /// Waits on the writer's queue, before it has the lock. Without a sync there is nothing to save, and in memory
    /// others read on that queue.
    private func gather() {
        guard !file.isInMemory, file.options.durability == .full else { return }
        let patience = state.withLock { $0.gathering.begin(waiting: $0.waiting.count, at: .now) }
        guard let patience else { return }
        let end = DispatchTime.now() + .nanoseconds(Int(patience.nanoseconds))
        if gathered.wait(timeout: end) == .timedOut {
            // The last one may come just now: then its signal is taken, too.
            if !state.withLock({ $0.gathering.end(waiting: $0.waiting.count) }) { gathered.wait() }
        } else {
            _ = state.withLock { $0.gathering.end(waiting: $0.waiting.count) }
        }
    }

    /// - Parameter most: how many appends it takes.
    private func round(ofAtMost most: Int, on connection: Result<SQLiteConnection, any Error>) {
        let begun = ContinuousClock.now
        let round = takeRound(atMost: most)
        switch connection {
        case .failure(let error):
            for waiting in round { waiting.continuation.resume(throwing: error) }
        case .success(let sqlite):
            run(round, sqlite)
        }
        let ended = ContinuousClock.now
        state.withLock { state in
            state.lastRound = ended - begun
            state.gathering.ended(
                answered: round.count, waiting: state.waiting.count, after: ended - begun, at: ended)
        }
    }

    private func takeRound(atMost most: Int) -> [Waiting] {
        state.withLock { state in
            var events = 0
            let count =
                state.waiting.prefix(most).firstIndex { waiting in
                    defer { events += waiting.append.events.count }
                    return events >= Self.maximumRoundEvents
                } ?? min(most, state.waiting.count)
            defer { state.waiting.removeFirst(count) }
            state.loneRounds = count == 1 && events <= Self.loneRoundEvents ? state.loneRounds + 1 : 0
            return Array(state.waiting.prefix(count))
        }
    }

    private func continueOrStop() {
        let finished: [CheckedContinuation<Void, Never>]? = state.withLock { state in
            state.isRunning = !state.waiting.isEmpty
            guard !state.isRunning else { return nil }
            defer { state.finishing = [] }
            return state.finishing
        }
        guard let finished else { return startRound() }
        for continuation in finished { continuation.resume() }
    }

    // MARK: On the writer's queue

    private func run(_ round: [Waiting], _ sqlite: SQLiteConnection) {
        do {
            let results = try transaction(round.map(\.append), sqlite)
            figures.withLock { $0.appends += UInt64(round.count) }
            for (waiting, result) in zip(round, results) { waiting.continuation.resume(with: result) }
        } catch let error as EventLogError where error.code == .outcomeUnknown {
            for waiting in round {
                waiting.continuation.resume(throwing: sqlite.unknown(error, waiting.append.eventIDs))
            }
        } catch  where round.count > 1 {
            // One append broke the transaction for all; alone, each succeeds or fails for its own reason. Nothing of
            // the transaction is in the log, also where it was the commit that failed.
            for waiting in round { run([waiting], sqlite) }
        } catch {
            let error = SQLiteFailure.translated(error, file.path)
            for waiting in round { waiting.continuation.resume(throwing: error) }
        }
    }

    /// Writes the appends in one transaction. An append whose checks fail is its own failure; any other error is thrown
    /// and nothing has been written.
    private func transaction(
        _ appends: [PreparedAppend], _ sqlite: SQLiteConnection
    ) throws -> [Result<AppendResult, any Error>] {
        while true {
            do {
                return try attempt(appends, sqlite)
            } catch {
                guard try writing.participant?.recover(from: error) == true else { throw error }
            }
        }
    }

    private func attempt(
        _ appends: [PreparedAppend], _ sqlite: SQLiteConnection
    ) throws -> [Result<AppendResult, any Error>] {
        try inTransaction(sqlite) { writer, apply in
            try appends.map { append in
                try refusalAsResult(of: writer) { try writer.append(append, each: apply) }
            }
        }
    }

    /// Runs the body in a transaction of its own on the writer's queue; it may append, and write what belongs together
    /// with that.
    func exclusively<T: Sendable>(
        _ body: @escaping @Sendable (SQLiteConnection, (PreparedAppend) throws -> AppendResult) throws -> T
    ) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            file.asyncWithWriterLock { [self] connection in
                continuation.resume(with: Result { try perform(connection.get(), body) })
            }
        }
    }

    private func perform<T>(
        _ sqlite: SQLiteConnection, _ body: (SQLiteConnection, (PreparedAppend) throws -> AppendResult) throws -> T
    ) throws -> T {
        while true {
            var ids: [EventID] = []
            do {
                return try inTransaction(sqlite, isExclusive: true) { writer, apply in
                    try body(sqlite) { append in
                        ids += append.eventIDs
                        return try writer.append(append, each: apply)
                    }
                }
            } catch let error as EventLogError where error.code == .outcomeUnknown {
                throw sqlite.unknown(error, ids)
            } catch {
                guard try writing.participant?.recover(from: error) == true else {
                    throw SQLiteFailure.translated(error, file.path)
                }
            }
        }
    }

    private static let refusals: Set<EventLogError.Code> = [.conflict, .eventIDReused, .actorRequired]

    /// - Parameter isExclusive: what belongs together with the events is written, too, keys maybe: the next transaction
    ///   takes nothing for known.
    private func inTransaction<T>(
        _ sqlite: SQLiteConnection, isExclusive: Bool = false, _ body: (LogWriter, LogWriter.Each?) throws -> T
    ) throws -> T {
        let writer =
            try writing.writer
            ?? LogWriter(sqlite: sqlite, clock: clock, keys: keys, options: file.options)
        writing.writer = writer
        if writing.participant == nil { writing.participant = try writing.makeParticipant?(sqlite) }
        let participant = writing.participant
        do {
            var head: Position = 0
            let begun = ContinuousClock.now
            var written = begun
            let (result, hasNew) = try sqlite.transaction(by: isExclusive ? nil : writer) {
                if try writer.catchUp() { participant?.forget() }
                try writing.heads?.check(writer, sqlite)
                head = writer.head
                try participant?.begin(head: head)
                let apply = participant.map { participant in { try participant.apply($0, prepared: $1) } }
                let result = try body(writer, apply)
                guard writer.head > head else { return (result, false) }
                try participant?.finish(through: writer.head)
                try writer.finishTree()
                try writer.indexTail()
                written = .now
                return (result, true)
            }
            if hasNew {
                let events = UInt64(writer.head - head)
                figures.withLock { $0.add(events: events, begun: begun, written: written, committed: .now) }
                writing.heads?.note(writer, after: head, ClockReading(clock), sqlite)
                signal.advance(to: writer.head)
            }
            return result
        } catch {
            writer.forget()
            participant?.forget()
            throw error
        }
    }

    /// An append that was refused before anything was written is its own failure, not the transaction's.
    private func refusalAsResult(
        of writer: LogWriter, _ body: () throws -> AppendResult
    ) throws -> Result<AppendResult, any Error> {
        let head = writer.head
        do {
            return .success(try body())
        } catch let error as EventLogError where Self.refusals.contains(error.code) {
            // An inline projection may throw the same codes, but after the event was written.
            guard writer.head == head else { throw error }
            return .failure(error)
        }
    }
}

extension LogFigures {
    fileprivate mutating func add(
        events: UInt64, begun: ContinuousClock.Instant, written: ContinuousClock.Instant,
        committed: ContinuousClock.Instant
    ) {
        self.events += events
        transactions += 1
        writingNanoseconds += (committed - begun).nanoseconds
        committingNanoseconds += (committed - written).nanoseconds
    }
}

extension Duration {
    fileprivate var nanoseconds: UInt64 {
        UInt64(clamping: components.seconds) * 1_000_000_000 + UInt64(clamping: components.attoseconds / 1_000_000_000)
    }
}

extension GroupCommitter.State {
    /// An append that is the only one, as those before were.
    fileprivate func isAlone(_ append: PreparedAppend) -> Bool {
        loneRounds >= GroupCommitter.loneRounds && lastRound <= GroupCommitter.loneRoundDuration
            && append.events.count <= GroupCommitter.loneRoundEvents
    }
}

import EventLog
import LedgerCapabilities
import Logging
import Synchronization

/// What waits in a queue of reads.
protocol QueuedRead: Sendable {
    associatedtype Tally: ReadTally where Tally.Read == Self

    /// Events of one append, and the bytes of payload after which it ends.
    static var batchEvents: Int { get }
    static var batchBytes: Int { get }
    /// What is logged of reads that could not be appended and wait on, and of those that a close gives up on.
    static var waitsOn: Logger.Message { get }
    static var isLost: Logger.Message { get }

    var payloadBytes: Int { get }
    /// The event that says it, with an id of its own.
    func append(_ options: MemoryLedgerOptions) -> StreamAppend
}

/// What is known of several reads together, at any moment.
protocol ReadTally: Sendable {
    associatedtype Read

    init()
    mutating func add(_ read: Read)
}

/// Holds back events that say what was read, until they are appended together: by their number, by time, or when it is
/// closed.
///
/// Invariants:
/// 1. A read is appended once, or `add` throws.
/// 2. At most `maximumWaiting` reads wait.
/// 3. A read is in the tally of those that wait or of those that are being appended, until the log has it.
final class ReadQueue<Read: QueuedRead>: Sendable {
    private struct Waiting: Sendable {
        /// Tells it apart.
        var number: UInt64
        var read: Read
    }

    private struct State {
        var waiting: [Waiting] = []
        var tally = Read.Tally()
        /// Of what is being appended now.
        var appending = Read.Tally()
        var append: Task<Void, any Error>?
        /// The number of the first read that is being appended.
        var first: UInt64 = 0
        /// A position that the log had reached before the append began, so that what it appends comes after; nil: the
        /// append has not begun.
        var floor: Position?
        /// Reads so far.
        var reads: UInt64 = 0
        /// How many appends have ended.
        var epoch = 0
        /// The last one was in vain.
        var hasFailed = false
        var timer: Task<Void, Never>?
        var isClosed = false

        mutating func endAppend(hasFailed: Bool) {
            appending = Read.Tally()
            (append, floor, self.hasFailed) = (nil, nil, hasFailed)
            epoch += 1
        }
    }

    private let log: any EventLog
    private let options: MemoryLedgerOptions
    private let state = Mutex(State())

    init(log: any EventLog, options: MemoryLedgerOptions) {
        self.log = log
        self.options = options
    }

    // MARK: Adding

    /// Returns when the read waits, or with `.strict` when it is durable. The one that fills a batch begins to append
    /// it, and waits only if the last append has failed, or if several batches wait beside one.
    ///
    /// - Parameter read: one that the log takes. Another would keep all that follow from being appended.
    /// - Throws: `EventLogError` with `closed`, or what the log says of the append.
    func add(_ read: Read) async throws {
        let batch: Int
        let milliseconds: Int
        switch options.readCounting {
        case .strict: (batch, milliseconds) = (1, 0)
        case .batched(let reads, let time): (batch, milliseconds) = (min(max(1, reads), maximumWaitingReads), time)
        }
        let (number, isFull, mustWait) = try state.withLock { state in
            guard !state.isClosed else { throw EventLogError.closed }
            state.reads += 1
            state.waiting.append(Waiting(number: state.reads, read: read))
            state.tally.add(read)
            let most = state.append == nil || batch == 1 ? batch : min(batch * batchesBesideAppend, maximumWaitingReads)
            let isFull = state.waiting.count >= most
            let mustWait = isFull && (state.append != nil || batch == 1 || state.hasFailed)
            if !mustWait, state.timer == nil { state.timer = timer(milliseconds) }
            return (state.reads, isFull, mustWait)
        }
        if mustWait { return try await flushOrTakeBack(number) }
        if isFull { _ = startAppend(through: number, isAwaited: false) }
    }

    /// Appends what waits, up to a read at least; where that fails, takes the read back.
    private func flushOrTakeBack(_ number: UInt64) async throws {
        while true {
            do {
                return try await flush(through: number)
            } catch let error as EventLogError where error.code == .busy && mayWait {
                // Another process writes for long: the reads wait for the next turn.
                return
            } catch {
                // Where it does not wait it has been appended, or is just now.
                if takeBack(number) { throw error }
            }
        }
    }

    private var mayWait: Bool {
        guard case .batched = options.readCounting else { return false }
        return state.withLock { $0.waiting.count <= maximumWaitingReads }
    }

    private func takeBack(_ number: UInt64) -> Bool {
        state.withLock { state in
            guard let index = state.waiting.lastIndex(where: { $0.number == number }) else { return false }
            state.waiting.remove(at: index)
            state.tally = Self.tally(state.waiting)
            return true
        }
    }

    private func timer(_ milliseconds: Int) -> Task<Void, Never> {
        Task.detached { [weak self] in
            try? await Task.sleep(for: .milliseconds(milliseconds))
            guard let self, !Task.isCancelled else { return }
            self.state.withLock { $0.timer = nil }
            do {
                try await self.flush()
            } catch {
                sayThatReadsWait(error)
            }
        }
    }

    /// What fails now waits for the next read, flush or close.
    private func sayThatReadsWait(_ error: any Error) {
        options.file.logger.warning(Read.waitsOn, metadata: ["error": "\(error)"])
    }

    // MARK: Appending

    /// Appends everything that waits by now.
    func flush() async throws { try await flush(through: state.withLock { $0.reads }) }

    /// Those that come meanwhile are not waited for: while clients read without a pause there would be no end.
    private func flush(through number: UInt64) async throws {
        while let task = startAppend(through: number) { try await task.value }
    }

    /// - Parameter isAwaited: the caller waits for it, and hears of a failure.
    private func startAppend(through number: UInt64, isAwaited: Bool = true) -> Task<Void, any Error>? {
        state.withLock { state in
            let waits = state.waiting.first.map { $0.number <= number } ?? false
            if let running = state.append { return waits || state.first <= number ? running : nil }
            guard waits else { return nil }
            let batch = Array(state.waiting.prefix(Self.batchCount(state.waiting)))
            state.waiting.removeFirst(batch.count)
            state.appending = state.waiting.isEmpty ? state.tally : Self.tally(batch)
            state.tally = Self.tally(state.waiting)
            (state.first, state.floor) = (batch[0].number, nil)
            // What is logged of it is not of the request that happens to begin it.
            let task = Task.detached { [self] in
                do { try await append(batch) } catch {
                    if !isAwaited { sayThatReadsWait(error) }
                    throw error
                }
            }
            state.append = task
            return task
        }
    }

    private static func batchCount(_ waiting: [Waiting]) -> Int {
        var bytes = 0
        var count = 0
        while count < min(waiting.count, Read.batchEvents), bytes < Read.batchBytes {
            bytes += waiting[count].read.payloadBytes
            count += 1
        }
        return count
    }

    private static func tally(_ waiting: [Waiting]) -> Read.Tally {
        waiting.reduce(into: Read.Tally()) { $0.add($1.read) }
    }

    private func append(_ batch: [Waiting]) async throws {
        do {
            let head = try await log.head()
            state.withLock { $0.floor = head }
            try await append(batch.map { $0.read.append(options) })
            state.withLock { $0.endAppend(hasFailed: false) }
        } catch {
            state.withLock { state in
                state.waiting.insert(contentsOf: batch, at: 0)
                state.tally = Self.tally(state.waiting)
                state.endAppend(hasFailed: true)
            }
            throw error
        }
    }

    /// Where the ledger demands actors since the reads happened, those without one are left out: they would keep all
    /// that follow from being appended.
    private func append(_ reads: [StreamAppend]) async throws {
        do {
            _ = try await log.append(reads)
        } catch let error as EventLogError where error.code == .actorRequired {
            let named = reads.filter { $0.events.allSatisfy(\.attribution.hasActor) }
            options.file.logger.warning(
                "Reads without an actor are refused", metadata: ["reads": "\(reads.count - named.count)"])
            if !named.isEmpty { _ = try await log.append(named) }
        }
    }

    /// Appends what waits, or gives up on it where that fails, and stops the clock.
    func close() async {
        let timer = state.withLock { state in
            state.isClosed = true
            defer { state.timer = nil }
            return state.timer
        }
        timer?.cancel()
        do {
            try await flush()
        } catch {
            let lost = state.withLock { $0.waiting.count }
            options.file.logger.error(Read.isLost, metadata: ["reads": "\(lost)", "error": "\(error)"])
        }
    }

    // MARK: Looking

    /// Calls back with what is known of the reads that wait, and of those that are being appended.
    func look<T>(_ body: (_ waiting: borrowing Read.Tally, _ appending: borrowing Read.Tally) -> T) -> T {
        state.withLock { body($0.tally, $0.appending) }
    }

    /// Runs a read of the projection, and calls back with what it does not say yet.
    ///
    /// A read beside an append is not held up by it: if the projection stood at the append's floor after the read, the
    /// read saw nothing of it.
    ///
    /// - Parameter read: its result; and where the projection stands after it, if it is asked for that.
    func consistently<T>(
        _ read: (_ withPosition: Bool) throws -> (T, Position?), add: (inout T, borrowing Read.Tally) -> Void
    ) async throws -> T {
        while true {
            var result: T?
            let outcome = try attempt { withPosition in
                let (answer, position) = try read(withPosition)
                result = answer
                return position
            } add: { tally in
                guard var answer = result.take() else { return }
                add(&answer, tally)
                result = answer
            }
            switch outcome {
            case .done: if let result { return result }
            case .again(let append): await append.hasEnded()
            }
        }
    }

    /// The same without waiting, once. The closures keep the result: to hand on a large one costs as much as it does to
    /// look after the queue.
    ///
    /// - Parameter read: answers where the projection stands after it, if it is asked for that.
    func attempt(
        _ read: (_ withPosition: Bool) throws -> Position?, add: (borrowing Read.Tally) -> Void
    ) throws -> ReadAttempt {
        try Task.checkCancellation()
        let (epoch, isAppending) = state.withLock { ($0.epoch, $0.append != nil) }
        let position = try read(isAppending)
        return state.withLock { state in
            guard state.epoch == epoch else { return .again(after: RunningAppend(task: nil)) }
            if state.append != nil {
                if let floor = state.floor {
                    guard let position else { return .again(after: RunningAppend(task: nil)) }
                    guard position <= floor else { return .again(after: RunningAppend(task: state.append)) }
                }
                add(state.appending)
            }
            add(state.tally)
            return .done
        }
    }
}

/// What came of a read beside appends.
enum ReadAttempt {
    case done
    /// Its answer may hold a part of an append. It is to be read again, once that has ended.
    case again(after: RunningAppend)
}

/// An append of reads, if one is under way.
struct RunningAppend: Sendable {
    fileprivate let task: Task<Void, any Error>?

    /// Its events are in the projection or not, which cannot be told before. If it fails, they wait again.
    func hasEnded() async { _ = await task?.result }
}

/// Reads that wait in one queue.
private let maximumWaitingReads = 100_000
/// So many wait beside an append before those that come wait with them.
private let batchesBesideAppend = 8

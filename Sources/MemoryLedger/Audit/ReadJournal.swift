import EventLog
import LedgerCapabilities
import Logging
import Synchronization

extension EventLog {
    /// Appends events that say what was read. Where the ledger demands actors since they happened, those without one
    /// are left out: they would keep all that follow from being appended.
    func append(reads: [StreamAppend], _ logger: Logger) async throws {
        do {
            _ = try await append(reads)
        } catch let error as EventLogError where error.code == .actorRequired {
            let named = reads.filter { $0.events.allSatisfy(\.context.hasActor) }
            logger.warning("Reads by nobody are refused", metadata: ["reads": "\(reads.count - named.count)"])
            if !named.isEmpty { _ = try await append(named) }
        }
    }
}

/// Holds back the events that say who read what, until they are appended together.
///
/// Invariants:
/// 1. What was read is written down once, or the read throws.
/// 2. At most `maximumWaiting` events wait.
/// 3. They become durable when counted reads do: see `MemoryLedgerOptions.ReadCounting`.
final class ReadJournal: Sendable {
    private struct Waiting: Sendable {
        /// Tells it apart.
        var number: UInt64
        var append: StreamAppend
    }

    private struct State {
        package var waiting: [Waiting] = []
        var append: Task<Void, any Error>?
        var number: UInt64 = 0
        var timer: Task<Void, Never>?
        var isClosed = false
    }

    private let log: any EventLog
    private let options: MemoryLedgerOptions
    private let state = Mutex(State())

    private static let maximumWaiting = 100_000
    /// Events of one append, and the bytes after which it ends.
    private static let batchEvents = 4_096
    private static let batchBytes = 8 << 20

    init(log: any EventLog, options: MemoryLedgerOptions) {
        self.log = log
        self.options = options
    }

    /// Writes an event down. Returns when it waits, or with `.strict` when it is durable.
    ///
    /// - Throws: `EventLogError` with `readOnly`, `closed`, or what the log says of the context or of the append.
    func write(_ event: OversightEvent, to stream: StreamName, by context: EventContext) async throws {
        guard options.file.access != .readOnly else { throw Self.readOnly }
        let time = options.clock.now()
        let new = NewEvent(
            id: options.ids.next(at: time), type: event.type, schemaVersion: MemoryEvent.schemaVersion,
            payload: try event.payload(), occurredAt: time, context: context)
        // One that the log refuses would keep all that follow from being appended.
        try log.limits.check([StreamAppend(stream, events: [new])])
        let (batch, milliseconds) = pace
        let (number, mustFlush) = try state.withLock { state in
            guard !state.isClosed else { throw EventLogError.closed }
            state.number += 1
            state.waiting.append(Waiting(number: state.number, append: StreamAppend(stream, events: [new])))
            if state.waiting.count >= batch { return (state.number, true) }
            if state.timer == nil { state.timer = timer(milliseconds) }
            return (state.number, false)
        }
        if mustFlush { try await flush(through: number) }
    }

    private var pace: (batch: Int, milliseconds: Int) {
        switch options.readCounting {
        case .strict: (1, 0)
        case .batched(let reads, let milliseconds): (min(max(1, reads), Self.maximumWaiting), milliseconds)
        }
    }

    package static let readOnly = EventLogError(
        .readOnly, "Reads of this ledger are events, and it was opened for reading only; open it for writing.")

    /// Appends what waits, up to an event at least; where that fails, takes the event back.
    private func flush(through number: UInt64) async throws {
        while true {
            do {
                return try await flush()
            } catch let error as EventLogError where error.code == .busy && mayWait {
                // Another process writes for long: the events wait for the next turn.
                return
            } catch {
                // Where it does not wait it has been appended, or is just now.
                if takeBack(number) { throw error }
            }
        }
    }

    private var mayWait: Bool {
        guard case .batched = options.readCounting else { return false }
        return state.withLock { $0.waiting.count < Self.maximumWaiting }
    }

    private func takeBack(_ number: UInt64) -> Bool {
        state.withLock { state in
            guard let index = state.waiting.lastIndex(where: { $0.number == number }) else { return false }
            state.waiting.remove(at: index)
            return true
        }
    }

    private func timer(_ milliseconds: Int) -> Task<Void, Never> {
        Task { [weak self] in
            try? await Task.sleep(for: .milliseconds(milliseconds))
            guard let self, !Task.isCancelled else { return }
            self.state.withLock { $0.timer = nil }
            do {
                try await self.flush()
            } catch {
                // What fails now waits for the next read, flush or close.
                options.file.logger.warning("Audited reads wait", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Appends everything that waits.
    func flush() async throws {
        while let task = startAppend() { try await task.value }
    }

    private func startAppend() -> Task<Void, any Error>? {
        state.withLock { state in
            if let running = state.append { return running }
            guard !state.waiting.isEmpty else { return nil }
            var bytes = 0
            var count = 0
            while count < min(state.waiting.count, Self.batchEvents), bytes < Self.batchBytes {
                bytes += state.waiting[count].append.events.reduce(0) { $0 + $1.payload.count }
                count += 1
            }
            let batch = Array(state.waiting.prefix(count))
            state.waiting.removeFirst(count)
            let task = Task { try await append(batch) }
            state.append = task
            return task
        }
    }

    private func append(_ batch: [Waiting]) async throws {
        do {
            try await log.append(reads: batch.map(\.append), options.file.logger)
            state.withLock { $0.append = nil }
        } catch {
            state.withLock { state in
                state.waiting.insert(contentsOf: batch, at: 0)
                state.append = nil
            }
            throw error
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
            options.file.logger.error("Audited reads are lost", metadata: ["reads": "\(lost)", "error": "\(error)"])
        }
    }
}

import EventLog
import LedgerCapabilities
import Logging
import Synchronization

/// Counts reads without a sync for each: they wait here until they are appended together.
///
/// Invariants:
/// 1. A read is counted exactly once if it goes through here: from the moment it happened, whether it waits here,
///    is being appended, or stands in the projection.
/// 2. At most `maximumWaiting` reads wait.
/// 3. A read that throws is not counted.
package final class ReadCounter: Sendable {
    enum Kind: Sendable {
        case accessed
        case traversed
    }

    /// What to add to a memory's statistics.
    struct Counts: Sendable {
        var accesses = 0
        var traverses = 0
        var lastAccessedAt: Timestamp?
        var lastLinkedAt: Timestamp?
    }

    private struct Waiting: Sendable {
        /// Tells it apart.
        var number: UInt64
        var memory: MemoryKey
        var kind: Kind
        var time: Timestamp
        var context: EventContext
    }

    private struct State {
        package var waiting: [Waiting] = []
        var counts: [MemoryKey: Counts] = [:]
        /// Being appended now.
        var appending: [MemoryKey: Counts] = [:]
        var append: Task<Void, any Error>?
        /// Reads so far.
        var reads: UInt64 = 0
        /// How many appends have begun.
        var epoch = 0
        var timer: Task<Void, Never>?
        var isClosed = false
    }

    private let log: any EventLog
    private let options: MemoryLedgerOptions
    private let state = Mutex(State())

    private static let maximumWaiting = 100_000
    /// Events of one append.
    private static let batchEvents = 8_192

    init(log: any EventLog, options: MemoryLedgerOptions) {
        self.log = log
        self.options = options
    }

    // MARK: Counting

    /// Counts a read of a memory that exists. Answers when it happened.
    ///
    /// - Throws: `EventLogError` with `readOnly`, `closed`, or what the log says of the context or of the append.
    func count(_ memory: MemoryKey, _ kind: Kind, by context: EventContext) async throws -> Timestamp {
        guard options.file.access != .readOnly else { throw EventLogError.readOnly }
        // One that the log refuses would keep all that follow from being appended.
        try log.limits.check(context)
        let time = options.clock.now()
        let batch: Int
        let milliseconds: Int
        switch options.readCounting {
        case .strict: (batch, milliseconds) = (1, 0)
        case .batched(let reads, let time): (batch, milliseconds) = (min(max(1, reads), Self.maximumWaiting), time)
        }
        let (number, mustFlush) = try state.withLock { state in
            guard !state.isClosed else { throw EventLogError.closed }
            state.reads += 1
            state.waiting.append(
                Waiting(number: state.reads, memory: memory, kind: kind, time: time, context: context))
            state.counts[memory, default: Counts()].add(kind, time)
            if state.waiting.count >= batch { return (state.reads, true) }
            if state.timer == nil { state.timer = timer(milliseconds) }
            return (state.reads, false)
        }
        if mustFlush { try await flush(throughRead: number) }
        return time
    }

    /// Appends what waits, up to a read at least; where that fails, takes the read back.
    private func flush(throughRead number: UInt64) async throws {
        while true {
            do {
                return try await flush()
            } catch let error as EventLogError where error.code == .busy && isBatched && !isFull {
                // Another process writes for long: the reads wait for the next turn.
                return
            } catch {
                // Where it does not wait it has been appended, or is just now.
                if takeBack(number) { throw error }
            }
        }
    }

    private func takeBack(_ number: UInt64) -> Bool {
        state.withLock { state in
            guard let index = state.waiting.lastIndex(where: { $0.number == number }) else { return false }
            let memory = state.waiting.remove(at: index).memory
            let remaining = Self.counts(state.waiting.filter { $0.memory == memory })
            state.counts[memory] = remaining[memory]
            return true
        }
    }

    private var isBatched: Bool { if case .batched = options.readCounting { true } else { false } }
    private var isFull: Bool { state.withLock { $0.waiting.count > Self.maximumWaiting } }

    private func timer(_ milliseconds: Int) -> Task<Void, Never> {
        Task { [weak self] in
            try? await Task.sleep(for: .milliseconds(milliseconds))
            guard let self, !Task.isCancelled else { return }
            self.state.withLock { $0.timer = nil }
            do {
                try await self.flush()
            } catch {
                // What fails now waits for the next read, flush or close.
                options.file.logger.warning("Counted reads wait", metadata: ["error": "\(error)"])
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
            let batch = Array(state.waiting.prefix(Self.batchEvents))
            state.waiting.removeFirst(batch.count)
            var counts: [MemoryKey: Counts] = [:]
            for read in state.waiting { counts[read.memory, default: Counts()].add(read.kind, read.time) }
            state.appending = state.waiting.isEmpty ? state.counts : Self.counts(batch)
            state.counts = counts
            state.epoch += 1
            let task = Task { try await append(batch) }
            state.append = task
            return task
        }
    }

    private static func counts(_ reads: [Waiting]) -> [MemoryKey: Counts] {
        reads.reduce(into: [:]) { $0[$1.memory, default: Counts()].add($1.kind, $1.time) }
    }

    private func append(_ batch: [Waiting]) async throws {
        do {
            let appends = batch.map { read in
                let event = NewEvent(
                    id: options.ids.next(at: read.time),
                    type: read.kind == .accessed ? MemoryEvent.Name.accessed : MemoryEvent.Name.traversed,
                    payload: [], occurredAt: read.time, context: read.context)
                return StreamAppend(MemoryStream.name(read.memory), events: [event])
            }
            try await log.append(reads: appends, options.file.logger)
            state.withLock { state in
                state.appending = [:]
                state.append = nil
            }
        } catch {
            state.withLock { state in
                state.waiting.insert(contentsOf: batch, at: 0)
                state.counts = Self.counts(state.waiting)
                state.appending = [:]
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
            options.file.logger.error("Counts of reads are lost", metadata: ["reads": "\(lost)", "error": "\(error)"])
        }
    }

    // MARK: Reading

    /// Appends what waits for the memories, so that events that follow in their streams come after their reads.
    func settle(_ memories: [MemoryKey]) async throws {
        let hasWaiting = state.withLock { state in
            guard !state.counts.isEmpty || !state.appending.isEmpty else { return false }
            return memories.contains { state.counts[$0] != nil || state.appending[$0] != nil }
        }
        if hasWaiting { try await flush() }
    }

    /// Runs a read of the projection, and calls back with what is to be added to it.
    func consistently<T>(_ read: () throws -> T, add: (inout T, (MemoryKey) -> Counts?) -> Void) async throws -> T {
        while true {
            let (epoch, running) = state.withLock { ($0.epoch, $0.append) }
            if let running {
                // Its events are in the projection or not, which cannot be told here: wait. If it fails, they wait
                // again.
                _ = await running.result
                continue
            }
            var result = try read()
            let isConsistent = state.withLock { state in
                guard state.epoch == epoch else { return false }
                if !state.counts.isEmpty { add(&result) { state.counts[$0] } }
                return true
            }
            if isConsistent { return result }
        }
    }
}

extension ReadCounter.Counts {
    fileprivate mutating func add(_ kind: ReadCounter.Kind, _ time: Timestamp) {
        switch kind {
        case .accessed:
            accesses += 1
            lastAccessedAt = time
        case .traversed:
            traverses += 1
            lastLinkedAt = time
        }
    }

    func apply(to meta: inout MemoryMeta) {
        meta.accessCount += accesses
        meta.traverseCount += traverses
        if let lastAccessedAt { meta.lastAccessedAt = lastAccessedAt }
        if let lastLinkedAt { meta.lastLinkedAt = lastLinkedAt }
    }
}

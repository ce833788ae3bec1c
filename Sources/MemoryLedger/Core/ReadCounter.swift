import EventLog
import LedgerCapabilities
import Logging

/// Counts reads without a sync for each: they wait in a queue until they are appended together.
///
/// Invariants:
/// 1. A read is counted exactly once if it goes through here: from the moment it happened, whether it waits here,
///    is being appended, or stands in the projection.
/// 2. A read that throws is not counted.
package final class ReadCounter: Sendable {
    enum Kind: Sendable {
        case accessed
        case traversed

        var type: EventType {
            switch self {
            case .accessed: "MemoryAccessed"
            case .traversed: "MemoryTraversed"
            }
        }
    }

    /// What to add to a memory's statistics.
    struct Counts: Sendable {
        var accesses = 0
        var traverses = 0
        var lastAccessedAt: Timestamp?
        var lastLinkedAt: Timestamp?
    }

    fileprivate struct Read: QueuedRead {
        var memory: MemoryKey
        var kind: Kind
        var time: Timestamp
        var attribution: Attribution

        static let batchEvents = 8_192
        /// It has no payload.
        static let batchBytes = Int.max
        static let waitsOn: Logger.Message = "Counted reads wait"
        static let isLost: Logger.Message = "Counts of reads are lost"

        var payloadBytes: Int { 0 }

        func append(_ options: MemoryLedgerOptions) -> StreamAppend {
            let event = NewEvent(
                id: options.ids.next(at: time), type: kind.type, payload: [], occurredAt: time, attribution: attribution
            )
            return StreamAppend(MemoryStream.name(memory), events: [event])
        }

        struct Tally: ReadTally {
            var counts: [MemoryKey: Counts] = [:]

            mutating func add(_ read: Read) { counts[read.memory, default: Counts()].add(read.kind, read.time) }
        }
    }

    private let log: any EventLog
    private let options: MemoryLedgerOptions
    private let queue: ReadQueue<Read>

    init(log: any EventLog, options: MemoryLedgerOptions) {
        self.log = log
        self.options = options
        queue = ReadQueue(log: log, options: options)
    }

    /// Counts a read of a memory that exists. Answers when it happened.
    ///
    /// - Throws: `EventLogError` with `readOnly`, `closed`, or what the log says of the context or of the append.
    func count(_ memory: MemoryKey, _ kind: Kind, by attribution: Attribution) async throws -> Timestamp {
        guard options.file.access != .readOnly else { throw EventLogError.readOnly }
        try log.limits.check(attribution)
        let time = options.clock.now()
        try await queue.add(Read(memory: memory, kind: kind, time: time, attribution: attribution))
        return time
    }

    /// Appends everything that waits.
    func flush() async throws { try await queue.flush() }

    /// Appends what waits, or gives up on it where that fails, and stops the clock.
    func close() async { await queue.close() }

    /// Appends what waits for the memories, so that events that follow in their streams come after their reads.
    func settle(_ memories: [MemoryKey]) async throws {
        let hasWaiting = queue.look { waiting, appending in
            guard !waiting.counts.isEmpty || !appending.counts.isEmpty else { return false }
            return memories.contains { waiting.counts[$0] != nil || appending.counts[$0] != nil }
        }
        if hasWaiting { try await queue.flush() }
    }

    /// Runs a read of the projection, and calls back with what is to be added to it: `ReadQueue.consistently`.
    func consistently<T>(
        _ read: (_ withPosition: Bool) throws -> (T, Position?), add: (inout T, (MemoryKey) -> Counts?) -> Void
    ) async throws -> T {
        try await queue.consistently(read) { result, tally in
            if !tally.counts.isEmpty { add(&result) { tally.counts[$0] } }
        }
    }

    /// The same without waiting, once: `ReadQueue.attempt`.
    func attempt(
        _ read: (_ withPosition: Bool) throws -> Position?, add: ((MemoryKey) -> Counts?) -> Void
    ) throws -> ReadAttempt {
        try queue.attempt(read) { tally in
            if !tally.counts.isEmpty { add { tally.counts[$0] } }
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
}

extension MemoryMeta {
    /// Counts reads that are not counted in it yet.
    mutating func add(_ counts: ReadCounter.Counts) {
        accessCount += counts.accesses
        traverseCount += counts.traverses
        if let time = counts.lastAccessedAt { lastAccessedAt = time }
        if let time = counts.lastLinkedAt { lastLinkedAt = time }
    }
}

import AgentContext
import CCallgrind
import EventLog
import EventLogTesting
import LedgerCapabilities
import MemoryLedger
import Projections
import SQLiteEventLog
import Synchronization

/// Where an operation is counted: an empty folder, a clock that stands, ids and keys that follow from a seed.
struct Workplace: Sendable {
    let folder: String
    let operation: String
    let clock = FixedClock()
    let ids = RandomEventIDs.seeded(1)

    /// What the process does first is left out: what is made once, and what is read into a cache.
    static let warmUps = 20

    /// Before and after the counting, so that it has all that other threads still do for the last operation, and
    /// nothing of what comes before: frees of what was answered, most of all.
    static let quiet = Duration.milliseconds(100)

    /// Memories of a ledger that is read.
    static let memories = 2_000

    func path(_ name: String) -> String { "\(folder)/\(name).sqlite" }

    func corpus(seed: UInt64 = 1) -> Corpus { Corpus(seed: seed, ids: ids, clock: clock) }

    /// Counts the instructions of the body, which does the operation so many times.
    func count(_ times: Int, _ body: () async throws -> Void) async throws {
        try await Task.sleep(for: Self.quiet)
        callgrind_start()
        try await body()
        try await Task.sleep(for: Self.quiet)
        callgrind_stop(operation)
        print(operation, times)
    }

    /// Counts a body that does the operation once, after it was done some times to warm up.
    ///
    /// - Parameter body: gets the number of the turn, from 0.
    func count(_ times: Int, each body: (Int) async throws -> Void) async throws {
        for turn in 0..<Self.warmUps { try await body(turn) }
        try await count(times) {
            for turn in 0..<times { try await body(Self.warmUps + turn) }
        }
    }

    private var file: LedgerFileOptions {
        var file = LedgerFileOptions()
        file.randomness = SeededBytes()
        return file
    }

    func openLog(_ name: String = "log") throws -> SQLiteEventLog {
        try SQLiteEventLog(path: path(name), options: file, clock: clock)
    }

    func openLedger(_ name: String = "ledger") async throws -> MemoryLedger {
        // Counted reads are appended when it is said, and never because some time has passed.
        var options = MemoryLedgerOptions(
            file: file, readCounting: .batched(reads: 8_192, milliseconds: 3_600_000), clock: clock, ids: ids)
        options.modules = AgentContext.modules
        options.snapshots = .off
        return try await MemoryLedger.open(at: path(name), options: options)
    }

    /// A ledger with memories of 650 bytes.
    func ledgerOfMemories(_ count: Int = Workplace.memories) async throws -> MemoryLedger {
        let ledger = try await openLedger()
        for batch in memories(batches: count / 1_000) { try await ledger.addAll(batch) }
        return ledger
    }

    /// Batches of 1,000 memories with two links: one to the memory before it, one to any older.
    ///
    /// - Parameter batch: the first batch's number, 1,000 keys each.
    func memories(from batch: Int = 0, batches: Int) -> [[(MemoryKey, MemoryContent)]] {
        var corpus = corpus(seed: UInt64(batch))
        return (batch..<batch + batches).map { batch in
            (batch * 1_000..<(batch + 1) * 1_000).map { number in
                let targets = [max(0, number - 1), corpus.below(max(1, number))]
                return (MemoryKey(key: Corpus.key(number)), corpus.memory(linkingTo: targets.map(Corpus.key)))
            }
        }
    }

    /// Keys of some memories, random ones.
    func keys(_ count: Int) -> [MemoryKey] {
        var corpus = corpus(seed: 2)
        return (0..<count).map { _ in MemoryKey(key: Corpus.key(corpus.below(Self.memories))) }
    }
}

/// A signature takes more or fewer instructions, depending on the key.
private final class SeededBytes: RandomSource {
    private let random = Mutex(SeededRandom(seed: 4))

    func bytes(_ count: Int) -> [UInt8] {
        random.withLock { random in (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) } }
    }
}

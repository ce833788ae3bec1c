import EmbeddedLedger
import EventLog
import LedgerCapabilities
import MemoryLedger
import Projections
import SQLiteEventLog

/// Writes a ledger with a life in it.
struct MixedLedger {
    private let ledger: MemoryLedger
    private var corpus = Corpus(seed: 1)
    private var keys: [String] = []
    private var made = 0

    /// Answers the path of the closed ledger.
    ///
    /// - Parameter snapshots: With those that are due at the end.
    static func make(
        _ bench: Bench, operations: Int, snapshots: SnapshotRule = .off
    ) async throws -> String {
        var options = MemoryLedgerOptions(file: bench.settings)
        options.snapshots = snapshots
        // Only the log that comes of it is measured.
        options.file.durability = .normal
        options.readCounting = .batched(reads: 8_192, milliseconds: 60_000)
        let ledger = try await MemoryLedger.open(at: bench.folder.fresh("mixed"), options: options)
        var mixed = MixedLedger(ledger: ledger)
        for _ in 0..<operations / 1_000 { try await mixed.thousand() }
        try await ledger.takeDueSnapshots()
        await ledger.close()
        return try ledger.log.inFile.path
    }

    private init(ledger: MemoryLedger) { self.ledger = ledger }

    private mutating func someKey() -> MemoryKey { MemoryKey(key: keys[corpus.below(keys.count)]) }

    private mutating func thousand() async throws {
        try await add(200)
        for _ in 0..<600 { _ = try await ledger.access(someKey()) }
        for _ in 0..<50 { _ = try await ledger.traverse(someKey()) }
        try await ledger.flushReads()
        for _ in 0..<100 {
            let content = corpus.memory(linkingTo: [])
            try await ledger.update(someKey(), MemoryChange(summary: content.summary, text: content.text))
        }
        for turn in 0..<50 { try await changeKeysOrLinks(turn % 3) }
    }

    private mutating func add(_ count: Int) async throws {
        var batch: [(MemoryKey, MemoryContent)] = []
        for _ in 0..<count {
            let key = Corpus.key(made)
            made += 1
            let links = keys.isEmpty ? [key] : [keys[corpus.below(keys.count)], keys[corpus.below(keys.count)]]
            batch.append((MemoryKey(key: key), corpus.memory(linkingTo: links)))
        }
        try await ledger.addAll(batch)
        keys += batch.map(\.0.key)
    }

    private mutating func changeKeysOrLinks(_ kind: Int) async throws {
        let index = corpus.below(keys.count)
        let key = MemoryKey(key: keys[index])
        switch kind {
        case 0:
            try await ledger.rename(key, to: "renamed-\(made)-\(keys[index])")
            keys[index] = "renamed-\(made)-\(keys[index])"
        case 1:
            try await ledger.link(key, MemoryLink(type: "design", key: someKey().key, term: corpus.words(2)))
        default:
            try await ledger.delete(key)
            keys[index] = keys[keys.count - 1]
            keys.removeLast()
        }
    }
}

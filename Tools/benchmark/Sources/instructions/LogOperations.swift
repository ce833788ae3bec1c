import Crypto
import EmbeddedLedger
import EventLog
import LedgerCapabilities
import MemoryLedger
import MerkleLog
import SQLiteEventLog

extension Operation {
    /// Blocks of 64 bytes, which tell how many instructions of the other operations are a block each.
    static let sha256 = Operation(name: "sha256-block") { place in
        let blocks = 16_384
        let bytes = [UInt8](repeating: 7, count: blocks * 64)
        _ = SHA256.hash(data: bytes)
        try await place.count(blocks) { _ = SHA256.hash(data: bytes) }
    }

    static let append = Operation(name: "append") { place in
        let log = try place.openLog()
        let batches = place.appends(batches: 8, perBatch: 1_000)
        for batch in batches.prefix(3) { _ = try await log.append(batch) }
        try await place.count(5_000) {
            for batch in batches.dropFirst(3) { _ = try await log.append(batch) }
        }
        await log.close()
    }

    static let appendOne = Operation(name: "append-one") { place in
        let log = try place.openLog()
        let times = 500
        let appends = place.appends(batches: Workplace.warmUps + times, perBatch: 1)
        try await place.count(times) { _ = try await log.append(appends[$0]) }
        await log.close()
    }

    static let replay = Operation(name: "replay") { place in
        let ledger = try await place.ledgerOfMemories()
        let log = try ledger.log.inFile
        try await place.count(Workplace.memories * 2) {
            for _ in 0..<2 {
                let events = try await log.read(EventQuery(limit: Workplace.memories)).events
                guard events.count == Workplace.memories else { throw InstructionsError("\(events.count) events") }
            }
        }
        await ledger.close()
    }

    static let verify = Operation(name: "verify") { place in
        // So many that what is looked at once, the schema, weighs little.
        let memories = 10_000
        let ledger = try await place.ledgerOfMemories(memories)
        let log = try ledger.log.inFile
        try await mustBeClean(log)
        try await place.count(memories) { try await mustBeClean(log) }
        await ledger.close()
    }

    static let prove = Operation(name: "prove") { place in
        let log = try place.openLog()
        let keyFile = SigningKeyFile.beside(log.path)
        let key = try log.makeSigningKey(in: keyFile)
        for batch in place.appends(batches: 4, perBatch: 1_000) { _ = try await log.append(batch) }
        _ = try await log.signCheckpoint(with: keyFile)
        var corpus = place.corpus(seed: 2)
        try await place.count(200) { _ in
            let proof = try log.prove(Position(corpus.below(4_000) + 1))
            guard ProofCheck.check(proof.bytes, trusting: [key]).map(\.verdict) == [.verified] else {
                throw InstructionsError("The proof does not hold.")
            }
        }
        await log.close()
    }
}

private func mustBeClean(_ log: SQLiteEventLog) async throws {
    guard try await log.verify().isClean else { throw InstructionsError("The log is not clean.") }
}

extension Workplace {
    /// Appends of one 200-byte event to one of 50,000 streams each, in batches.
    fileprivate func appends(batches: Int, perBatch: Int) -> [[StreamAppend]] {
        var corpus = corpus()
        return (0..<batches).map { _ in
            (0..<perBatch).map { _ in
                StreamAppend(StreamName("thing/\(corpus.below(50_000))"), events: [corpus.event()])
            }
        }
    }
}

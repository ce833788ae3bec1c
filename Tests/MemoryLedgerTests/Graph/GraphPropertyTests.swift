import EventLog
import Foundation
import SQLiteEventLog
import Testing

@testable import MemoryLedger

/// Goal: what is answered of links is what the memories' own lists of links say, at any position and whatever happens
/// to the ledger. Method: random ledgers, whose memories are listed into a plain model; both are asked the same.
@Suite struct GraphPropertyTests {
    private static let events: Position = 600
    private static let positions = 6

    /// A seed that never changes, and one that is new in every run; `MEMLEDGER_SEED` repeats it.
    private static let seeds: [UInt64] = [
        3, ProcessInfo.processInfo.environment["MEMLEDGER_SEED"].flatMap { UInt64($0) } ?? .random(in: 100 ... .max),
    ]
    private static let namespaces = Set(RandomLedger.keys.map(\.namespace)).sorted()

    private func compare(_ reading: some MemoryReading, _ words: String, _ seed: UInt64) async throws {
        try await GraphComparison.run(reading, Self.namespaces, "seed \(seed), \(words)", seed: seed)
    }

    @Test(.onEveryBackend, arguments: seeds) func linksAreAsTheMemoriesSay(seed: UInt64) async throws {
        print("MEMLEDGER_SEED=\(seed)")
        let test = try await RandomLedger.make(seed: seed, events: Self.events)
        let ledger = test.ledger
        try await compare(ledger, "live", seed)
        try await compare(ledger.includingQuarantined, "with what is quarantined", seed)
        var random = SeededGenerator(seed: seed)
        let head = try await ledger.log.head()
        for _ in 0..<Self.positions {
            let position = Position.random(in: 1...head, using: &random)
            try await compare(ledger.asOf(.position(position)), "position \(position)", seed)
        }
        try await ledger.rebuild()
        try await compare(ledger, "rebuilt", seed)
        let contributors = try await ledger.quarantines().map(\.contributor)
        for contributor in contributors { try await ledger.release(contributor) }
        try await compare(ledger, "released", seed)
        for _ in 0..<3 {
            let contributor = RandomContributor(&random, keys: RandomLedger.keys)
            _ = try? await ledger.quarantine(contributor.contributor, reason: "chance")
        }
        try await compare(ledger, "quarantined", seed)
        await ledger.close()
    }

    @Test(arguments: seeds) func erasedMemoriesLeaveNoLinks(seed: UInt64) async throws {
        let test = try await TestLedger.openProtected()
        let ledger = test.ledger
        try await ledger.protect("mem")
        var random = SeededGenerator(seed: seed)
        let keys = (0..<8).map { MemoryKey(key: "k\($0)") }
        for key in keys {
            let links = (0..<4).map { _ in
                let target = keys[Int.random(in: 0..<keys.count, using: &random)].key
                return MemoryLink(type: "t0", key: target, term: "secret", weight: 0.5)
            }
            try await ledger.add(key, MemoryContent(summary: "about \(key.key)", links: links))
        }
        let before = try await ledger.log.head()
        let erased = keys[Int.random(in: 0..<keys.count, using: &random)]
        _ = try await ledger.erase(.memory(erased), reason: "asked for")
        #expect(try await ledger.neighbours(of: erased) == nil)
        for words in ["erased", "rebuilt"] {
            try await GraphComparison.run(ledger, ["mem"], "seed \(seed), \(words)", seed: seed)
            let dangling = try await ledger.danglingLinks()
            #expect(dangling.links.allSatisfy { $0.from != erased.key && $0.to == erased.key })
            try await ledger.rebuild()
        }
        let view = try await ledger.asOf(.position(before))
        try await GraphComparison.run(view, ["mem"], "seed \(seed), before", seed: seed)
        await ledger.close()
    }
}

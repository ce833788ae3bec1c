import EventLog
import Foundation
import LedgerStorage
import Testing
import TextSearch
import TextSearchModel

import class EventLogTesting.FixedClock

@testable import MemoryLedger

/// Goal: a search finds exactly the memories that match and may be seen, now and as of any position, whatever has
/// happened to them.
/// Method: a ledger of random commands on texts of few words, in Latin and Chinese; queries and filters against
/// `TextMatch` and Swift conditions on the memories of a view; before and after a rebuild, quarantines and erasures,
/// after which no file has a word that only erased texts had.
@Suite(.onEveryBackend) struct SearchPropertyTests {
    private static let seeds: [UInt64] = [
        5,
        ProcessInfo.processInfo.environment["MEMLEDGER_SEED"].flatMap { UInt64($0) } ?? .random(in: 100 ... .max),
    ]
    private static let queries = [
        "tea", "green tea", "\"green tea\"", "tea NOT coffee", "te*", "summary:tea OR keywords:cup", "量子", "量子计算",
        "(green OR black) AND k1", "k1", "coffee",
    ]

    private static func filters(_ random: inout SeededGenerator) -> MemoryFilter {
        var filter = MemoryFilter()
        if Bool.random(using: &random) { filter.namespace = ["mem", "other"].randomElement(using: &random) }
        if Int.random(in: 0..<4, using: &random) == 0 {
            filter.type = ["fact", "decision"].randomElement(using: &random)
        }
        if Int.random(in: 0..<5, using: &random) == 0 { filter.anyKeywords = ["cup", "pot"] }
        if Int.random(in: 0..<5, using: &random) == 0 { filter.allKeywords = ["cup"] }
        if Int.random(in: 0..<6, using: &random) == 0 {
            filter.status = [.cold, .active].randomElement(using: &random)
        }
        if Int.random(in: 0..<6, using: &random) == 0 { filter.leastTrust = 50 }
        if Int.random(in: 0..<8, using: &random) == 0 { filter.source = .init(.tool, "web") }
        return filter
    }

    /// What should be found, of all memories that can be seen.
    private static func expected(
        _ memories: [Memory], _ query: String, _ filter: MemoryFilter, hidden: Set<MemoryKey>
    ) throws -> Set<MemoryKey> {
        let match = TextMatch(try SearchQuery(parsing: query))
        let found = memories.filter { memory in
            let content = memory.content
            // A list of the past shows that something was there. A search finds texts, and that has none any more; one
            // that had left its key before may be found by the key.
            return content != .erased
                && match.isMatch { field in
                    switch field {
                    case .key: memory.key
                    case .summary: content.summary
                    case .text: content.text
                    case .keywords: content.keywords.joined(separator: "\n")
                    }
                } && (filter.namespace.map { $0 == memory.namespace } ?? true)
                && (filter.type.map { $0 == content.type } ?? true)
                && (filter.anyKeywords.isEmpty || !Set(filter.anyKeywords).isDisjoint(with: content.keywords))
                && Set(filter.allKeywords).isSubset(of: content.keywords)
                && (filter.status.map { $0 == memory.meta.status } ?? !hidden.contains(memory.id))
                && (filter.leastTrust.map { $0 <= memory.provenance?.trust ?? -1 } ?? true)
                && (filter.source.map { $0 == memory.provenance?.source } ?? true)
        }
        return Set(found.map(\.id))
    }

    private static func found(
        _ reading: some MemoryReading, _ query: String, _ filter: MemoryFilter, pageSize: Int
    ) async throws -> (keys: [MemoryKey], total: Int) {
        var search = MemorySearch(query, filter, limit: pageSize)
        var keys: [MemoryKey] = []
        var total = 0
        repeat {
            let page = try await reading.search(search)
            keys += page.memories.map(\.key)
            total = page.total
            search.after = page.next
        } while search.after != nil
        return (keys, total)
    }

    /// Answers how many are found in all.
    @discardableResult
    private func compare(
        _ reading: some MemoryReading, hidden: Set<MemoryKey>, _ random: inout SeededGenerator, _ comment: Comment
    ) async throws -> Int {
        var total = 0
        let memories = try await reading.list(MemoryQuery(limit: MemoryQuery.maximumLimit)).memories
        for query in Self.queries {
            let filter = Self.filters(&random)
            let expected = try Self.expected(memories, query, filter, hidden: hidden)
            let found = try await Self.found(
                reading, query, filter, pageSize: Int.random(in: 1...7, using: &random))
            #expect(found.keys.count == Set(found.keys).count, "\(comment): \(query), \(filter)")
            let erased = memories.filter { $0.content == .erased }.map(\.id)
            #expect(Set(found.keys).subtracting(erased) == expected, "\(comment): \(query), \(filter)")
            #expect(found.total == found.keys.count, "\(comment): \(query), \(filter)")
            total += found.total
        }
        return total
    }

    @Test(arguments: seeds)
    func aSearchFindsWhatMatches(seed: UInt64) async throws {
        print("MEMLEDGER_SEED=\(seed)")
        var world = SearchedLedger(seed: seed, test: try await TestLedger.open())
        let ledger = world.test.ledger
        var random = SeededGenerator(seed: seed)
        var past: [(position: Position, hidden: Set<MemoryKey>)] = []
        for round in 0..<6 {
            try await world.write(60)
            try await ledger.flushReads()
            past.append((try await ledger.log.head(), world.hidden))
            try await compare(ledger, hidden: world.hidden, &random, "seed \(seed), round \(round)")
            let then = try #require(past.randomElement(using: &random))
            let view = try await ledger.asOf(.position(then.position))
            try await compare(view, hidden: then.hidden, &random, "seed \(seed), round \(round), at \(then.position)")
            if round == 3 { try await ledger.rebuild() }
        }
        // Who opens it finds the same.
        let again = try await world.test.reopened()
        try await compare(again.ledger, hidden: world.hidden, &random, "seed \(seed), reopened")
        await again.ledger.close()
    }

    /// Of what had occurred by a time events in between are left out, since the clock went back.
    @Test(arguments: seeds)
    func whatHadOccurredIsFound(seed: UInt64) async throws {
        print("MEMLEDGER_SEED=\(seed)")
        var world = SearchedLedger(seed: seed, test: try await TestLedger.open())
        world.isClockSteady = false
        world.hides = false
        let ledger = world.test.ledger
        var random = SeededGenerator(seed: seed)
        var times: [Timestamp] = []
        for _ in 0..<8 {
            try await world.write(20)
            times.append(world.test.clock.now())
        }
        try await ledger.flushReads()
        world.test.clock.advance(1_000_000)
        var found = 0
        // Nothing had occurred by a time before the first event's.
        let first = try #require(try await ledger.events().map(\.occurredAt).min())
        for time in times where time >= first {
            let view = try await ledger.asOf(.occurred(time))
            found += try await compare(view, hidden: [], &random, "seed \(seed), by \(time.rfc3339)")
        }
        #expect(found > 0, "seed \(seed)")
        await ledger.close()
    }

    // MARK: Erasures

    @Test(.inAFile, arguments: seeds)
    func whatWasErasedIsFoundNoMore(seed: UInt64) async throws {
        print("MEMLEDGER_SEED=\(seed)")
        var world = SearchedLedger(seed: seed, test: try await TestLedger.openProtected())
        world.marksTexts = true
        let ledger = world.test.ledger
        for namespace in SearchedLedger.namespaces { try await ledger.protect(namespace) }
        var random = SeededGenerator(seed: seed)
        var past: [(position: Position, hidden: Set<MemoryKey>)] = []
        var erased: Set<String> = []
        for round in 0..<6 {
            try await world.write(40)
            try await ledger.flushReads()
            past.append((try await ledger.log.head(), world.hidden))
            // So that there is an index with the words.
            try await compare(ledger, hidden: world.hidden, &random, "seed \(seed), round \(round)")
            let words = try await world.erase()
            if !words.before.isEmpty { #expect(words.before.contains { $0.contains("-search") }, "seed \(seed)") }
            try expectNoTrace(of: words.erased, world.test, "seed \(seed), round \(round)")
            erased.formUnion(words.erased)
            past.append((try await ledger.log.head(), world.hidden))
            try await compare(ledger, hidden: world.hidden, &random, "seed \(seed), round \(round), erased")
            let then = try #require(past.randomElement(using: &random))
            let view = try await ledger.asOf(.position(then.position))
            try await compare(view, hidden: then.hidden, &random, "seed \(seed), round \(round), at \(then.position)")
            for word in words.erased.sorted().prefix(5) {
                for total in try await [ledger.search(MemorySearch(word)).total, view.search(MemorySearch(word)).total]
                {
                    #expect(total == 0, "seed \(seed), round \(round): \(word)")
                }
            }
        }
        #expect(erased.count > 5, "seed \(seed)")
        try expectNoTrace(of: erased, world.test, "seed \(seed)")
        await ledger.close()
        try expectNoTrace(of: erased, world.test, "seed \(seed), closed")
    }

    /// No file has the words, and none of the index's pages, which may be cut in two in the file.
    private func expectNoTrace(of words: Set<String>, _ test: TestLedger, _ comment: Comment) throws {
        let needles = words.sorted().map(SearchedLedger.needle)
        #expect(try test.search.findings(needles) == [], comment)
        let index = try TestDatabase(test.path + "-search")
        defer { index.close() }
        let row = try index.connection.statement("SELECT block FROM text_index_data")
        defer { row.reset() }
        var blocks = Data()
        while try row.step() { blocks.append(contentsOf: row.bytes(0)) }
        #expect(!blocks.isEmpty, comment)
        for needle in needles { #expect(blocks.range(of: Data(needle)) == nil, comment) }
    }
}

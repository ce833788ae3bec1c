import EventLog
import Foundation
import Testing
import TextSearch

@testable import MemoryLedger

/// Goal: a search finds exactly the memories that match and may be seen, now and as of any position, whatever has
/// happened to them.
/// Method: a ledger of random commands on texts of few words, in Latin and Chinese; queries and filters against
/// `TextMatch` and Swift conditions on the memories of a view; before and after a rebuild, quarantines and an erasure.
@Suite(.onEveryBackend) struct SearchPropertyTests {
    private static let seeds: [UInt64] = [
        5,
        ProcessInfo.processInfo.environment["MEMORYLEDGER_SEED"].flatMap { UInt64($0) } ?? .random(in: 100 ... .max),
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
            return match.isMatch { field in
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

    private func compare(
        _ reading: some MemoryReading, hidden: Set<MemoryKey>, _ random: inout SeededGenerator, _ comment: Comment
    ) async throws {
        let memories = try await reading.list(MemoryQuery(limit: MemoryQuery.maximumLimit)).memories
        for query in Self.queries {
            let filter = Self.filters(&random)
            let expected = try Self.expected(memories, query, filter, hidden: hidden)
            let found = try await Self.found(
                reading, query, filter, pageSize: Int.random(in: 1...7, using: &random))
            #expect(found.keys.count == Set(found.keys).count, "\(comment): \(query), \(filter)")
            #expect(Set(found.keys) == expected, "\(comment): \(query), \(filter)")
            #expect(found.total == expected.count, "\(comment): \(query), \(filter)")
        }
    }

    @Test(arguments: seeds)
    func aSearchFindsWhatMatches(seed: UInt64) async throws {
        print("MEMORYLEDGER_SEED=\(seed)")
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
        // Whoever opens it finds the same.
        let again = try await world.test.reopened()
        try await compare(again.ledger, hidden: world.hidden, &random, "seed \(seed), reopened")
        await again.ledger.close()
    }
}

/// A ledger in which much happens by chance to texts of few words.
struct SearchedLedger {
    private var random: SeededGenerator
    let test: TestLedger
    /// Memories that were given another status here.
    private(set) var hidden: Set<MemoryKey> = []

    private static let words = ["green", "black", "tea", "coffee", "té", "TEA", "ui/login-v2", "量子计算基础", "计算", "后50条"]
    private static let keys = ["mem", "other"].flatMap { namespace in
        (0..<9).map { MemoryKey(namespace: namespace, key: "k\($0)") }
    }

    init(seed: UInt64, test: TestLedger) { (random, self.test) = (SeededGenerator(seed: seed), test) }

    private mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }
    private mutating func text() -> String {
        (0..<below(6)).map { _ in Self.words[below(Self.words.count)] }.joined(separator: " ")
    }

    mutating func write(_ commands: Int) async throws {
        for _ in 0..<commands {
            test.clock.advance(Int64(below(5_000)))
            do { try await command() } catch is MemoryLedgerError {
                // The key is taken or holds nothing: another command comes.
            }
        }
    }

    private mutating func command() async throws {
        let (ledger, key) = (test.ledger, Self.keys[below(Self.keys.count)])
        let source = below(3) == 0 ? Provenance(source: .init(.tool, "web"), trust: below(100)) : nil
        let content = MemoryContent(
            summary: text(), text: text(), type: ["fact", "decision"][below(2)],
            keywords: ["cup", "pot", "green"].filter { _ in below(3) == 0 })
        switch below(20) {
        case 0..<7:
            try await ledger.add(key, content, from: source)
            hidden.remove(key)
        case 7..<10:
            try await ledger.put(key, content, from: source)
            hidden.remove(key)
        case 10..<14: try await ledger.update(key, MemoryChange(text: text()), from: source)
        case 14..<16:
            let other = "k\(below(9))"
            try await ledger.rename(key, to: other)
            if hidden.remove(key) != nil { hidden.insert(MemoryKey(namespace: key.namespace, key: other)) }
        case 16:
            try await ledger.delete(key)
            hidden.remove(key)
        case 17:
            guard let memory = try await ledger.get(key) else { return }
            var values = MemoryMetaValues(memory.meta)
            values.status = [.active, .cold, .deprecated][below(3)]
            try await ledger.setMeta(key, values)
            if values.status == .active {
                hidden.remove(key)
            } else if values.status != memory.meta.status {
                hidden.insert(key)
            }
        case 18: try await ledger.quarantine(.source(.init(.tool, "web")), reason: "chance")
        default: try await ledger.release(.source(.init(.tool, "web")))
        }
    }
}

import EventLog
import Foundation
import LedgerStorage
import SQLiteEventLog
import Testing

@testable import MemoryLedger

/// Goal: the way back loses nothing without saying so. Method: a database of odd entries is migrated, changed at random
/// in the ledger, checked out in each layout and migrated into an empty ledger; every field of every memory must be
/// the same there but for those that the report names, and these must differ.
@Suite(.onEveryBackend) struct LegacyCheckoutPropertyTests {
    /// Seeds that never change, and one that is new in every run; `MEMLEDGER_SEED` repeats it.
    static let seeds: [UInt64] = [
        1, 2, 3, 4, 5, 6,
        ProcessInfo.processInfo.environment["MEMLEDGER_SEED"].flatMap { UInt64($0) } ?? .random(in: 100 ... .max),
    ]

    private static let namespaces = ["mem", "a", "a:b", "mem:project"]
    private static let keys = ["a", "b", "mem:a", "b:c", "c", "a:b", "a:b:c", "é", "e\u{301}", "project:a"]

    @Test(arguments: seeds)
    func everythingIsThereOrReported(seed: UInt64) async throws {
        print("MEMLEDGER_SEED=\(seed)")
        var random = SeededGenerator(seed: seed)
        let test = try await TestLedger.open()
        try await Self.migrateOddEntries(into: test, &random)
        for _ in 0..<60 { await Self.step(test, &random) }
        for layout in LegacyLayout.allCases {
            try await RoundTrip(test, layout).expectNothingLost("seed \(seed), \(layout)")
        }
        let head = try await test.ledger.log.head()
        let moment = Moment.position(Position.random(in: max(1, head / 2)...head, using: &random))
        try await RoundTrip(test, .keyv, at: moment).expectNothingLost("seed \(seed) at \(moment)")
        for layout in LegacyLayout.allCases {
            try await Self.expectComesBack(to: test, layout, "seed \(seed), \(layout)")
        }
        await test.ledger.close()
    }

    /// A checkout that is migrated into the ledger that wrote it brings nothing, and changes nothing.
    private static func expectComesBack(
        to test: TestLedger, _ layout: LegacyLayout, _ comment: Comment
    ) async throws {
        let file = test.folder.file("back-\(layout.rawValue).db")
        let checkout = try await test.ledger.checkout(in: layout, to: file)
        let before = try await test.ledger.everyMemory()
        var options = MigrationOptions()
        options.namespaces = checkout.namespaces
        let report = try await test.ledger.migrate(from: file, options: options)
        let refused = checkout.entries.count { !$0.isLeftOut && $0.fields.contains { $0.name == "memory" } }
        #expect((report.imported, report.quarantined) == (0, refused), "\(comment): \(report.quarantine.prefix(5))")
        #expect(try await test.ledger.everyMemory() == before, comment)
        try await test.expectRebuildChangesNothing(comment)
    }

    static func migrateOddEntries(into test: TestLedger, _ random: inout SeededGenerator) async throws {
        let path = test.folder.file("odd.db")
        let source = try TestDatabase(path, "CREATE TABLE keyv (key VARCHAR(255) PRIMARY KEY, value TEXT)")
        var entries = OddEntries(random: random)
        for namespace in ["mem", "a"] {
            for number in 0..<60 {
                let key = number < keys.count ? keys[number] : "odd\(number)"
                let insert = try source.connection.statement("INSERT OR IGNORE INTO keyv VALUES (?, ?)")
                insert.bind(1, "\(namespace):\(key)")
                insert.bind(2, entries.entry(key))
                try insert.run()
            }
        }
        random = entries.random
        source.close()
        _ = try await test.ledger.migrate(from: path)
    }

    /// One change by chance; what the ledger refuses changes nothing.
    static func step(_ test: TestLedger, _ random: inout SeededGenerator) async {
        test.clock.advance(Int64.random(in: 1...10_000, using: &random))
        let ledger = test.ledger
        let id = MemoryKey(
            namespace: namespaces[Int.random(in: 0..<namespaces.count, using: &random)],
            key: keys[Int.random(in: 0..<keys.count, using: &random)])
        let said = RandomContributor(&random, keys: [id])
        let content = content(&random)
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<8: _ = try? await ledger.put(id, content, from: said.provenance, by: said.attribution)
        case 8..<10: _ = try? await ledger.update(id, MemoryChange(text: content.text), by: said.attribution)
        case 10..<12: _ = try? await ledger.update(id, MemoryChange(keywords: content.keywords, links: content.links))
        case 12..<14:
            let key = keys[Int.random(in: 0..<keys.count, using: &random)]
            _ = try? await ledger.rename(id, to: key)
        case 14: try? await ledger.delete(id)
        case 15:
            var values = MemoryMetaValues(MemoryMeta(id: id.key, at: Timestamp(milliseconds: -5)))
            values.status = .deprecated
            values.traverseCount = 3
            _ = try? await ledger.setMeta(id, values)
        case 16..<19: _ = try? await ledger.access(id)
        default: _ = try? await ledger.quarantine(said.contributor)
        }
    }

    private static let weights = [
        0.5, 0, -0.0, 1, 1e21, 1e-7, 0.1 + 0.2, 123_456_789_012_345_683_968, .leastNonzeroMagnitude,
    ]

    private static func content(_ random: inout SeededGenerator) -> MemoryContent {
        func text(_ random: inout SeededGenerator) -> String {
            ["", "t", ":x", ":base64:AA==", "中文\u{0}🧠", "\u{2029}"][Int.random(in: 0..<6, using: &random)]
        }
        let links = (0..<Int.random(in: 0..<4, using: &random)).map { _ in
            let key =
                Int.random(in: 0..<5, using: &random) > 0 ? keys[Int.random(in: 0..<keys.count, using: &random)] : nil
            return MemoryLink(
                type: text(&random), key: key, term: text(&random),
                weight: weights[Int.random(in: 0..<weights.count, using: &random)])
        }
        return MemoryContent(
            domain: text(&random), summary: text(&random), text: text(&random), type: text(&random),
            keywords: (0..<Int.random(in: 0..<3, using: &random)).map { _ in text(&random) }, links: links)
    }
}

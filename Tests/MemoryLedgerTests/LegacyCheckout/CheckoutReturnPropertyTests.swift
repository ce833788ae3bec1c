import EventLog
import Foundation
import LedgerStorage
import Testing

@testable import MemoryLedger

/// Goal: a checkout that comes back takes over what was changed there and nothing else, and overwrites nothing that was
/// changed here. Method: a ledger of odd entries is checked out, changed at random on both sides, and the file migrated
/// into it again, twice; what must be there follows from the memories before and from which rows were changed.
@Suite(.onEveryBackend) struct CheckoutReturnPropertyTests {
    @Test(arguments: LegacyCheckoutPropertyTests.seeds, LegacyLayout.allCases)
    func eachSideKeepsWhatItAloneChanged(seed: UInt64, layout: LegacyLayout) async throws {
        print("MEMLEDGER_SEED=\(seed)")
        var random = SeededGenerator(seed: seed)
        let test = try await TestLedger.open()
        try await LegacyCheckoutPropertyTests.migrateOddEntries(into: test, &random)
        for _ in 0..<60 { await LegacyCheckoutPropertyTests.step(test, &random) }
        let file = test.folder.file("back.db")
        let checkout = try await test.ledger.checkout(in: layout, to: file)
        var options = MigrationOptions()
        options.namespaces = checkout.namespaces
        options.continuesEarlierImport = true
        let absent = Set(
            checkout.entries.filter { entry in entry.isLeftOut || entry.fields.contains { $0.name == "memory" } }
                .map { MemoryKey(namespace: $0.namespace, key: $0.key) })
        // As of the checkout, or of what came back last.
        var base = try await Self.memories(of: test)
        var imported = 0
        for turn in 1...2 {
            let summary = "there \(turn)"
            let changed = base.values.map(\.id).sorted { "\($0)" < "\($1)" }
                .filter { !absent.contains($0) && base[$0]?.content.extra.isEmpty == true }
                .filter { _ in Bool.random(using: &random) }
            try Self.change(changed, layout, summary, in: file)
            for _ in 0..<15 { await LegacyCheckoutPropertyTests.step(test, &random) }
            let here = try await Self.memories(of: test)
            let comment: Comment = "seed \(seed), \(layout), turn \(turn)"
            let report = try await test.ledger.migrate(from: file, options: options)
            #expect(report.source.isCheckout && report.imported <= changed.count, comment)
            imported += report.imported
            #expect(report.verified.different.isEmpty, comment)
            let after = try await Self.memories(of: test)
            #expect(Set(after.keys) == Set(here.keys), comment)
            for (id, memory) in here {
                var expected = memory.content
                if changed.contains(id), memory.version == base[id]?.version { expected.summary = summary }
                #expect(after[id]?.content == expected, "\(comment): \(id)")
            }
            // A memory that was changed here is never taken over again.
            for (id, memory) in after where here[id]?.version == base[id]?.version { base[id] = memory }
        }
        #expect(imported > 0, "seed \(seed), \(layout)")
        try await test.expectRebuildChangesNothing("seed \(seed), \(layout)")
        await test.ledger.close()
    }

    private static func memories(of test: TestLedger) async throws -> [MemoryKey: Memory] {
        Dictionary(uniqueKeysWithValues: try await test.ledger.everyMemory().map { ($0.id, $0) })
    }

    private static func change(
        _ memories: [MemoryKey], _ layout: LegacyLayout, _ summary: String, in file: String
    ) throws {
        let database = try TestDatabase(file)
        defer { database.close() }
        let update = try database.connection.statement(
            layout == .keyv
                ? "UPDATE keyv SET value = json_set(value, '$.value.summary', ?1) WHERE key = ?2"
                : "UPDATE memories SET summary = ?1 WHERE key = ?2")
        for memory in memories {
            update.bind(1, summary)
            update.bind(2, layout.rowKey(of: memory))
            try update.run()
        }
    }
}

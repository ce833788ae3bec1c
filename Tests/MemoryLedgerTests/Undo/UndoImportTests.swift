import EventLog
import Foundation
import SQLiteEventLog
import Testing

@testable import MemoryLedger

/// Goal: an import is undone like anything else. Method: migrations of small legacy databases, undone and brought back.
@Suite(.onEveryBackend) struct UndoImportTests {
    private static func source(_ rows: [String]) -> String {
        "CREATE TABLE keyv (key VARCHAR(255) PRIMARY KEY, value TEXT);"
            + (rows.isEmpty ? "" : "INSERT INTO keyv VALUES \(rows.joined(separator: ","));")
    }

    private func contents(_ ledger: MemoryLedger) async throws -> [String] {
        try await ledger.everything().map(\.undoable)
    }

    @Test func rowsGoAndComeBack() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.add("before", MemoryContent(summary: "here"))
        try await ledger.add("taken", MemoryContent(summary: "here"))
        let start = try await ledger.log.head()
        let before = try await contents(ledger)
        let path = test.folder.file("legacy.sqlite")
        let rows = (0..<40).map { "('mem:k\($0)', '{\"value\":{\"summary\":\"s\($0)\"}}')" }
        let others = [
            "('mem:taken', '{\"value\":{\"summary\":\"other\"}}')", "('mem:broken', '{')",
            "('mem:late', '{\"value\":{\"summary\":\"l\"},\"expires\":4102444800000}')",
            "('mem:gone', '{\"value\":{\"summary\":\"g\"},\"expires\":1}')",
        ]
        try TestDatabase(path, Self.source(rows + others)).close()
        let report = try await ledger.migrate(from: path, by: Attribution(actor: "importer"))
        #expect(report.imported == 42 && report.quarantined == 2)
        let after = try await contents(ledger)
        let plan = try await ledger.planUndo(.matching(UndoFilter(actor: "importer")))
        #expect(plan.events == 41 && plan.conflicts.isEmpty && plan.changes.count == 41)
        let head = try await ledger.log.head()
        try await ledger.undo(plan)
        #expect(try await contents(ledger) == before)
        try await ledger.undo(ledger.planUndo(.matching(UndoFilter(since: .position(head)))))
        #expect(try await contents(ledger) == after)
        // A memory that was put back still expires.
        let restored = try await ledger.blame("late").fields.first { $0.field == "expires_at" }
        #expect(restored?.value == 4_102_444_800_000 && restored?.setBy.type == MemoryEvent.Name.restored)
        #expect(try await ledger.diff(DiffQuery(from: .position(start), memory: "taken")).differences.isEmpty)
        try await test.expectRebuildChangesNothing()
        await ledger.close()
    }

    @Test func aRowThatWasImportedAgainFallsBackToItsFirstImport() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        let path = test.folder.file("legacy.sqlite")
        try TestDatabase(path, Self.source(["('mem:k', '{\"value\":{\"summary\":\"one\"}}')"])).close()
        _ = try await ledger.migrate(from: path)
        let first = try await ledger.log.head()
        let before = try await contents(ledger)
        try FileManager.default.removeItem(atPath: path)
        try TestDatabase(path, Self.source(["('mem:k', '{\"value\":{\"summary\":\"two\"}}')"])).close()
        var options = MigrationOptions()
        options.continuesEarlierImport = true
        _ = try await ledger.migrate(from: path, options: options)
        #expect(try await ledger.get("k")?.content.summary == "two")
        try await ledger.undo(ledger.planUndo(.matching(UndoFilter(since: .position(first)))))
        #expect(try await contents(ledger) == before)
        await ledger.close()
    }

    @Test func aRowThatWasChangedSinceIsAConflict() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        let path = test.folder.file("legacy.sqlite")
        try TestDatabase(path, Self.source(["('mem:k', '{\"value\":{\"summary\":\"one\"}}')"])).close()
        _ = try await ledger.migrate(from: path, by: Attribution(actor: "importer"))
        try await ledger.update("k", MemoryChange(summary: "two"), by: Attribution(actor: "bob"))
        let plan = try await ledger.planUndo(.matching(UndoFilter(actor: "importer")))
        #expect(plan.conflicts.map(\.field) == ["summary"] && plan.conflicts[0].reason.contains("bob"))
        await ledger.close()
    }
}

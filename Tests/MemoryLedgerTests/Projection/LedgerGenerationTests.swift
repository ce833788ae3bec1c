import EmbeddedLedger
import EventLog
import Foundation
import LedgerCapabilities
import LedgerStorage
import Projections
import SQLiteEventLog
import Testing

@testable import MemoryLedger

/// Goal: a ledger whose tables are not what its log says is told so, row by row; events that the projector refuses keep
/// no process from writing; going back and forth loses nothing. Method: rows changed by hand, events written past the
/// projector.
@Suite(.onEveryBackend) struct LedgerGenerationTests {
    @Test func aTamperedTextIsShownWithBothValues() async throws {
        let test = try await TestLedger.open()
        try await test.ledger.add(
            "a", MemoryContent(summary: "it", text: String(repeating: "long ", count: 40) + "true"))
        let database = try TestDatabase(test.path)
        try database.execute("UPDATE memories SET text = replace(text, 'true', 'false'), access_count = 9")
        database.close()
        let report = try await test.ledger.verifyProjections()
        #expect(report.comparisons.filter { $0.outcome != .equal }.map(\.projection) == ["memories"])
        let row = try #require(report.difference?.tables.first?.rows.first)
        #expect(row.kind == .changed && row.key.map(\.column) == ["id"] && row.key.map(\.value) == ["1"])
        #expect(row.columns.map(\.column) == ["text", "access_count"])
        #expect(row.columns.map(\.serving) == ["'…long long long long false'", "9"])
        #expect(row.columns.map(\.rebuilt) == ["'…long long long long true'", "0"])
        await test.ledger.close()
    }

    @Test func aFreshLedgerAndOneOpenForReadingVerify() async throws {
        let test = try await TestLedger.open()
        #expect(try await test.ledger.verifyProjections().isEqual)
        try await EveryEvent.write(test)
        let reader = try await test.another(access: .readOnly)
        let report = try await reader.ledger.verifyProjections(["memories"])
        let head = try await reader.ledger.log.head()
        #expect(report.isEqual && report.position == head)
        await reader.ledger.close()
        await test.ledger.close()
    }

    @Test func goingBackAndForthLosesNothing() async throws {
        let test = try await TestLedger.open()
        try await EveryEvent.write(test)
        try await test.ledger.rebuild()
        for round in 0..<3 {
            try await test.ledger.add(MemoryKey(key: "n\(round)"), MemoryContent(summary: "new"))
            _ = try await test.ledger.access(MemoryKey(key: "n\(round)"))
            let digest = try await test.ledger.digest()
            #expect(try await Set(test.ledger.rollBack().map(\.generation)) == [round % 2 + 1])
            #expect(try await test.ledger.digest() == digest)
        }
        let indexes =
            "SELECT count(*) FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name NOT GLOB"
        let counts = try test.ledger.tables.read { sqlite in
            try (sqlite.integer("\(indexes) 'former_*'"), sqlite.integer("\(indexes) '-'"))
        }
        #expect(counts.0 == counts.1 && counts.0 ?? 0 > 5)
        try await test.expectRebuildChangesNothing()
        #expect(try await test.ledger.forgetFormerGenerations().map(\.name) == test.ledger.projections().map(\.name))
        await test.ledger.close()
    }

    /// Another program wrote an event whose payload cannot be read.
    @Test(.inAFile) func aPoisonEventInTheLogKeepsNobodyFromWriting() async throws {
        let test = try await TestLedger.open()
        try await test.ledger.add("a", MemoryContent(summary: "it"))
        let plain = try SQLiteEventLog(path: test.path, clock: test.clock)
        let poison = NewEvent(id: EventID(high: .max, low: 1), type: "MemoryUpdated", payload: [0xff, 0xff])
        _ = try await plain.append(to: MemoryStream.name("a"), [poison])
        await plain.close()
        try await test.ledger.update("a", MemoryChange(summary: "new"))
        #expect(try await test.ledger.get("a")?.content.summary == "new")
        let status = try #require(try await test.ledger.projections().first)
        #expect(status.health == .deadLetters(1) && status.lagEvents == 0 && status.lastError != nil)
        #expect(try await test.ledger.deadLetters().positions == [2])
        #expect(try await test.ledger.retryDeadLetters().refused.allSatisfy { $0.attempts == 2 })
        let error = await #expect(throws: EventLogError.self) { try await test.ledger.rebuild() }
        #expect(error?.code == .projectionFailed && error?.position == 2 && error?.projection == "memories")
        try await test.ledger.skipDeadLetters(positions: [2])
        try await test.expectRebuildChangesNothing()
        #expect(try await test.ledger.projections(withDigests: true).first?.health == .ok)
        let again = try await test.reopened()
        #expect(try await again.ledger.get("a")?.content.summary == "new")
        await again.ledger.close()
    }
}

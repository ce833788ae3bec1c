import EmbeddedLedger
import EventLog
import LedgerCapabilities
import LedgerStorage
import Projections
import SQLiteEventLog
import Testing

import class EventLogTesting.FixedClock

@testable import MemoryLedger

/// Goal: a number that cannot be is an error or is mended, and neither a crash nor a search without an end. Method: a
/// number is written into the file, and the ledger is opened and used.
@Suite struct DamagedNumberTests {
    private static let bot = Attribution(actor: "bot")

    private static func damaged(_ sql: String) async throws -> TestLedger {
        let test = try await TestLedger.open()
        try await test.ledger.add("a", MemoryContent(summary: "a"), by: bot)
        try await test.ledger.update("a", MemoryChange(text: "x"), by: bot)
        try await test.ledger.log.inFile.onWriter { try $0.execute(sql) }
        return test
    }

    @Test(arguments: [
        "UPDATE events SET position = 9223372036854775807 WHERE position = 2",
        "DELETE FROM events WHERE position = 2",
        "UPDATE tree_tail SET first_position = first_position + 5",
    ])
    func aLogThatIsNotItsTreeDoesNotOpen(sql: String) async throws {
        let test = try await Self.damaged(sql)
        await test.ledger.close()
        for access in [LedgerFileOptions.Access.readWrite, .readOnly] {
            await expectLogError(.damagedLog) { _ = try await test.another(access: access) }
        }
    }

    @Test(arguments: [Int64.min, -1, 3, .max])
    func aProjectionsPositionIsMended(position: Int64) async throws {
        let test = try await Self.damaged("UPDATE projection_positions SET position = \(position)")
        let statuses = try await test.ledger.projections()
        #expect(statuses.allSatisfy { $0.health == .outdated && $0.lagEvents >= 0 })
        let again = try await test.reopened()
        #expect(try await again.ledger.get("a")?.content.text == "x")
        try await again.expectRebuildChangesNothing()
        await again.ledger.close()
    }

    @Test(arguments: [Int64.min, .max - 1, .max])
    func aGenerationIsCountedOn(generation: Int64) async throws {
        let test = try await Self.damaged("UPDATE projection_generations SET generation = \(generation)")
        try await test.ledger.rebuild()
        try await test.ledger.rebuild()
        #expect(try await test.ledger.get("a") != nil)
        await test.ledger.close()
    }

    @Test(arguments: [
        "UPDATE namespaces SET memories = 9223372036854775807",
        "UPDATE namespaces SET links = -9223372036854775808, links_without_target = 9223372036854775807",
        "UPDATE memories SET access_count = 9223372036854775807, in_degree = 9223372036854775807",
    ])
    func aCountIsCountedOn(sql: String) async throws {
        let again = try await Self.damaged(sql).reopened()
        let link = MemoryLink(type: "t", key: "a", term: "")
        try await again.ledger.add("b", MemoryContent(links: [link]), by: Self.bot)
        _ = try await again.ledger.access("a", by: Self.bot)
        try await again.ledger.flushReads()
        _ = try await again.ledger.statistics()
        try await again.ledger.rebuild(onDifference: .replace)
        #expect(try await again.ledger.statistics().namespaces.map(\.memories) == [2])
        await again.ledger.close()
    }

    @Test func aVersionThatCannotBeIsAnError() async throws {
        let test = try await Self.damaged("UPDATE events SET version = 9223372036854775807 WHERE position = 2")
        let again = try await test.reopened()
        let filter = UndoFilter(actor: "bot")
        await expectLogError(.damagedLog) { _ = try await again.ledger.planUndo(.matching(filter)) }
        await expectLogError(.damagedLog) {
            let event = NewEvent(id: again.newID(), type: "X", schemaVersion: 1, payload: [])
            _ = try await again.ledger.log.append(to: "mem/a", [event])
        }
        await again.ledger.close()
    }

    /// A program that can write to the file does not turn a policy off unseen.
    @Test(arguments: ["DELETE FROM ledger_policy", "UPDATE ledger_policy SET value = 0"])
    func aPolicyIsMended(sql: String) async throws {
        let test = try await TestLedger.open()
        let demanded = LedgerPolicyChange(requiresActor: true, auditsReads: true)
        try await test.ledger.setPolicy(demanded, by: Self.bot)
        try await test.ledger.log.inFile.onWriter { try $0.execute(sql) }
        #expect(try test.ledger.policy() == LedgerPolicy())
        let again = try await test.reopened()
        #expect(try again.ledger.policy() == demanded.applied(to: LedgerPolicy()))
        await expectLogError(.actorRequired) { try await again.ledger.add("n", MemoryContent()) }
        await again.ledger.close()
    }
}

extension TestLedger {
    fileprivate func newID() -> EventID { ledger.options.ids.next(at: clock.now()) }
}

import EmbeddedLedger
import EventLog
import Foundation
import LedgerStorage
import Projections
import SQLiteEventLog
import Testing

@testable import MemoryLedger

/// Goal: an erasure takes what was asked for under all of its keys, and nothing else. Method: memories that took each
/// other's keys are erased by key; what is left is read, rebuilt and looked at in the past.
@Suite struct ErasureSelectionTests {
    private func ledger() async throws -> TestLedger {
        let test = try await TestLedger.openProtected()
        try await test.ledger.protect("people")
        return test
    }

    private func erase(_ key: String, _ test: TestLedger) async throws -> ErasureReceipt {
        let receipt = try await test.ledger.erase(.memory(.person(key)), reason: "asked for")
        #expect(receipt.purgeProblem == nil)
        try await test.expectRebuildChangesNothing()
        return receipt
    }

    private func content(_ summary: String) -> MemoryContent { MemoryContent(summary: summary) }

    @Test func theMemoryOfAKey() async throws {
        let test = try await ledger()
        try await test.ledger.add(.person("ada"), content("ada"))
        try await test.ledger.add(.person("bob"), content("bob"))
        let receipt = try await erase("ada", test)
        #expect(receipt.subjects.map(\.stream.rawValue) == ["people/ada"] && receipt.events == 1)
        #expect(try await test.ledger.list().memories.map(\.key) == ["bob"])
        let error = await test.ledger.reasonForNoneAsLogError(.person("ada"))
        #expect(error?.code == .erased && error?.position == receipt.positions.first)
        #expect(error?.message.contains("asked for") == true)
        await expectLogError(.erased) { _ = try await test.ledger.erase(.memory(.person("ada")), reason: "again") }
        await expectError(.notFound) { _ = try await test.ledger.erase(.memory(.person("eve")), reason: "r") }
        await test.ledger.close()
    }

    /// The one that came later under the same key stays; the former keys of the one that goes are followed.
    @Test func renamedMemoriesGoUnderAllOfTheirKeys() async throws {
        let test = try await ledger()
        try await test.ledger.add(.person("a"), content("first"))
        try await test.ledger.rename(.person("a"), to: "b")
        try await test.ledger.update(.person("b"), MemoryChange(text: "more"))
        try await test.ledger.rename(.person("b"), to: "c")
        try await test.ledger.update(.person("c"), MemoryChange(text: "most"))
        try await test.ledger.add(.person("a"), content("second"))
        let receipt = try await erase("c", test)
        #expect(receipt.subjects.map(\.stream.rawValue) == ["people/a", "people/b", "people/c"])
        #expect(receipt.subjects.map(\.isCurrent) == [false, false, true])
        #expect(try await test.ledger.list().memories.map(\.content.summary) == ["second"])
        let events = try await test.ledger.events().filter { $0.protection.isErased }
        #expect(events.count == 3)
        let view = try await test.ledger.asOf(.position(7))
        #expect(try await view.get(.person("c"))?.content == .erased)
        await test.ledger.close()
    }

    /// By a key that it had once: all of it, and what is there now too.
    @Test func byAFormerKey() async throws {
        let test = try await ledger()
        try await test.ledger.add(.person("a"), content("first"))
        try await test.ledger.rename(.person("a"), to: "b")
        try await test.ledger.add(.person("a"), content("second"))
        let receipt = try await erase("a", test)
        #expect(receipt.subjects.map { $0.keys.count } == [2, 0])
        #expect(try await test.ledger.list().memories.isEmpty)
        await test.ledger.close()
    }

    @Test func aRestoredMemoryGoesWithWhatItWas() async throws {
        let test = try await ledger()
        try await test.ledger.add(.person("a"), content("first"))
        try await test.ledger.delete(.person("a"))
        let deletion = try #require(try await test.ledger.events().last)
        _ = try await test.ledger.undo(test.ledger.planUndo(.events([deletion.id])))
        try await test.ledger.rename(.person("a"), to: "b")
        let receipt = try await erase("b", test)
        #expect(receipt.subjects.map { $0.keys.count } == [2, 0] && receipt.events == 2)
        await test.ledger.close()
    }

    @Test func theKeyCanBeUsedAgain() async throws {
        let test = try await ledger()
        try await test.ledger.add(.person("ada"), content("first"))
        _ = try await erase("ada", test)
        try await test.ledger.add(.person("ada"), content("second"))
        #expect(try await test.ledger.get(.person("ada"))?.content.summary == "second")
        try await test.expectRebuildChangesNothing()
        for position in 1...4 as ClosedRange<Position> {
            let view = try await test.ledger.asOf(.position(position))
            let expected: [String] = position < 2 || position == 3 ? [] : position == 2 ? ["[erased]"] : ["second"]
            #expect(try await view.list().memories.map(\.content.summary) == expected, "\(position)")
            #expect(try await view.get(.person("ada")).map(\.content.summary) == expected.first, "\(position)")
        }
        let keys = try await test.ledger.events().compactMap(\.protection.key)
        #expect(keys == [1, 2])
        await test.ledger.close()
    }

    /// The streams that modules have in a namespace go with it, and no memory is made of their names.
    @Test func streamsOfModulesGoWithTheirNamespace() async throws {
        let test = try await ledger()
        try await test.ledger.add(.person("ada"), content("ada"))
        let task = StreamName(family: "tasks", namespace: "people", id: "1")
        let others = StreamName(family: "tasks", namespace: "others", id: "1")
        for stream in [task, others] {
            let event = NewEvent(
                id: test.ledger.options.ids.next(at: test.ledger.options.clock.now()), type: "TaskPlanned",
                payload: Array("water the plants".utf8))
            _ = try await test.ledger.log.append(to: stream, [event])
        }
        let receipt = try await test.ledger.erase(.namespace("people"), reason: "asked for")
        #expect(receipt.purgeProblem == nil && receipt.events == 2)
        #expect(receipt.subjects.map(\.stream) == [task, "people/ada"])
        let events = try await test.ledger.events()
        #expect(events.filter { $0.protection.isErased }.map(\.stream) == ["people/ada", task])
        #expect(events.first { $0.stream == others }?.payload == Array("water the plants".utf8))
        #expect(try await test.ledger.list().memories.isEmpty)
        #expect(try await test.ledger.log.inFile.verify(deep: true).damages == [])
        try await test.expectRebuildChangesNothing()
        await test.ledger.close()
    }

    /// What comes from a user goes, renamed and deleted too; others' memories stay, also under keys that it once had.
    @Test(arguments: [false, true])
    func everythingOfAUser(includingDerived: Bool) async throws {
        let test = try await ledger()
        let ada = Provenance(source: .init(.user, "ada"))
        let bob = Provenance(source: .init(.user, "bob"))
        try await test.ledger.add(.person("a"), content("of ada"), from: ada)
        try await test.ledger.rename(.person("a"), to: "b")
        try await test.ledger.add(.person("a"), content("of bob"), from: bob)
        try await test.ledger.add(.person("gone"), content("of ada, deleted"), from: ada)
        try await test.ledger.delete(.person("gone"))
        try await test.ledger.add(
            .person("made"), content("made of ada's"), from: Provenance(derivedFrom: [.person("b")]))
        try await test.ledger.add(
            .person("made-again"), content("made of that"), from: Provenance(derivedFrom: [.person("made")]))
        let receipt = try await test.ledger.erase(
            .user("ada"), includingDerived: includingDerived, reason: "asked for")
        #expect(receipt.purgeProblem == nil)
        #expect(receipt.selection == (includingDerived ? "user ada and what was derived from it" : "user ada"))
        let derived = ["people/made", "people/made-again"]
        let streams = ["people/a", "people/b", "people/gone"] + (includingDerived ? derived : [])
        #expect(receipt.subjects.map(\.stream.rawValue) == streams)
        let left = try await test.ledger.list().memories.map(\.content.summary)
        #expect(left == ["of bob"] + (includingDerived ? [] : ["made of ada's", "made of that"]))
        try await test.expectRebuildChangesNothing()
        await expectError(.notFound) { _ = try await test.ledger.erase(.user("eve"), reason: "r") }
        await test.ledger.close()
    }

    @Test func whatIsInPlainCannotBeErased() async throws {
        let test = try await TestLedger.openProtected()
        try await test.ledger.add(.person("ada"), content("plain"))
        try await test.ledger.protect("people")
        try await test.ledger.update(.person("ada"), MemoryChange(text: "secret"))
        try await test.ledger.add(.person("bob"), content("secret"))
        let head = try await test.ledger.log.head()
        for selection in [ErasureSelection.memory(.person("ada")), .namespace("people")] {
            let error = await expectLogError(.notEncrypted) {
                _ = try await test.ledger.erase(selection, reason: "r")
            }
            #expect(error?.position == 1)
            #expect(error?.message.contains("1 event of") == true)
        }
        #expect(try await test.ledger.log.head() == head)
        #expect(try await erase("bob", test).events == 1)
        await test.ledger.close()
    }

    /// What can be erased is, and what stands in the log in plain is listed and stays.
    @Test func partially() async throws {
        let test = try await TestLedger.openProtected()
        try await test.ledger.add(.person("ada"), content("plain"))
        try await test.ledger.add(.person("old"), content("plain"))
        try await test.ledger.rename(.person("old"), to: "older")
        try await test.ledger.protect("people")
        try await test.ledger.update(.person("ada"), MemoryChange(text: "secret"))
        try await test.ledger.add(.person("bob"), content("secret"))
        let plan = try await test.ledger.planErasure(.namespace("people"), partially: true)
        let receipt = try await test.ledger.erase(.namespace("people"), partially: true, reason: "r")
        #expect(receipt.subjects.map(\.stream.rawValue) == ["people/ada", "people/bob"])
        #expect(receipt.subjects == plan.subjects && receipt.events == 2)
        #expect(receipt.left == plan.left)
        #expect(receipt.left.map(\.stream.rawValue) == ["people/ada", "people/old"])
        #expect(receipt.left.map(\.first) == [1, 2] && receipt.left.map(\.events) == [1, 1])
        #expect(try await test.ledger.list().memories.map(\.key) == ["older"])
        try await test.expectRebuildChangesNothing()
        await expectLogError(.notEncrypted) {
            _ = try await test.ledger.erase(.memory(.person("older")), partially: true, reason: "r")
        }
        await test.ledger.close()
    }

    /// Neither what was deleted nor what an earlier erasure took is said to be there.
    @Test func whatIsGoneIsNotThere() async throws {
        let test = try await ledger()
        try await test.ledger.add(.person("a"), content("first"))
        try await test.ledger.rename(.person("a"), to: "b")
        _ = try await erase("b", test)
        try await test.ledger.add(.person("c"), content("deleted"))
        try await test.ledger.delete(.person("c"))
        try await test.ledger.add(.person("d"), content("there"))
        let receipt = try await test.ledger.erase(.namespace("people"), reason: "r")
        #expect(receipt.subjects.map(\.stream.rawValue) == ["people/c", "people/d"])
        #expect(receipt.subjects.map(\.isCurrent) == [false, true])
        #expect(try await test.ledger.list().memories.isEmpty)
        try await test.expectRebuildChangesNothing()
        await expectError(.notFound) { _ = try await test.ledger.erase(.namespace("nosuch"), reason: "r") }
        await test.ledger.close()
    }

    @Test func undoingBringsNothingBack() async throws {
        let test = try await ledger()
        try await test.ledger.add(.person("ada"), content("first"))
        try await test.ledger.delete(.person("ada"))
        let events = try await test.ledger.events()
        _ = try await erase("ada", test)
        await expectError(.cannotUndo) { _ = try await test.ledger.planUndo(.events([events[1].id])) }
        await expectError(.cannotUndo) { _ = try await test.ledger.planUndo(.events([events[2].id])) }
        await test.ledger.close()
    }

    /// What was erased is left out where it was not named, and the rest is undone.
    @Test func undoingTheRestPassesOver() async throws {
        let test = try await ledger()
        let bot = Attribution(actor: "bot")
        for key in ["ada", "bob"] { try await test.ledger.add(.person(key), content(key), by: bot) }
        try await test.ledger.add(.person("eve"), content("eve"))
        try await test.ledger.rename(.person("eve"), to: "eva", by: bot)
        try await test.ledger.add(.person("kim"), content("kim"))
        try await test.ledger.delete(.person("kim"), by: bot)
        for key in ["ada", "eva", "kim"] { _ = try await erase(key, test) }
        let plan = try await test.ledger.planUndo(.matching(UndoFilter(actor: "bot")))
        #expect(plan.events == 1 && plan.erased == 3 && plan.conflicts.isEmpty)
        try await test.ledger.undo(plan)
        #expect(try await test.ledger.list().memories.isEmpty)
        await test.ledger.close()
    }

    @Test func tablesOfAnUnknownProjectorForbidIt() async throws {
        let test = try await ledger()
        try await test.ledger.add(.person("ada"), content("first"))
        try await test.ledger.log.inFile.onWriter { sqlite in
            try sqlite.execute("INSERT INTO projection_positions VALUES ('somebody''s', 2)")
            try sqlite.execute("INSERT INTO projection_generations VALUES ('somebody''s', 'somebody''s', 1, 1)")
        }
        await expectLogError(.unknownProjection) {
            _ = try await test.ledger.erase(.namespace("people"), reason: "r")
        }
        #expect(try await test.ledger.get(.person("ada")) != nil)
        await test.ledger.close()
    }

    /// Then nothing is left of what they held.
    @Test func theyCanBeLetGoOf() async throws {
        let word = "xylophonium"
        let test = try await ledger()
        try await test.ledger.add(.person("ada"), content(word))
        try await test.ledger.log.inFile.onWriter { sqlite in
            try sqlite.execute("CREATE TABLE said AS SELECT summary FROM memories")
            try sqlite.execute("INSERT INTO projection_tables VALUES ('said', 'words')")
            try sqlite.execute("INSERT INTO projection_positions VALUES ('search', 2)")
            try sqlite.execute("INSERT INTO projection_generations VALUES ('words', 'search', 1, 1)")
        }
        let error = await expectLogError(.unknownProjection) {
            _ = try await test.ledger.erase(.namespace("people"), reason: "r")
        }
        #expect(error?.message.contains("`memledger rebuild --forget words`") == true)
        #expect(try await test.ledger.forgetFormerGenerations(["words"]).map(\.name) == ["words"])
        let receipt = try await test.ledger.erase(.namespace("people"), reason: "r")
        #expect(receipt.purgeProblem == nil)
        #expect(try test.search.findings([Array(word.utf8)]) == [])
        try await test.expectRebuildChangesNothing()
        await test.ledger.close()
    }

    /// An export of a ledger with erased events can be imported, with the same versions and the same tables.
    @Test func exportAndImport() async throws {
        let test = try await ledger()
        try await test.ledger.add(.person("ada"), content("first"))
        try await test.ledger.add(.person("bob"), content("bob"))
        _ = try await erase("ada", test)
        try await test.ledger.add(.person("ada"), content("second"))
        let file = test.folder.file("export.jsonl")
        var lines: [UInt8] = []
        try await test.ledger.exportEvents { lines += $0 }
        try Data(lines).write(to: URL(fileURLWithPath: file))
        let text = String(decoding: lines, as: UTF8.self)
        #expect(text.matches(of: /"erased":true/).count == 1 && text.contains("\"second\""))

        let target = try await TestLedger.openProtected()
        await #expect(throws: EventImportError.self) {
            try await target.ledger.importEvents(
                AsyncStream {
                    $0.yield(lines); $0.finish()
                })
        }
        #expect(try await target.ledger.log.head() == 0)
        try await target.ledger.protect("people")
        try await target.ledger.importEvents(
            AsyncStream {
                $0.yield(lines); $0.finish()
            })
        #expect(try await target.ledger.list().memories.map(\.content.summary) == ["second", "bob"])
        let imported = try await target.ledger.events()
        let exported = try await test.ledger.events()
        #expect(imported.map(\.version) == exported.map(\.version))
        #expect(imported.filter(\.protection.isErased).count == 1)
        try await target.expectRebuildChangesNothing()
        for each in [test, target] { await each.ledger.close() }
    }
}

extension MemoryLedger {
    fileprivate func reasonForNoneAsLogError(_ memory: MemoryKey) async -> EventLogError? {
        try? await reasonForNone(memory) as? EventLogError
    }
}

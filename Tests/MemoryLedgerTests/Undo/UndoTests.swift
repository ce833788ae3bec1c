import EventLog
import LedgerCapabilities
import SQLiteEventLog
import Testing

@testable import MemoryLedger

/// Goal: undoing an event puts back what was there before it, and nothing else. Method: one kind of event a test.
@Suite(.onEveryBackend) struct UndoTests {
    private static func link(_ key: String?, _ weight: Double = 0.5) -> MemoryLink {
        MemoryLink(type: "design", key: key, term: "t", weight: weight)
    }

    /// Undoes the events at positions, without any conflict.
    @discardableResult
    private func undo(_ ledger: MemoryLedger, _ positions: Position...) async throws -> UndoReport {
        var ids: [EventID] = []
        for position in positions { ids.append(try #require(try await ledger.log.event(at: position)).id) }
        return try await ledger.undo(try await ledger.planUndo(.events(ids)), by: Attribution(actor: "undoer"))
    }

    @Test func eachKindIsUndoneAndItsUndoingToo() async throws {
        let commands: [(String, (MemoryLedger) async throws -> Void)] = [
            ("update", { try await $0.update("a", MemoryChange(summary: "x", keywords: ["k"], links: [])) }),
            ("put", { try await $0.put("a", MemoryContent(text: "x")) }),
            ("rename", { try await $0.rename("a", to: "n") }), ("delete", { try await $0.delete("a") }),
            ("add", { try await $0.add("n", MemoryContent(text: "x", links: [Self.link("a")])) }),
            ("link", { try await $0.link("a", Self.link("n")) }),
            ("relink", { try await $0.link("a", Self.link("b", 1)) }),
            ("keyless", { try await $0.link("a", Self.link(nil)) }),
            ("unlink", { try await $0.unlink("a", from: "b") }),
        ]
        for (name, command) in commands {
            let test = try await TestLedger.open()
            let ledger = test.ledger
            let content = MemoryContent(
                summary: "s", keywords: ["w"], links: [Self.link("b"), Self.link("c")], extra: ["more": [1, nil]])
            try await ledger.add("a", content)
            // One link points at the key that a rename moves to, beforehand.
            try await ledger.add("b", MemoryContent(links: [Self.link("a"), Self.link("n"), Self.link("a", 1)]))
            _ = try await ledger.access("a")
            try await ledger.flushReads()
            let before = try await contents(ledger)
            let head = try await ledger.log.head()
            try await command(ledger)
            let after = try await contents(ledger)
            let report = try await undo(ledger, head + 1)
            #expect(try await contents(ledger) == before, "\(name)")
            #expect(report.events == 1 && report.conflicts.isEmpty)
            let compensation = try #require(try await ledger.log.event(at: report.positions[0]))
            #expect(compensation.attribution.actor == "undoer")
            let undone = try #require(try await ledger.log.event(at: head + 1)?.id)
            #expect(compensation.attribution.causationID == undone.description)
            // Undone already.
            await expectError(.cannotUndo, "\(name)") { _ = try await ledger.planUndo(.events([undone])) }
            let ids = try await ledger.events().filter { report.positions.contains($0.position) }.map(\.id)
            try await ledger.undo(ledger.planUndo(.events(ids)))
            #expect(try await contents(ledger) == after, "\(name)")
            // It may be undone again.
            try await ledger.undo(ledger.planUndo(.events([undone])))
            #expect(try await contents(ledger) == before, "\(name)")
            try await test.expectRebuildChangesNothing("\(name)")
            await ledger.close()
        }
    }

    private func contents(_ ledger: MemoryLedger) async throws -> [String] {
        try await ledger.everything().map(\.undoable)
    }

    @Test func statisticsComeBackAndLaterReadsStay() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.add("a", MemoryContent())
        for _ in 0..<3 { _ = try await ledger.access("a") }
        var meta = try #require(try await ledger.get("a")?.meta)
        (meta.accessCount, meta.status) = (10, .cold)
        try await ledger.setMeta("a", MemoryMetaValues(meta))
        _ = try await ledger.access("a")
        try await undo(ledger, 5)
        let back = try #require(try await ledger.get("a")?.meta)
        #expect(back.accessCount == 4 && back.status == .active)
        await ledger.close()
    }

    /// Also where the memory is deleted or replaced when the plan is made, so that it is put back first.
    @Test func aPlanShowsTheStatisticsThatItSets() async throws {
        let by = Attribution(actor: "x")
        let commands: [(String, Kind, (MemoryLedger) async throws -> Void)] = [
            ("nothing", .changed, { _ in }), ("delete", .added, { try await $0.delete("a", by: by) }),
            ("put", .changed, { try await $0.put("a", MemoryContent(), by: by) }),
            ("rename", .renamed, { try await $0.rename("a", to: "b", by: by) }),
            (
                "rename and delete", .added,
                {
                    try await $0.rename("a", to: "b", by: by)
                    try await $0.delete("b", by: by)
                }
            ),
            ("rename by another", .changed, { try await $0.rename("a", to: "b") }),
        ]
        for (name, kind, command) in commands {
            let test = try await TestLedger.open()
            let ledger = test.ledger
            try await ledger.add("a", MemoryContent(summary: "s"))
            _ = try await ledger.access("a")
            var values = MemoryMetaValues(try #require(try await ledger.get("a")?.meta))
            (values.accessCount, values.traverseCount, values.status) = (10, 20, .cold)
            try await ledger.setMeta("a", values, by: by)
            test.clock.advance(5)
            _ = try await ledger.access("a")
            _ = try await ledger.traverse("a")
            try await command(ledger)
            try await ledger.flushReads()
            let head = try await ledger.log.head()
            let plan = try await ledger.planUndo(.matching(UndoFilter(actor: "x")))
            #expect(plan.changes.map(\.kind) == [kind], "\(name): \(plan.conflicts)")
            let counts = plan.changes.flatMap(\.delta.fields).filter { $0.field.hasSuffix("_count") }
            #expect(counts.map(\.after) == [2, 1], "\(name)")
            try await ledger.undo(plan)
            try await PlannedChanges(plan).expectFound(in: ledger, since: head, "\(name)")
            await ledger.close()
        }
    }

    private typealias Kind = MemoryDifference.Kind

    @Test func aRenameIsOneByEitherOfItsEvents() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.add("a", MemoryContent(summary: "s"))
        try await ledger.rename("a", to: "b")
        try await undo(ledger, 3)
        #expect(try await ledger.everything().map(\.key) == ["a"])
        await ledger.close()
    }

    @Test func laterWorkIsAConflictAndTheRestCanBeUndone() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        let bob = Attribution(actor: "bob")
        try await ledger.add("a", MemoryContent(summary: "1", text: "1"))
        try await ledger.update("a", MemoryChange(summary: "2", text: "2"))
        try await ledger.update("a", MemoryChange(summary: "3"), by: bob)
        try await ledger.add("b", MemoryContent())
        let ids = try await ledger.events().map(\.id)
        let plan = try await ledger.planUndo(.events([ids[1], ids[3]]))
        #expect(plan.conflicts.count == 1)
        let conflict = try #require(plan.conflicts.first)
        #expect(conflict.field == "summary" && conflict.memory == "a" && conflict.event.position == 2)
        #expect(conflict.changedBy?.position == 3 && conflict.reason.contains("bob at position 3"))
        let error = await expectError(.cannotUndo) { try await ledger.undo(plan) }
        #expect(error?.message.contains("bob") == true)
        #expect(try await ledger.log.head() == 4)
        let report = try await ledger.undo(plan, isPartial: true)
        #expect(report.conflicts == plan.conflicts)
        #expect(try await ledger.everything().map(\.content) == [MemoryContent(summary: "3", text: "1")])
        await ledger.close()
    }

    @Test func eachConflictIsNamed() async throws {
        let cases: [(field: String, says: String, first: (MemoryLedger) async throws -> Void, then: Later)] = [
            (
                "key", "was deleted since", { try await $0.update("a", MemoryChange(text: "x")) },
                { try await $0.delete("a") }
            ),
            (
                "key", "was replaced", { try await $0.update("a", MemoryChange(text: "x")) },
                { try await $0.put("a", .init()) }
            ),
            (
                "text", "was changed since", { try await $0.put("a", .init()) },
                { try await $0.update("a", .init(text: "y")) }
            ),
            ("key", "holds another memory", { try await $0.delete("a") }, { try await $0.add("a", .init(text: "y")) }),
            ("key", "holds another memory", { try await $0.rename("a", to: "c") }, { try await $0.add("a", .init()) }),
            ("key", "was renamed again", { try await $0.rename("a", to: "c") }, { try await $0.rename("c", to: "d") }),
            (
                "links", "was changed since", { try await $0.link("a", Self.link("b")) },
                { try await $0.link("a", Self.link("b", 1)) }
            ),
            ("key", "was renamed", { try await $0.put("a", .init(text: "x")) }, { try await $0.rename("a", to: "d") }),
        ]
        for (field, says, first, then) in cases {
            let test = try await TestLedger.open()
            let ledger = test.ledger
            try await ledger.add("a", MemoryContent(text: "t"))
            try await first(ledger)
            try await then(ledger)
            let head = try await ledger.log.head()
            let id = try #require(try await ledger.log.event(at: 2)).id
            let plan = try await ledger.planUndo(.events([id]))
            #expect(plan.conflicts.map(\.field) == [field], "\(says): \(plan.conflicts)")
            #expect(plan.conflicts.first?.reason.contains(says) == true, "\(plan.conflicts)")
            #expect(plan.conflicts.first?.changedBy != nil, "\(says)")
            #expect(plan.steps.isEmpty)
            #expect(try await ledger.log.head() == head)
            await ledger.close()
        }
    }

    private typealias Later = (MemoryLedger) async throws -> Void

    @Test func whatIsSelectedLaterStandsInNobodysWay() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.add("a", MemoryContent(text: "1"))
        try await ledger.update("a", MemoryChange(text: "2"))
        try await ledger.rename("a", to: "b")
        try await ledger.update("b", MemoryChange(text: "3"))
        try await ledger.delete("b")
        try await undo(ledger, 2, 3, 5, 6)
        #expect(try await ledger.everything().map(\.undoable) == [Memory.undoable("a", text: "1")])
        await ledger.close()
    }

    @Test func aFilterSelectsByWhoWhichAndWhen() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.add("a", MemoryContent(text: "1"), by: Attribution(actor: "x", correlationID: "r"))
        try await ledger.add("b", MemoryContent(text: "1"), by: Attribution(actor: "x"))
        try await ledger.add(MemoryKey(namespace: "n", key: "c"), MemoryContent(), by: Attribution(actor: "x"))
        try await ledger.add("d", MemoryContent(), by: Attribution(actor: "y", correlationID: "r"))
        _ = try await ledger.access("b", by: Attribution(actor: "x"))
        try await ledger.flushReads()
        for (filter, keys) in [
            (UndoFilter(actor: "x"), ["a", "b", "c"]), (UndoFilter(correlationID: "r"), ["a", "d"]),
            (UndoFilter(actor: "x", namespace: "mem"), ["a", "b"]), (UndoFilter(since: .position(2)), ["d", "c"]),
            (UndoFilter(since: .position(1), until: .position(2)), ["b"]),
            (UndoFilter(actor: "x", correlationID: "r"), ["a"]), (UndoFilter(actor: "z"), []),
        ] {
            let plan = try await ledger.planUndo(.matching(filter))
            #expect(plan.changes.map(\.memory.key) == keys && plan.events == keys.count, "\(filter)")
        }
        #expect(try await ledger.planUndo(.matching(UndoFilter(actor: "x"))).reads == 1)
        let read = try #require(try await ledger.log.event(at: 5)).id
        await expectError(.cannotUndo) { _ = try await ledger.planUndo(.events([read])) }
        await expectLogError(.unknownMoment) {
            _ = try await ledger.planUndo(.events([EventID(high: 1, low: 1)]))
        }
        await expectError(.invalidArgument) { _ = try await ledger.planUndo(.events([])) }
        await ledger.close()
    }

    @Test func anEventThatOnlyNamesAnotherAsItsCauseHasNotUndoneIt() async throws {
        let commands: [(field: String, (MemoryLedger, Attribution) async throws -> Void)] = [
            ("text", { try await $0.update("a", MemoryChange(text: "y"), by: $1) }),
            ("text", { try await $0.put("a", MemoryContent(text: "y"), by: $1) }),
            ("links", { try await $0.link("a", Self.link("b", 1), by: $1) }),
        ]
        for (index, (field, command)) in commands.enumerated() {
            let test = try await TestLedger.open()
            let ledger = test.ledger
            try await ledger.add("a", MemoryContent(text: "t"))
            switch index {
            case 0: try await ledger.update("a", MemoryChange(text: "x"))
            case 1: try await ledger.put("a", MemoryContent(text: "x"))
            default: try await ledger.link("a", Self.link("b"))
            }
            let undone = try #require(try await ledger.log.event(at: 2)).id
            try await command(ledger, Attribution(actor: "bot", causationID: undone.description))
            let plan = try await ledger.planUndo(.matching(UndoFilter(since: .position(1), until: .position(2))))
            let named = index == 1 ? "key" : field
            #expect(plan.conflicts.map(\.field) == [named] && plan.alreadyUndone.isEmpty, "\(plan.conflicts)")
            #expect(plan.conflicts.first?.changedBy?.attribution.actor == "bot")
            await ledger.close()
        }
    }

    @Test func undoingTheSameAgainAppendsNothing() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.add("a", MemoryContent(text: "1"))
        try await ledger.add("gone", MemoryContent(text: "1"))
        try await ledger.update("a", MemoryChange(text: "2"))
        try await ledger.rename("a", to: "b")
        try await ledger.delete("gone")
        try await ledger.add("new", MemoryContent())
        let since = UndoSelection.matching(UndoFilter(since: .position(2)))
        try await ledger.undo(ledger.planUndo(since))
        let head = try await ledger.log.head()
        let again = try await ledger.planUndo(since)
        #expect(again.compensations == 0 && again.events == 0 && again.changes.isEmpty && again.withoutEffect > 0)
        #expect(try await ledger.undo(again).positions.isEmpty)
        #expect(try await ledger.log.head() == head)
        await ledger.close()
    }

    @Test func aPlanThatOthersMadeStaleIsMadeAnewOrRefused() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.add("a", MemoryContent(text: "1"))
        try await ledger.update("a", MemoryChange(text: "2"))
        let plan = try await ledger.planUndo(.matching(UndoFilter(since: .position(1))))
        // A counted read changes nothing of the plan; nor does what is not selected.
        _ = try await ledger.access("a")
        try await ledger.update("a", MemoryChange(summary: "s"))
        try await ledger.undo(plan)
        #expect(try await ledger.get("a")?.content == MemoryContent(summary: "s", text: "1"))
        let second = try await ledger.planUndo(.matching(UndoFilter(since: .position(4))))
        try await ledger.update("a", MemoryChange(text: "3"))
        await expectError(.planOutdated) { try await ledger.undo(second) }
        #expect(try await ledger.get("a")?.content.text == "3")
        await ledger.close()
    }

    @Test func aLargePlanIsAppendedInPieces() async throws {
        let test = try await TestLedger.open { $0.file.limits.appendEvents = 3 }
        let ledger = test.ledger
        for number in 0..<7 { try await ledger.add(MemoryKey(key: "k\(number)"), MemoryContent()) }
        try await ledger.update("k0", MemoryChange(text: "x"))
        try await ledger.rename("k0", to: "n")
        let plan = try await ledger.planUndo(.matching(UndoFilter(namespace: "mem")))
        let report = try await ledger.undo(plan)
        #expect(report.positions.count == 10)
        #expect(try await ledger.everything().isEmpty)
        await ledger.close()
    }
}

extension Memory {
    /// What undoing must bring back: all but the statistics, and the version.
    var undoable: String { "\(id): \(content.json), \(meta.status) \(meta.createdAt)" }

    static func undoable(_ key: String, text: String) -> String {
        Memory(
            id: MemoryKey(key: key), content: MemoryContent(text: text),
            meta: MemoryMeta(id: key, at: .start)
        ).undoable
    }
}

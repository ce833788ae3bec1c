import EventLog
import Testing

@testable import MemoryLedger

/// Goal: a plan knows whose events it takes back and how many. Method: plans over events of several actors, and over
/// one more than the bound.
@Suite(.onEveryBackend) struct UndoBreadthTests {
    private let everything = UndoSelection.matching(UndoFilter(since: .position(0)))

    @Test func actorsAreCountedByBytes() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        // Both look the same and are two names.
        for (key, actor) in [("a", "\u{e9}"), ("b", "e\u{301}"), ("c", "e\u{301}"), ("d", nil)] {
            try await ledger.add(MemoryKey(namespace: "mem", key: key), MemoryContent(), by: Attribution(actor: actor))
        }
        let plan = try await ledger.planUndo(everything)
        #expect(plan.actors.map(\.events) == [2, 1, 1])
        #expect(plan.actors.map { $0.name.map { Array($0.utf8) } } == [[0x65, 0xcc, 0x81], [0xc3, 0xa9], nil])
        #expect(plan.breadth == [.severalActors(plan.actors)])
        let nobodys = try await ledger.planUndo(.matching(UndoFilter(since: .position(3))))
        #expect(nobodys.breadth.isEmpty && nobodys.actors == [UndoActor(name: nil, events: 1)])
        await ledger.close()
    }

    @Test func manyEventsAreBroad() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        let count = UndoPlan.maximumEventsUnasked + 1
        for index in 0..<count {
            try await ledger.add(MemoryKey(namespace: "mem", key: "k\(index)"), MemoryContent())
        }
        #expect(try await ledger.planUndo(everything).breadth == [.manyEvents(count)])
        let fewer = UndoSelection.matching(UndoFilter(since: .position(1)))
        #expect(try await ledger.planUndo(fewer).breadth.isEmpty)
        await ledger.close()
    }
}

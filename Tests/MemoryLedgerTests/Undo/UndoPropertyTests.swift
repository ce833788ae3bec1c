import EventLog
import Foundation
import SQLiteEventLog
import Testing

@testable import MemoryLedger

/// Goal: undoing everything since a moment gives the store as of that moment, and undoing that the store before it; any
/// other selection either is undone without a trace of it or says why not.
/// Method: random logs on few keys, random moments, compared memory by memory.
@Suite(.onEveryBackend) struct UndoPropertyTests {
    /// Seeds that never change, and one that is new in every run; `MEMLEDGER_SEED` repeats it.
    private static let seeds: [UInt64] =
        Array(1...8) + [
            ProcessInfo.processInfo.environment["MEMLEDGER_SEED"].flatMap { UInt64($0) } ?? .random(in: 100 ... .max)
        ]

    @Test(arguments: seeds)
    func undoingEverythingSinceAMomentGivesThatMoment(seed: UInt64) async throws {
        print("MEMLEDGER_SEED=\(seed)")
        let test = try await TestLedger.open()
        let ledger = test.ledger
        var random = RandomHistory(seed: seed, test)
        try await random.run(50)
        try await ledger.flushReads()
        for _ in 0..<3 {
            let head = try await ledger.log.head()
            let since = Position.random(in: max(1, head - 40)...head, using: &random.random)
            let now = try await ledger.everything().map(\.undoable)
            let then = try await ledger.asOf(.position(since)).everything().map(\.undoable)
            let plan = try await ledger.planUndo(.matching(UndoFilter(since: .position(since))))
            #expect(plan.conflicts.isEmpty, "seed \(seed), since \(since): \(plan.conflicts)")
            try await ledger.undo(plan)
            #expect(try await ledger.everything().map(\.undoable) == then, "seed \(seed), since \(since) of \(head)")
            let back = try await ledger.planUndo(.matching(UndoFilter(since: .position(head))))
            #expect(back.conflicts.isEmpty, "seed \(seed), back to \(head): \(back.conflicts)")
            try await ledger.undo(back)
            #expect(try await ledger.everything().map(\.undoable) == now, "seed \(seed), back to \(head)")
            try await random.run(10)
            try await ledger.flushReads()
        }
        try await test.expectRebuildChangesNothing("seed \(seed)")
        await ledger.close()
    }

    /// What a plan says will differ is what differs afterwards, the statistics that it shows too.
    @Test(arguments: seeds)
    func aPlanSaysWhatWillDiffer(seed: UInt64) async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        var random = RandomHistory(seed: seed, test)
        try await random.run(40)
        try await ledger.flushReads()
        let head = try await ledger.log.head()
        let plan = try await ledger.planUndo(.matching(UndoFilter(actor: "a")))
        let report = try await ledger.undo(plan, isPartial: true)
        #expect(report.positions.count == plan.compensations && report.conflicts == plan.conflicts)
        try await PlannedChanges(plan).expectFound(in: ledger, since: head, "seed \(seed)")
        await ledger.close()
    }
}

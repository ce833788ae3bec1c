import AgentContext
import EventLog
import MemoryLedger
import Testing

/// Goal: an undo leaves no context with two blocks of one label, of which only one could be edited. Method: blocks that
/// come back, or get their former labels, beside others that are called so by then.
@Suite struct BlockUndoTests {
    private static let plan = BlockReference("plan", of: .agent("tea"))
    private static let other = BlockReference("other", of: .agent("tea"))

    @Test(arguments: ["delete", "rename", "unshare"])
    func noSecondBlockOfALabelComesBack(_ deed: String) async throws {
        let folder = try ContextLedger()
        let ledger = try await folder.open()
        let context = folder.context(ledger)
        _ = try await context.change(Self.plan, .set("one"))
        switch deed {
        case "delete": try await context.delete(Self.plan)
        case "rename": _ = try await context.rename(Self.plan, to: "former")
        default:
            _ = try await context.share(Self.plan, with: .agent("coffee"))
            try await context.unshare(Self.plan)
        }
        let done = try await (ledger.log as any EventLog).head()
        _ = try await context.change(Self.plan, .set("two"))

        let event = try #require(try await (ledger.log as any EventLog).event(at: done))
        let alone = try await ledger.planUndo(.events([event.id]))
        #expect(alone.conflicts.map(\.field) == ["label"])
        await #expect(throws: MemoryLedgerError.self) { try await ledger.undo(alone, by: folder.ann) }
        let held = try await ledger.blocks(of: .agent("tea"), in: MemoryKey.defaultNamespace)
        #expect(held.filter { $0.block.label == "plan" }.map(\.block.value.text) == ["two"])

        _ = try await context.rename(Self.plan, to: "other")
        _ = try await ledger.undo(try await ledger.planUndo(.events([event.id])), by: folder.ann)
        let labels = try await ledger.blocks(of: .agent("tea"), in: MemoryKey.defaultNamespace).map(\.block.label)
        #expect(labels.sorted() == ["other", "plan"])
        await ledger.close()
    }

    /// What the plan itself takes out of the way is no obstacle.
    @Test func allOfItIsTakenBackTogether() async throws {
        let folder = try ContextLedger()
        let ledger = try await folder.open()
        let context = folder.context(ledger)
        _ = try await context.change(Self.plan, .set("one"))
        let before = try await (ledger.log as any EventLog).head()
        try await context.delete(Self.plan)
        _ = try await context.change(Self.plan, .set("two"))
        let plan = try await ledger.planUndo(.matching(UndoFilter(since: .position(before))))
        #expect(plan.conflicts.isEmpty)
        _ = try await ledger.undo(plan, by: folder.ann)
        #expect(try await ledger.block(Self.plan).block.value.text == "one")
        #expect(try await ledger.blocks(of: .agent("tea"), in: MemoryKey.defaultNamespace).count == 1)
        await ledger.close()
    }
}

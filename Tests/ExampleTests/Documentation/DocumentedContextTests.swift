import AgentContext
import EventLog
import LedgerOperations
import MemoryLedger
import Testing

/// What a module's error looks like.
struct TaskIsDoneError: OperationError {
    let code = OperationErrorCode(rawValue: "task_done")
    let details: JSONObject = [:]
    let description = "The task is done; add another one."
}

/// Goal: what the documentation shows of contexts holds. Method: it is compiled, and run.
@Suite struct DocumentedContextTests {
    @Test func aSession() async throws {
        var options = MemoryLedgerOptions()
        options.modules = AgentContext.modules
        let ledger = try await MemoryLedger.inMemory(options: options)
        let context = AgentContext(ledger, by: Attribution(actor: "assistant"))
        let session = try await context.open(SessionRequest(user: "ann", role: "helper"))
        let appended = try await context.append(SessionMessage(.user, "Hello"), to: session.key)
        print(appended.number, appended.state.pressure)
        #expect(appended.number == 1 && appended.state.pressure == .normal)
        await ledger.close()
    }

    @Test func operations() async throws {
        var options = MemoryLedgerOptions()
        options.modules = AgentContext.modules
        let ledger = try await MemoryLedger.inMemory(options: options)
        let request = OperationRequest(ledger)
        let opened = try await OpenSession(SessionRequest(user: "ann", role: "helper")).run(in: request)
        let session = opened.state.key
        let said = SessionMessage(.user, "Green tea, please.")
        let appended = try await AppendMessage(said, to: session).run(in: request)
        if appended.state.pressure == .flush { Issue.record("it is nearly empty") }
        let context = try await AssembleContext(of: session).run(in: request)
        for segment in context.segments { print(segment.type, segment.tokens) }
        #expect(context.segments.map(\.content) == ["Green tea, please."])
        let inserted = try await InsertPassage(NewPassage("Sencha is steamed."), into: "tea").run(in: request)
        #expect(!inserted.wasThere)
        await ledger.close()
    }

    @Test func values() {
        var message = SessionMessage(.assistant, "Green tea it is.")
        message.tokens = 6
        var settings = SessionSettings()
        settings.budget = 32_000
        let counter: any TokenCounter = EstimatingTokenCounter()
        print(counter.count("Likes green tea"))
        let prompt = CountedText("You help with tea.", tokens: 6)
        var human = Block(label: "human", value: CountedText("Likes green tea.", tokens: 5), holders: [.agent("tea")])
        human.settings.limit = 2_000
        var passage = Passage("Sencha is steamed.", archive: "tea")
        passage.tags = ["japan"]
        #expect(message.tokens == prompt.tokens && settings.pressure(tokens: 32_000) == .flush)
        #expect(human.settings.limit == 2_000 && passage.tags.count == 1)
        #expect(TaskIsDoneError().code.rawValue == "task_done")
    }
}

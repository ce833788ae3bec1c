import AgentContext
import EventLog
import MemoryLedger

extension Operation {
    static let messageAppend = Operation(name: "message-append") { place in
        let (ledger, session) = try await place.session(messages: 0)
        let context = AgentContext(ledger)
        var corpus = SearchCorpus(seed: 2)
        try await place.count(300) { _ in _ = try await context.append(.made(&corpus), to: session) }
        await ledger.close()
    }

    static let contextAssemble = Operation(name: "context-assemble") { place in
        let (ledger, session) = try await place.session(messages: 200)
        let context = AgentContext(ledger)
        for label in ["persona", "human", "task", "style", "facts"] {
            _ = try await context.change(BlockReference(label, of: .session(session.key)), .set("Some lines.\nOf it."))
        }
        try await place.count(50) { _ in
            let segments = try await context.context(of: session, budget: 1_000_000, in: ledger).segments.count
            guard segments > 200 else { throw InstructionsError("The context has \(segments) segments.") }
        }
        await ledger.close()
    }
}

extension SessionMessage {
    /// 30 words.
    fileprivate static func made(_ corpus: inout SearchCorpus) -> SessionMessage {
        SessionMessage(.user, corpus.text(30), tokens: 40)
    }
}

extension Workplace {
    /// A ledger with one session, which has so many messages.
    fileprivate func session(messages: Int) async throws -> (MemoryLedger, MemoryKey) {
        let ledger = try await openLedger()
        let context = AgentContext(ledger)
        var request = SessionRequest(user: "user-0", role: "helper")
        request.budget = SessionSettings.maximumBudget
        let session = try await context.open(request).key
        var corpus = SearchCorpus(seed: 1)
        for _ in 0..<messages { _ = try await context.append(.made(&corpus), to: session) }
        return (ledger, session)
    }
}

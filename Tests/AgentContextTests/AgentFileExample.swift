import AgentContext
import EventLog
import EventLogTesting
import Foundation
import MemoryLedger

/// A small agent that has some of everything.
enum AgentFileExample {
    static func golden() throws -> String {
        let file = URL(filePath: #filePath).appending(path: "../Fixtures/agent-file-1.json").standardized
        return try String(contentsOf: file, encoding: .utf8)
    }

    /// - Returns: the session that is open.
    @discardableResult
    static func make(_ ledger: MemoryLedger, _ clock: FixedClock) async throws -> MemoryKey {
        let ann = AgentContext(ledger, by: Attribution(actor: "ann"))
        let tea = AgentContext(ledger, by: Attribution(actor: "tea"))
        try await ann.setAgent(
            "tea", description: "Knows all about tea", settings: JSONValue(parsing: #"{"temperature":0.20}"#).object)
        try await ann.setRole("helper", prompt: "You help with tea.", tokens: 6)
        clock.advance(by: .seconds(1))
        try await ann.setRole("helper", settings: ["voice": "calm"])
        var request = SessionRequest(user: "ann", role: "helper")
        (request.agent, request.budget) = ("tea", 60)
        let session = try await ann.open(request).key
        (request.user, request.lifetimeSeconds) = ("eve", 3_600)
        let other = try await ann.open(request).key
        try await talk(tea, clock, session)
        let human = BlockReference("human", of: .session(session.key))
        _ = try await ann.change(human, .set("Likes tea."))
        _ = try await tea.change(human, .append("Lives in Bonn."))
        _ = try await ann.change(human, .undo)
        _ = try await ann.configure(human, description: "Of whom it talks with")
        let own = BlockReference("mood", of: .agent("coffee"))
        _ = try await ann.change(own, .set("Curious."))
        _ = try await ann.share(own, with: .session(other.key))
        clock.advance(by: .seconds(1))
        try await keep(ann, session)
        _ = try await ann.append(SessionMessage(.user, "Bye 🍵", tokens: 2), to: other)
        _ = try await ann.close(other, reason: "Eve left")
        return session
    }

    private static func talk(_ context: AgentContext, _ clock: FixedClock, _ session: MemoryKey) async throws {
        var cup = SeenMemory(MemoryKey(key: "cup"), version: 1, tokens: 5)
        cup.isEstimated = true
        let seen = SeenContext(
            position: try await context.ledger.head(), budget: 60,
            memories: [SeenMemory(MemoryKey(key: "tea"), version: 2), cup])
        for (role, text) in [
            (SessionMessage.Role.user, "Which tea \"today\"?"), (.assistant, ""), (.tool, "{\"tea\":\"绿茶\"}"),
            (.assistant, "Green tea."),
        ] {
            clock.advance(by: .milliseconds(1_500))
            var message = SessionMessage(role, text, tokens: 9)
            if role == .assistant, text.isEmpty {
                message.toolCalls = [["id": "c1", "name": "pick", "args": ["limit": 1.0]]]
            }
            if role == .assistant, !text.isEmpty { (message.context, message.tokens) = (seen, nil) }
            if role == .tool { message.toolCallID = "c1" }
            _ = try await context.append(message, to: session)
        }
        _ = try await context.evict(session, summary: "Ann asked for tea.", tokens: 4)
    }

    private static func keep(_ context: AgentContext, _ session: MemoryKey) async throws {
        var sencha = NewPassage("Sencha is steamed.")
        sencha.tags = ["japan", "green"]
        sencha.metadata = ["source": "a book"]
        sencha.embedding = [0, 127, 255]
        sencha.session = session.key
        _ = try await context.insert(sencha, into: "teas")
        var oolong = NewPassage("Oolong is half oxidised.")
        oolong.tokens = 6
        _ = try await context.insert(oolong, into: "teas")
    }
}

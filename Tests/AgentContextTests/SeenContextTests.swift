import AgentContext
import EventLog
import Foundation
import LedgerOperations
import MemoryLedger
import Testing

/// Goal: what a model saw is put together again as it was, and its tokens add up, whoever counted them.
@Suite struct SeenContextTests {
    /// Counts otherwise than at the time.
    private struct OtherCounter: TokenCounter {
        func count(_ text: String) -> Int { 1_000 }
    }

    private let keys = ["tea", "cup"].map { MemoryKey(key: $0) }

    private func ledger(_ folder: ContextLedger) async throws -> (MemoryLedger, SessionState) {
        let ledger = try await folder.open()
        for key in keys { try await ledger.add(key, MemoryContent(summary: "Likes \(key.key)"), by: folder.ann) }
        var request = SessionRequest(user: "eve", role: "helper")
        request.budget = 100
        let session = try await folder.context(ledger).open(request)
        for number in 1...9 {
            _ = try await folder.context(ledger).append(
                SessionMessage(.user, "Message \(number)", tokens: 10), to: session.key)
        }
        return (ledger, session)
    }

    @Test func tokensOfMemoriesAreRecorded() async throws {
        let folder = try ContextLedger()
        let (ledger, session) = try await ledger(folder)
        let context = folder.context(ledger)
        let then = try await (ledger.log as any EventLog).head()
        let shown = try await context.context(of: session.key, including: keys, tokens: [51, nil], in: ledger)
        let memories = shown.segments.filter { $0.type == .memory }
        #expect(memories.map(\.name) == ["tea", "cup"] && memories[0].tokens == 51 && shown.leftOut > 0)
        // With other counts other messages have room, so what was counted makes the context.
        let estimated = try await context.context(of: session.key, including: keys, in: ledger)
        #expect(estimated.leftOut < shown.leftOut)
        // Named twice, they are put in once.
        let twice = try await context.context(
            of: session.key, including: keys + keys, tokens: [51, nil, 60, 70], in: ledger)
        #expect(twice == shown)
        var message = SessionMessage(.assistant, "Green tea it is.", tokens: 5)
        message.context = try await context.seen(
            at: then, budget: 100, memories: keys + keys, tokens: [51, nil, 1, nil])
        let number = try await context.append(message, to: session.key).number
        for key in keys { try await ledger.update(key, MemoryChange(summary: "Nothing"), by: folder.ann) }
        for isRebuilt in [false, true] {
            if isRebuilt { try await ledger.rebuild() }
            let seen = try #require(
                try await ledger.messages(RecallQuery(of: session.key)).messages.first?.message.context)
            #expect(seen.memories.map(\.tokens) == memories.map(\.tokens))
            #expect(seen.memories.map(\.isEstimated) == [false, true] && seen.memories.map(\.version) == [1, 1])
            let other = AgentContext(ledger, by: folder.ann, counter: OtherCounter())
            #expect(try await other.context(answeredBy: number, of: session.key) == shown)
        }
        await ledger.close()
    }

    /// What was recorded before tokens were is estimated, as it was then.
    @Test func whatHasNoTokensIsEstimated() async throws {
        let folder = try ContextLedger()
        let (ledger, session) = try await ledger(folder)
        let context = folder.context(ledger)
        let shown = try await context.context(of: session.key, including: keys, in: ledger)
        let before: JSONObject = [
            "role": "assistant", "content": "Tea.", "tokens": 1,
            "context": [
                "position": JSONValue(shown.position), "budget": 100,
                "memories": .array(keys.map { ["namespace": "mem", "key": .string($0.key), "version": 1] }),
            ],
        ]
        let event = try #require(try SessionEvent.read(SessionEvent.Name.appended, EventData(before)))
        try await ledger.commit(to: StreamFamily("sessions").stream("mem", session.id)) { _ in [event] }
        #expect(event.json == .object(before))
        #expect(try await context.context(answeredBy: 10, of: session.key) == shown)
        await ledger.close()
    }

    @Test func operationsTakeTokens() async throws {
        let folder = try ContextLedger()
        let (ledger, session) = try await ledger(folder)
        let catalogue = try OperationCatalogue(of: ledger)
        let request = OperationRequest(ledger, by: folder.ann)
        let asked: JSONObject = [
            "session": .string(session.id), "include": ["tea", "cup"], "include_tokens": [51, 7],
        ]
        let shown = try await catalogue.call("context.assemble", asked, in: request)
        var said: JSONObject = ["role": "assistant", "content": "Tea.", "context": shown["position"] ?? .null]
        for member in asked.members { said.append(member.name, member.value) }
        let appended = try await catalogue.call("message.append", said, in: request)
        let number = appended["number"] ?? .null
        let again = try await catalogue.call(
            "context.assemble", ["session": .string(session.id), "message": number], in: request)
        #expect(again == shown)
        for wrong in [[51], [51, 7, 1], [51, -1]] as [JSONValue] {
            for (name, arguments) in [("context.assemble", asked), ("message.append", said)] {
                var arguments = arguments
                arguments.remove("include_tokens")
                arguments.append("include_tokens", wrong)
                do {
                    _ = try await catalogue.call(name, arguments, in: request)
                    Issue.record("\(name) took \(wrong)")
                } catch {
                    #expect(OperationErrorCode(of: error) == .invalidArgument, "\(name) \(wrong): \(error)")
                }
            }
        }
        await ledger.close()
    }
}

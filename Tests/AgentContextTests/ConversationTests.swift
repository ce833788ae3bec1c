import AgentContext
import EventLog
import EventLogTesting
import Foundation
import LedgerCapabilities
import MemoryLedger
import Testing

/// Goal: a long conversation under a small budget loses nothing, and its context is as of each message what it should
/// be. Method: 5,000 messages in English and Chinese with tool calls, beside a plain model that evicts alike; then the
/// contexts of moments, chosen by chance, are compared with what the model had.
@Suite struct ConversationTests {
    /// What a context should be.
    private struct Model {
        struct Entry: Equatable {
            var number: Int64
            var role: SessionMessage.Role
            var content: String
            var tokens: Int
            var call: String?
            var result: String?
        }

        var queue: [Entry] = []
        var all: [Entry] = []
        var summary: (text: String, tokens: Int)?

        var tokens: Int { queue.reduce(summary?.tokens ?? 0) { $0 + $1.tokens } }

        /// The least number of messages that must go, a call never without its result.
        func evicted(budget: Int, share: Int, summary: Int) -> Int? {
            let total = queue.reduce(0) { $0 + $1.tokens }
            var best: Int?
            for count in 1..<max(queue.count + 1, 2) where count <= queue.count {
                let (out, rest) = (queue[..<count], queue[count...])
                let calls = Set(out.compactMap(\.call))
                let results = Set(out.compactMap(\.result))
                // A call that went and whose result stays, or has not come.
                if !calls.isSubset(of: results), rest.contains(where: { $0.result.map(calls.contains) == true }) {
                    continue
                }
                if let last = out.last?.call, rest.isEmpty, !results.contains(last) { continue }
                best = count
                let gone = out.reduce(0) { $0 + $1.tokens }
                if gone * 100 >= total * share, total - gone + summary <= budget { break }
            }
            return best
        }
    }

    private static let words = ["green tea", "绿茶很好喝", "the kettle", "水温七十度", "steamed", "昨天", "again", "谢谢"]

    @Test func nothingIsLostAndEachContextIsRight() async throws {
        let seed =
            ProcessInfo.processInfo.environment["MEMLEDGER_SEED"].flatMap { UInt64($0) } ?? .random(in: 100 ... .max)
        print("MEMLEDGER_SEED=\(seed)")
        var random = SeededRandom(seed)
        let folder = try ContextLedger()
        let ledger = try await folder.open { $0.file.durability = .normal }
        let context = folder.context(ledger)
        var request = SessionRequest(user: "eve", role: "helper")
        request.budget = 400
        let session = try await context.open(request).key
        var model = Model()
        var moments: [(position: Position, model: Model)] = []
        var waiting: String?
        for number in 1...Int64(5_000) {
            var entry = Model.Entry(
                number: number, role: number % 2 == 1 ? .user : .assistant,
                content: "\(number) "
                    + (0..<3).map { _ in Self.words.randomElement(using: &random) ?? "" }.joined(separator: " "),
                tokens: Int.random(in: 1...20, using: &random))
            var message = SessionMessage(entry.role, entry.content, tokens: entry.tokens)
            if let call = waiting {
                (entry.role, entry.result) = (.tool, call)
                message.role = .tool
                message.toolCallID = call
                waiting = nil
            } else if entry.role == .assistant, Int.random(in: 0..<4, using: &random) == 0 {
                let call = "call-\(number)"
                message.toolCalls = [["id": .string(call), "name": "look"]]
                (entry.call, waiting) = (call, call)
            }
            let appended = try await context.append(message, to: session)
            model.queue.append(entry)
            model.all.append(entry)
            #expect(appended.number == number && appended.state.tokens.total == model.tokens, "seed \(seed)")
            var position = appended.position
            if appended.state.pressure == .flush {
                let text = "Summary at \(number)"
                let count = try #require(model.evicted(budget: 400, share: 50, summary: 7), "seed \(seed)")
                let evicted = try await context.evict(session, summary: text, tokens: 7)
                #expect(evicted.eviction.messages == count, "seed \(seed), message \(number)")
                #expect(evicted.eviction.last == model.queue[count - 1].number, "seed \(seed)")
                model.queue.removeFirst(count)
                model.summary = (text, 7)
                #expect(evicted.state.tokens.total == model.tokens && model.tokens <= 400, "seed \(seed)")
                position = evicted.position
            }
            if Int.random(in: 0..<500, using: &random) == 0 { moments.append((position, model)) }
        }
        moments.append((try await (ledger.log as any EventLog).head(), model))
        for (position, model) in moments {
            let then = try await ledger.asOf(.position(position))
            let assembled = try await context.context(of: session, budget: 10_000, in: then)
            let expected = (model.summary.map { [$0.text] } ?? []) + model.queue.map(\.content)
            #expect(assembled.segments.map(\.content) == expected, "seed \(seed), position \(position)")
        }
        try await compareRecall(ledger, session, model, seed)
        let digest = try await ledger.digest()
        try await ledger.rebuild()
        #expect(try await ledger.digest() == digest)
        await ledger.close()
    }

    private func compareRecall(
        _ ledger: MemoryLedger, _ session: MemoryKey, _ model: Model, _ seed: UInt64
    ) async throws {
        var query = RecallQuery(of: session)
        query.limit = 1_000
        query.isOldestFirst = true
        var recalled: [RecalledMessage] = []
        repeat {
            let page = try await ledger.messages(query)
            #expect(page.total == 5_000)
            recalled += page.messages
            query.after = page.next
        } while query.after != nil
        #expect(recalled.map(\.message.content) == model.all.map(\.content), "seed \(seed)")
        let present = Set(model.queue.map(\.number))
        #expect(recalled.filter(\.isInContext).map(\.number) == present.sorted(), "seed \(seed)")
        let found = try await ledger.searchMessages("绿茶", RecallQuery(of: session), waits: true)
        #expect(found.total == model.all.count { $0.content.contains("绿茶") }, "seed \(seed)")
    }
}

import AgentContext
import EventLog
import EventLogTesting
import MemoryLedger

/// Does by chance what agents do, so that a ledger has some of everything.
struct AgentByChance {
    let ledger: MemoryLedger
    let clock: FixedClock
    var random: SeededRandom
    private var sessions: [MemoryKey] = []
    private var blocks: [BlockReference] = []

    static let agent = "tea"
    /// They stand besides, and share blocks and archives with the agent.
    static let others = ["coffee", "mate"]

    init(_ ledger: MemoryLedger, _ clock: FixedClock, seed: UInt64) {
        (self.ledger, self.clock, random) = (ledger, clock, SeededRandom(seed))
    }

    private mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    private mutating func one<Value>(_ values: [Value]) -> Value { values[number(0...values.count - 1)] }

    private mutating func text() -> String {
        let words = [
            "绿茶", "Sencha", "\"steep\"", "line\nbreak", "é", "e\u{301}", "\u{1}", "🍵", "tea", "\\", "[erased]",
        ]
        return (0..<number(1...6)).map { _ in one(words) }.joined(separator: " ") + " \(number(0...999))"
    }

    private mutating func settings() -> JSONObject {
        number(0...2) == 0 ? [:] : ["temperature": 0.50, "z": ["b": nil, "a": .string(text())], "big": 12_345_678_901]
    }

    private mutating func context() -> AgentContext {
        AgentContext(ledger, by: Attribution(actor: number(0...4) == 0 ? nil : one(["ann", "bob", "tea"])))
    }

    mutating func act(steps: Int) async throws {
        for agent in [Self.agent] + Self.others { try await open(agent) }
        for _ in 0..<steps {
            clock.advance(by: .milliseconds(number(-20...4_000)))
            do { try await step() } catch let error as AgentContextError {
                // What chance cannot do, it leaves.
                guard error.code != .noSession else { throw error }
            } catch let error as MemoryLedgerError {
                // The only holder of a block is not taken from it.
                guard error.code == .invalidArgument else { throw error }
            }
        }
    }

    private mutating func step() async throws {
        switch number(0...19) {
        case 0: try await open(one([Self.agent, Self.agent] + Self.others))
        case 1: try await context().setAgent(Self.agent, description: text(), settings: settings())
        case 2: try await context().setRole(one(["helper", "critic"]), prompt: text(), settings: settings())
        case 3: _ = try await context().evict(one(sessions), summary: text(), tokens: number(0...1) == 0 ? nil : 3)
        case 4: try await endOrChange(one(sessions))
        case 5, 6: try await insert()
        case 7...12: try await edit()
        default: try await say()
        }
    }

    private mutating func open(_ agent: String) async throws {
        var request = SessionRequest(user: one(["ann", "eve", "e\u{301}ve", "éve"]), role: one(["helper", "critic"]))
        request.agent = agent
        request.budget = number(200...400)
        request.lifetimeSeconds = number(0...2) == 0 ? 1_000_000 : nil
        let session = try await context().open(request)
        sessions.append(session.key)
        let label = one(["human", "persona"])
        let holder: BlockHolder = number(0...1) == 0 ? .session(session.id) : .agent(agent)
        let block = BlockReference(label, of: holder)
        _ = try await context().change(block, .set(text()))
        blocks.append(block)
    }

    private mutating func say() async throws {
        let session = one(sessions)
        var message = SessionMessage(
            one(SessionMessage.Role.allCases), text(), tokens: number(0...3) == 0 ? nil : number(1...40))
        if message.role == .assistant, number(0...1) == 0 {
            message.toolCalls = [["id": .string("c\(number(1...3))"), "args": ["x": 1.0, "y": .string(text())]]]
        }
        if message.role == .tool { message.toolCallID = "c\(number(1...3))" }
        if number(0...3) == 0 {
            message.context = SeenContext(position: try await ledger.head(), budget: 300)
            if number(0...1) == 0 {
                var seen = SeenMemory(MemoryKey(namespace: "mem", key: text()), version: 2)
                if number(0...1) == 0 { (seen.tokens, seen.isEstimated) = (number(0...90), number(0...1) == 0) }
                message.context?.memories = [seen]
            }
        }
        _ = try await context().append(message, to: session)
    }

    private mutating func edit() async throws {
        let block = one(blocks)
        let changes: [BlockChange] = [
            .set(text()), .append(text()), .append(text()), .insert(text(), line: 1), .undo, .undo, .redo,
            .restore(version: Int64(number(1...4))),
        ]
        switch number(0...13) {
        case 0: _ = try await context().configure(block, limit: number(400...5_000), description: text())
        case 1:
            let label = "label \(number(0...9))"
            _ = try await context().rename(block, to: label)
            blocks.append(BlockReference(label, of: block.holder))
        case 2: try await context().delete(block)
        case 3, 4:
            let holder: BlockHolder =
                number(0...1) == 0 ? .agent(one([Self.agent] + Self.others)) : .session(one(sessions).key)
            _ = try await context().share(block, with: holder)
        case 5: try await context().unshare(block)
        default: _ = try await context().change(block, one(changes))
        }
    }

    private mutating func insert() async throws {
        var passage = NewPassage(text())
        passage.tags = number(0...1) == 0 ? [] : ["japan", "é", "e\u{301}"]
        passage.metadata = settings()
        passage.embedding = number(0...1) == 0 ? nil : (0..<number(0...9)).map { UInt8($0 * 31) }
        passage.session = number(0...2) == 0 ? nil : one(sessions).key
        passage.user = number(0...2) == 0 ? "eve" : nil
        let archive = one(["teas", "notes"])
        let inserted = try await context().insert(passage, into: archive)
        if number(0...5) == 0 { try await context().delete(passage: inserted.passage.id, from: archive) }
    }

    private mutating func endOrChange(_ session: MemoryKey) async throws {
        switch number(0...5) {
        case 0: _ = try await context().close(session, reason: number(0...1) == 0 ? nil : text())
        case 1: _ = try await context().touch(session, seconds: Int64(number(1...9) * 1_000_000))
        default:
            let budget = number(150...500)
            _ = try await context().configure(session) { $0.budget = budget }
        }
    }
}

import AgentContext
import EventLog
import EventLogTesting
import Foundation
import LedgerCapabilities
import MemoryLedger
import Testing

/// Goal: what is kept in memory of a session is what its tables say, whoever wrote. Method: two ledgers on one file, as
/// two processes have it, beside one that only reads, which keeps nothing.
@Suite struct TurnCacheTests {
    /// Two that write to a ledger, and one that looks.
    private struct Three {
        let folder: ContextLedger
        let ledgers: [MemoryLedger]
        let plain: MemoryLedger
        var contexts: [AgentContext] { ledgers.map { folder.context($0) } }

        init() async throws {
            folder = try ContextLedger()
            ledgers = [try await Self.open(folder, .create), try await Self.open(folder, .readWrite)]
            plain = try await Self.open(folder, .readOnly)
        }

        private static func open(
            _ folder: ContextLedger, _ access: LedgerFileOptions.Access
        ) async throws -> MemoryLedger {
            let key = try MasterKey(bytes: Array(repeating: 7, count: MasterKey.byteCount))
            return try await folder.open { options in
                options.file.masterKey = key
                options.file.durability = .normal
                options.file.access = access
            }
        }

        func close() async {
            for ledger in ledgers + [plain] { await ledger.close() }
        }

        /// What both answer is what the tables say.
        func check(_ session: MemoryKey, _ comment: Comment? = nil) async throws {
            let (state, context) = await answers(session, plain)
            for ledger in ledgers {
                let kept = await answers(session, ledger)
                #expect(kept.0 == state, comment)
                #expect(kept.1 == context, comment)
            }
        }

        /// What is answered, or why nothing is.
        private func answers(_ session: MemoryKey, _ ledger: MemoryLedger) async -> (String, String) {
            var state = ""
            do { state = "\(try await ledger.session(session))" } catch { state = "\(error)" }
            do {
                return (state, "\(try await folder.context(plain).context(of: session, in: ledger))")
            } catch {
                return (state, "\(error)")
            }
        }
    }

    private func figures(_ ledger: MemoryLedger) throws -> CacheFigures {
        try #require(ledger.cacheFigures["sessions"])
    }

    @Test func aTurnIsReadOnce() async throws {
        let folder = try ContextLedger()
        let ledger = try await folder.open()
        let context = folder.context(ledger)
        let session = try await context.open(SessionRequest(user: "ann", role: "helper"))
        _ = try await context.append(SessionMessage(.user, "Hello"), to: session.key)
        _ = try await context.context(of: session.key, in: ledger)
        let before = try figures(ledger)
        let log = try #require(ledger.log as? any MeasuredLog)
        for turn in 1...10 {
            let reads = log.figures.reads
            defer { #expect(log.figures.reads == reads + 2, "the context and the session ask where the log ends") }
            _ = try await context.append(SessionMessage(.user, "And \(turn)"), to: session.key)
            let segments = try await context.context(of: session.key, in: ledger).segments
            #expect(segments.last?.content == "And \(turn)")
            #expect(try await ledger.session(session.key).messages == Int64(turn + 1))
        }
        let after = try figures(ledger)
        #expect(after.misses == before.misses)
        #expect(after.hits == before.hits + 30)
        #expect(after.entries == 1 && after.bytes > before.bytes)
        await ledger.close()
    }

    /// Other memories, and other sessions, leave what is kept alone.
    @Test func onlyWhatChangesASessionIsReadAgain() async throws {
        let folder = try ContextLedger()
        let ledger = try await folder.open()
        let context = folder.context(ledger)
        let session = try await context.open(SessionRequest(user: "ann", role: "helper"))
        let other = try await context.open(SessionRequest(user: "bob", role: "helper"))
        _ = try await context.context(of: session.key, in: ledger)
        let before = try figures(ledger).misses
        try await ledger.add(MemoryKey(key: "tea"), MemoryContent(summary: "Green"), by: folder.ann)
        _ = try await context.append(SessionMessage(.user, "Hello"), to: other.key)
        #expect(try await context.context(of: session.key, in: ledger).segments.isEmpty)
        #expect(try figures(ledger).misses == before + 1, "the other session's first message")
        _ = try await context.change(BlockReference("notes", of: .session(other.id)), .set("Something"))
        #expect(try await context.context(of: session.key, in: ledger).segments.isEmpty)
        #expect(try figures(ledger).misses == before + 2)
        await ledger.close()
    }

    @Test(arguments: [
        "append", "evict", "block", "role", "agent block", "configure", "close", "rebuild", "erase", "memory",
    ])
    func whatAnotherProcessWritesIsSeen(_ deed: String) async throws {
        let three = try await Three()
        let (here, there) = (three.contexts[0], three.contexts[1])
        try await here.ledger.protect(MemoryKey.defaultNamespace)
        try await here.setRole("helper", prompt: "Help.", tokens: 2)
        try await here.setAgent("tea")
        var request = SessionRequest(user: "ann", role: "helper")
        request.agent = "tea"
        let session = try await here.open(request).key
        for text in ["one", "two", "three"] { _ = try await here.append(SessionMessage(.user, text), to: session) }
        try await three.check(session)
        switch deed {
        case "append": _ = try await there.append(SessionMessage(.assistant, "four"), to: session)
        case "evict": _ = try await there.evict(session, summary: "They counted.")
        case "block": _ = try await there.change(BlockReference("notes", of: .session(session.key)), .set("Counts"))
        case "role": try await there.setRole("helper", prompt: "Do help.", tokens: 3)
        case "agent block": _ = try await there.change(BlockReference("human", of: .agent("tea")), .set("Ann"))
        case "configure": _ = try await there.configure(session) { $0.budget = 99 }
        case "close": _ = try await there.close(session)
        case "rebuild": try await there.ledger.rebuild()
        case "erase": _ = try await there.ledger.erase(.user("ann", in: nil), reason: "asked", by: three.folder.ann)
        default: try await there.ledger.add(MemoryKey(key: "tea"), MemoryContent(summary: "Green"))
        }
        let error = await failure { try await here.append(SessionMessage(.user, "five"), to: session) }
        switch deed {
        case "close": #expect(error?.code == .sessionEnded)
        case "erase": #expect(error?.code == .noSession)
        default:
            #expect(error == nil)
            #expect(try await three.plain.session(session).messages == (deed == "append" ? 5 : 4))
        }
        try await three.check(session)
        await three.close()
    }

    @Test func whatIsKeptIsBounded() async throws {
        let folder = try ContextLedger()
        let ledger = try await folder.open { $0.file.durability = .normal }
        let context = folder.context(ledger)
        var sessions: [MemoryKey] = []
        for user in 0..<48 {
            let session = try await context.open(SessionRequest(user: "user-\(user)", role: "helper")).key
            let text = String(repeating: "x", count: ContextLimits.contentBytes - 1) + "\(user % 10)"
            _ = try await context.append(SessionMessage(.user, text, tokens: 1), to: session)
            _ = try await context.context(of: session, in: ledger)
            sessions.append(session)
            let figures = try figures(ledger)
            #expect(figures.bytes <= figures.maximumBytes)
        }
        #expect(try figures(ledger).entries < 48)
        for (user, session) in sessions.enumerated() {
            let segments = try await context.context(of: session, in: ledger).segments
            #expect(segments.last?.content.hasSuffix("x\(user % 10)") == true)
        }
        await ledger.close()
    }

    /// What calls take in memory is counted, too, however few members they have.
    @Test func largeCallsAreCounted() async throws {
        let folder = try ContextLedger()
        let ledger = try await folder.open { $0.file.durability = .normal }
        let context = folder.context(ledger)
        let session = try await context.open(SessionRequest(user: "ann", role: "helper")).key
        _ = try await context.context(of: session, in: ledger)
        let before = try figures(ledger).bytes
        var message = SessionMessage(.assistant, "")
        message.toolCalls = [["id": "c", "arguments": .array(Array(repeating: 0, count: 10_000))]]
        _ = try await context.append(message, to: session)
        #expect(try figures(ledger).bytes > before + 10_000 * MemoryLayout<JSONValue>.size)
        await ledger.close()
    }

    /// Each context that is read while others write is the one of its position.
    @Test func contextsAreOfTheirPositions() async throws {
        let three = try await Three()
        let sessions = try await (0..<3).asyncMap {
            try await three.contexts[0].open(SessionRequest(user: "user-\($0)", role: "helper")).key
        }
        let seen = try await withThrowingTaskGroup(of: [(MemoryKey, AssembledContext)].self) { group in
            for worker in 0..<6 {
                let context = three.contexts[worker % 2]
                group.addTask {
                    var seen: [(MemoryKey, AssembledContext)] = []
                    for step in 0..<20 {
                        let session = sessions[(worker + step) % 3]
                        if step % 5 == worker % 5 {
                            let block = BlockReference("notes", of: .session(session.key))
                            // Two who make it at once: the second finds it there.
                            _ = try? await context.change(block, .set("\(worker) \(step)"))
                        }
                        let appended = try await context.append(SessionMessage(.user, "\(worker) \(step)"), to: session)
                        let read = try await context.context(of: session, in: context.ledger)
                        #expect(read.position >= appended.position)
                        seen.append((session, read))
                    }
                    return seen
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        for (session, context) in seen where context.position % 4 == 0 {
            let then = try await three.plain.asOf(.position(context.position))
            let expected = try await three.folder.context(three.plain).context(of: session, in: then)
            #expect(context == expected, "position \(context.position)")
        }
        for session in sessions {
            #expect(try await three.plain.session(session).messages == 40)
            try await three.check(session)
        }
        await three.close()
    }

    @Test func whatIsKeptIsWhatTheTablesSayByChance() async throws {
        let seed =
            ProcessInfo.processInfo.environment["MEMLEDGER_SEED"].flatMap { UInt64($0) } ?? .random(in: 100 ... .max)
        print("MEMLEDGER_SEED=\(seed)")
        var random = SeededRandom(seed)
        let three = try await Three()
        try await three.contexts[0].setAgent("tea")
        var sessions: [MemoryKey] = []
        for number in 0..<3 {
            var request = SessionRequest(user: "user-\(number)", role: "helper")
            request.agent = number < 2 ? "tea" : nil
            sessions.append(try await three.contexts[0].open(request).key)
        }
        for step in 1...150 {
            let context = three.contexts.randomElement(using: &random) ?? three.contexts[0]
            let session = sessions.randomElement(using: &random) ?? sessions[0]
            // What cannot be done changes nothing, and is checked all the same.
            try? await Self.act(step, context, session, &random)
            let looked = sessions.randomElement(using: &random) ?? session
            try await three.check(looked, "seed \(seed), step \(step)")
        }
        for session in sessions { try await three.check(session, "seed \(seed)") }
        await three.close()
    }

    private static func act(
        _ step: Int, _ context: AgentContext, _ session: MemoryKey, _ random: inout SeededRandom
    ) async throws {
        let holder: BlockHolder = Bool.random(using: &random) ? .session(session.key) : .agent("tea")
        let block = BlockReference(["a", "b"].randomElement(using: &random) ?? "a", of: holder)
        switch Int.random(in: 0..<16, using: &random) {
        case 0...5: _ = try await context.append(SessionMessage(.user, "text \(step)"), to: session)
        case 6:
            var message = SessionMessage(.assistant, "")
            message.toolCalls = [["id": .string("call-\(step)"), "name": "look", "arguments": ["n": 1.50]]]
            _ = try await context.append(message, to: session)
            var result = SessionMessage(.tool, "found")
            result.toolCallID = "call-\(step)"
            _ = try await context.append(result, to: session)
        case 7: _ = try await context.evict(session, summary: "until \(step)")
        case 8, 9: _ = try await context.change(block, .set("block \(step)"))
        case 10: _ = try await context.delete(block)
        case 11: try await context.setRole("helper", prompt: "Step \(step).", tokens: step)
        case 12: _ = try await context.configure(session) { $0.budget = 10_000 + step }
        case 13: _ = try await context.touch(session, seconds: 1_000)
        case 14: _ = try await context.share(block, with: .session(session.key))
        default:
            if step % 7 == 0 {
                try await context.ledger.rebuild()
            } else {
                try await context.ledger.add(MemoryKey(key: "k\(step)"), MemoryContent(summary: "s"))
            }
        }
    }
}

extension Sequence {
    fileprivate func asyncMap<T>(_ body: (Element) async throws -> T) async rethrows -> [T] {
        var results: [T] = []
        for element in self { results.append(try await body(element)) }
        return results
    }
}

import AgentContext
import EventLog
import EventLogTesting
import LedgerOperations
import MemoryLedger
import Testing

/// Goal: a session's context is what was said in it, within its budget, and nothing that was said is lost.
@Suite struct SessionTests {
    @Test(arguments: ContextLedger.Backend.allCases)
    func aConversationIsEvictedRecalledAndAssembled(_ backend: ContextLedger.Backend) async throws {
        let folder = try ContextLedger()
        let ledger = try await folder.open(backend)
        let context = folder.context(ledger)
        var request = SessionRequest(user: "eve", role: "helper")
        request.budget = 100
        try await context.setRole("helper", prompt: "You help with tea.", tokens: 10)
        let session = try await context.open(request)
        #expect(session.tokens.total == 10 && session.pressure == .normal)
        var pressures: [Pressure] = []
        for number in 1...9 {
            let role: SessionMessage.Role = number % 2 == 1 ? .user : .assistant
            let appended = try await context.append(
                SessionMessage(role, "Message \(number) about 绿茶", tokens: 10), to: session.key)
            #expect(appended.number == Int64(number))
            pressures.append(appended.state.pressure)
        }
        #expect(pressures == Array(repeating: .normal, count: 5) + Array(repeating: .warn, count: 3) + [.flush])
        let evicted = try await context.evict(session.key, summary: "They spoke of tea.", tokens: 5)
        #expect(evicted.eviction.messages == 5 && evicted.eviction.first == 1 && evicted.eviction.last == 5)
        #expect(evicted.state.tokens.total == 55)
        let state = try await context.session(session.key)
        #expect(state == evicted.state)
        let assembled = try await context.context(of: session.key, in: ledger)
        #expect(assembled.segments.map(\.type) == [.system, .summary, .queue, .queue, .queue, .queue])
        #expect(assembled.tokens == 55 && assembled.budget == 100 && assembled.leftOut == 0)
        let then = try await ledger.asOf(.position(evicted.position - 1))
        let before = try await context.context(of: session.key, in: then)
        #expect(before.segments.count == 10 && before.tokens == 100)
        let page = try await ledger.messages(RecallQuery(of: session.key))
        #expect(page.total == 9 && page.messages.map(\.number) == (1...9).reversed())
        #expect(page.messages.map(\.isInContext) == [true, true, true, true] + Array(repeating: false, count: 5))
        let found = try await ledger.searchMessages("绿茶", RecallQuery(user: "eve"))
        #expect(found.total == 9)
        let one = try await ledger.searchMessages("Message AND 3", RecallQuery(of: session.key))
        #expect(one.messages.map(\.message.number) == [3])
        try await ledger.rebuild()
        #expect(try await context.session(session.key) == state)
        await ledger.close()
    }

    /// A session that has ended keeps what it had, and says so to who would change it.
    @Test func blocksOfAnEndedSessionStay() async throws {
        let folder = try ContextLedger()
        let ledger = try await folder.open()
        let context = folder.context(ledger)
        let session = try await context.open(SessionRequest(user: "eve", role: "helper")).key
        let notes = BlockReference("notes", of: .session(session.key))
        _ = try await context.change(notes, .set("one"))
        _ = try await context.close(session)
        for change in [BlockChange.set("two"), .append("two"), .undo] {
            #expect(await failure { try await context.change(notes, change) }?.code == .sessionEnded)
        }
        #expect(await failure { try await context.delete(notes) }?.code == .sessionEnded)
        #expect(try await ledger.block(notes).block.value.text == "one")
        #expect(try await context.context(of: session, in: ledger).segments.map(\.content) == ["one"])
        await ledger.close()
    }

    @Test func blocksAreEditedUndoneAndShared() async throws {
        let folder = try ContextLedger()
        let ledger = try await folder.open()
        let context = folder.context(ledger)
        var request = SessionRequest(user: "eve", role: "helper")
        request.agent = "one"
        let session = try await context.open(request)
        request.agent = "two"
        let other = try await context.open(request)
        let human = BlockReference("human", of: .session(session.id))
        var block = try await context.change(human, .set("Likes tea."))
        #expect(block.version == 1 && block.block.holders == [.agent("one")])
        block = try await context.change(human, .append("Lives in Bonn."))
        block = try await context.change(human, .replace("tea", with: "green tea"))
        #expect(block.block.value.text == "Likes green tea.\nLives in Bonn." && block.version == 3)
        block = try await context.change(human, .undo)
        block = try await context.change(human, .undo)
        #expect(block.block.value.text == "Likes tea." && block.version == 5)
        #expect(await failure { try await context.change(human, .undo) }?.code == .nothingToUndo)
        block = try await context.change(human, .redo)
        #expect(block.block.value.text == "Likes tea.\nLives in Bonn.")
        block = try await context.change(human, .insert("Is called Eve.", line: 1))
        block = try await context.change(human, .undo)
        block = try await context.change(human, .redo)
        #expect(block.block.value.text == "Is called Eve.\nLikes tea.\nLives in Bonn.")
        block = try await context.change(human, .restore(version: 3))
        #expect(block.block.value.text == "Likes green tea.\nLives in Bonn.")
        let conflict = await failure { try await context.change(human, .set("x"), expecting: 1) }
        #expect(conflict?.code == .blockConflict)
        #expect(conflict?.details["value"]?.string == block.block.value.text && conflict?.details["given"] == "x")
        _ = try await context.share(human, with: .agent("two"))
        let theirs = BlockReference("human", of: .session(other.id))
        _ = try await context.change(theirs, .append("Has a cat."))
        let assembled = try await context.context(of: session.key, in: ledger)
        #expect(assembled.segments.map(\.content) == ["Likes green tea.\nLives in Bonn.\nHas a cat."])
        #expect(try await context.session(other.key).tokens.working == assembled.tokens)
        let history = try await ledger.history(of: human)
        #expect(history.map(\.number) == (1...11).reversed())
        let digest = try await ledger.digest()
        try await ledger.rebuild()
        #expect(try await ledger.digest() == digest)
        await ledger.close()
    }

    @Test func aPassageIsThereOnceAndIsFound() async throws {
        let folder = try ContextLedger()
        let ledger = try await folder.open()
        let context = folder.context(ledger)
        var sencha = NewPassage("Sencha is steamed. 煎茶是蒸的。")
        sencha.tags = ["japan", "green"]
        let first = try await context.insert(sencha, into: "tea")
        let again = try await context.insert(sencha, into: "tea")
        #expect(!first.wasThere && again.wasThere && first.passage == again.passage)
        var oolong = NewPassage("Oolong is half oxidised.")
        oolong.tags = ["china"]
        _ = try await context.insert(oolong, into: "tea")
        var query = PassageQuery("tea")
        #expect(try await ledger.passages(query).total == 2)
        query.anyTags = ["japan"]
        #expect(try await ledger.passages(query).passages == [first.passage])
        #expect(try await ledger.searchPassages("煎茶", query).passages.map(\.passage) == [first.passage])
        query.allTags = ["china"]
        #expect(try await ledger.searchPassages("is", query).total == 0)
        try await context.delete(passage: first.passage.id, from: "tea")
        #expect(try await ledger.searchPassages("sencha", PassageQuery("tea")).total == 0)
        let before = try await ledger.asOf(.position(first.passage.position))
        #expect(try await before.searchPassages("sencha", PassageQuery("tea")).total == 1)
        await ledger.close()
    }

    /// A call is never parted from its result, however short what is said of them, and whether or not it is named.
    @Test(arguments: ["c1", ""], [true, false]) func aCallKeepsItsResult(_ id: String, _ isNamed: Bool) async throws {
        let folder = try ContextLedger()
        let ledger = try await folder.open()
        let context = folder.context(ledger)
        var request = SessionRequest(user: "eve", role: "helper")
        request.budget = 20
        let session = try await context.open(request).key
        var call = SessionMessage(.assistant, "", tokens: 9)
        call.toolCalls = [id.isEmpty ? [:] : ["id": .string(id)]]
        _ = try await context.append(call, to: session)
        let early = await failure { try await context.evict(session, summary: "s", tokens: 1) }
        #expect(early?.code == .nothingToEvict)
        var result = SessionMessage(.tool, "r", tokens: 5)
        result.toolCallID = isNamed && !id.isEmpty ? id : nil
        _ = try await context.append(result, to: session)
        _ = try await context.append(SessionMessage(.assistant, "done", tokens: 9), to: session)
        let assembled = try await context.context(of: session, in: ledger)
        #expect(assembled.segments.map(\.content) == ["done"] && assembled.leftOut == 2)
        let evicted = try await context.evict(session, summary: "s", tokens: 1)
        #expect(evicted.eviction.last == 2)
        await ledger.close()
    }

    /// What an import brings may say anything.
    @Test func eventsOfOthersDoNoHarm() async throws {
        let folder = try ContextLedger()
        let ledger = try await folder.open()
        let context = folder.context(ledger)
        let session = try await context.open(SessionRequest(user: "eve", role: "helper")).key
        let stream = StreamFamily("sessions").stream(session.namespace, session.key)
        func append(_ type: EventType, _ data: JSONObject, to stream: StreamName) async throws {
            let now = Timestamp(milliseconds: 1)
            let event = NewEvent(
                id: ledger.options.ids.next(at: now), type: type, payload: JSONValue.object(data).compactBytes)
            _ = try await (ledger.log as any EventLog).append(to: stream, .any, [event])
        }
        let many = JSONValue(Int64.max)
        for tokens in [many, -5, many] {
            try await append(
                "MessageAppended", ["role": "user", "content": "x", "tokens": tokens], to: stream)
        }
        let settings: JSONValue = ["budget": 0, "warn_percent": -1, "flush_percent": many, "eviction_percent": 0]
        for last in [JSONValue(Int64.min), -1, -1, many, 1] {
            try await append(
                "MessagesEvicted",
                [
                    "first": last, "last": last, "messages": many, "tokens": many, "tokens_before": many,
                    "tokens_after": many, "summary": ["text": "s", "tokens": 1], "settings": settings,
                ], to: stream)
        }
        try await append("SessionConfigured", settings.object ?? [:], to: stream)
        let other = StreamFamily("sessions").stream("evil", session.key)
        try await append("MessageAppended", ["role": "user", "content": "evil", "tokens": 1], to: other)
        let state = try await context.session(session)
        #expect(state.messages == 3 && state.evictedThrough == 3 && state.evictions == 5)
        #expect(state.settings.budget == 1 && state.pressure == .flush)
        _ = try await context.append(SessionMessage(.user, "y", tokens: 1), to: session)
        let again = try await context.context(of: session, budget: SessionSettings.maximumBudget, in: ledger)
        #expect(again.segments.map(\.content) == ["s", "y"])
        #expect(try await ledger.messages(RecallQuery(of: session)).total == 4)
        let digest = try await ledger.digest()
        try await ledger.rebuild()
        #expect(try await ledger.digest() == digest)
        await ledger.close()
    }

    @Test func aTouchedSessionLivesAsLongAgain() async throws {
        let folder = try ContextLedger()
        let ledger = try await folder.open()
        let context = folder.context(ledger)
        var request = SessionRequest(user: "eve", role: "helper")
        request.lifetimeSeconds = 60
        let session = try await context.open(request)
        folder.clock.advance(by: .seconds(30))
        let touched = try await context.touch(session.key)
        #expect(touched.expiresAt == session.expiresAt.map { Timestamp(milliseconds: $0.milliseconds + 30_000) })
        folder.clock.advance(by: .seconds(60))
        let late = await failure { try await context.append(SessionMessage(.user, "x"), to: session.key) }
        #expect(late?.code == .sessionEnded)
        await ledger.close()
    }
}

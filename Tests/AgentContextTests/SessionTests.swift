import AgentContext
import EventLog
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
}

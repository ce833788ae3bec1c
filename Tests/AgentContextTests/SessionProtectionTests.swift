import AgentContext
import EventLog
import Foundation
import LedgerOperations
import MemoryLedger
import Testing

/// Goal: what is protected for a user says so, and needs the key; what is not, says that, too. Method: each way of
/// writing, in a protected namespace and in another one, and the log's events after it.
@Suite struct SessionProtectionTests {
    /// Whom the last event is protected for.
    private func users(_ test: ProtectedContext) async throws -> [String]? {
        try await (test.ledger.log as any EventLog).event(at: test.head)?.protectedFor
    }

    @Test func everyEventOfASessionIsItsUsers() async throws {
        let test = try await ProtectedContext()
        let notes = test.notes(in: test.ann)
        let writes: [(String, () async throws -> Void, [String])] = [
            ("append", { try await test.say("hello", test.ann) }, ["ann"]),
            ("again", { try await test.say("more", test.ann) }, ["ann"]),
            ("evict", { _ = try await test.context.evict(test.ann.key, summary: "s", tokens: 1) }, ["ann"]),
            ("touch", { _ = try await test.context.touch(test.ann.key, seconds: 60) }, ["ann"]),
            ("configure", { _ = try await test.context.configure(test.ann.key) { $0.budget = 900 } }, ["ann"]),
            ("set", { _ = try await test.context.change(notes, .set("a")) }, ["ann"]),
            (
                "append by bob", { _ = try await test.context.change(test.notes(in: test.bob), .append("b")) },
                ["ann", "bob"]
            ),
            ("undo", { _ = try await test.context.change(notes, .undo) }, ["ann"]),
            ("limit", { _ = try await test.context.configure(notes, limit: 900) }, ["ann"]),
            ("rename", { _ = try await test.context.rename(notes, to: "other") }, ["ann"]),
            (
                "back", { _ = try await test.context.rename(BlockReference("other", of: notes.holder), to: "notes") },
                ["ann"]
            ),
            // Where a block is stays when the user goes.
            ("share", { _ = try await test.context.share(notes, with: .agent("coffee")) }, []),
            ("by no user", { _ = try await test.context.change(ProtectedContext.notes, .append("c")) }, ["ann"]),
            ("set by no user", { _ = try await test.context.change(ProtectedContext.notes, .set("d")) }, []),
            ("for eve", { _ = try await test.context.change(ProtectedContext.notes, .set("e"), for: "eve") }, ["eve"]),
            ("passage", { try await test.insert("p", test.ann) }, ["ann"]),
            ("passage for eve", { try await test.insert("q", test.ann, for: "eve") }, ["ann", "eve"]),
            ("passage of none", { try await test.insert("r", nil) }, []),
            ("role", { try await test.context.setRole("helper", prompt: "Help.") }, []),
            ("close", { _ = try await test.context.close(test.ann.key) }, ["ann"]),
        ]
        for (name, write, expected) in writes {
            try await write()
            #expect(try await users(test) == expected, "\(name)")
        }
        let opened = try await (test.ledger.log as any EventLog).read(
            EventQuery(EventFilter(types: ["SessionOpened"]), limit: 9))
        #expect(opened.events.map(\.protectedFor) == [["ann"], ["bob"]])
        try await test.expectRebuilt()
        await test.ledger.close()
    }

    @Test func answersSayWhatIsNotProtected() async throws {
        let test = try await ProtectedContext()
        try await test.context.configure(.protectsSessions, 0)
        let catalogue = try OperationCatalogue(of: test.ledger)
        let request = OperationRequest(test.ledger, by: test.folder.ann)
        let session = JSONValue.string(test.ann.id)
        let calls: [(String, JSONObject, Bool)] = [
            ("session.open", ["user": "ann", "role": "helper"], true),
            ("session.open", ["user": "ann", "role": "helper", "namespace": "elsewhere"], false),
            ("block.set", ["session": session, "label": "human", "value": "a"], true),
            ("block.set", ["agent": "tea", "label": "mood", "value": "a"], false),
            ("block.append", ["agent": "tea", "label": "mood", "value": "b", "user": "ann"], true),
            ("block.append", ["agent": "tea", "label": "mood", "value": "c"], true),
            ("block.set", ["agent": "tea", "label": "mood", "value": "d"], false),
            (
                "block.set", ["agent": "tea", "namespace": "elsewhere", "label": "m", "value": "d", "user": "ann"],
                false
            ),
            ("block.configure", ["session": session, "label": "human", "limit": 100], true),
            ("block.rename", ["agent": "tea", "label": "mood", "new_label": "moods"], false),
            ("archive.insert", ["archive": "a", "content": "x", "session": session], true),
            ("archive.insert", ["archive": "a", "content": "y", "user": "ann"], true),
            ("archive.insert", ["archive": "a", "content": "z"], false),
        ]
        for (name, arguments, expected) in calls {
            let document = try await catalogue.call(name, arguments, in: request)
            #expect(document["protected"] == .bool(expected), "\(name) \(arguments)")
        }
        let shown = try await catalogue.call("block.show", ["agent": "tea", "label": "human"], in: request)
        #expect(shown["protected_for"] == ["ann"] && shown["protected"] == nil)
        await test.ledger.close()
        let plain = try await ProtectedContext(protects: false)
        let other = try OperationCatalogue(of: plain.ledger)
        for (name, arguments, _) in calls.prefix(1) {
            let document = try await other.call(name, arguments, in: OperationRequest(plain.ledger))
            #expect(document["protected"] == nil)
        }
        await plain.ledger.close()
    }

    @Test func everyNamespaceThatHasUsersIsProtected() async throws {
        let test = try await ProtectedContext(protects: false)
        for namespace in ["b", "a"] {
            _ = try await test.context.open(SessionRequest(namespace: namespace, user: "ann", role: "helper"))
        }
        #expect(try await test.context.protectSessions() == ["a", "b", "mem"])
        #expect(try await test.context.protectSessions() == [])
        #expect(try test.ledger.protectedNamespaces().map(\.namespace) == ["a", "b", "mem"])
        await test.ledger.close()
    }

    /// What was said before cannot be erased; what can be is, if that is asked for.
    @Test func whatWasSaidBeforeStaysInPlain() async throws {
        let test = try await ProtectedContext(protects: false)
        try await test.say("quince-before", test.ann)
        _ = try await test.context.change(test.notes(in: test.ann), .set("quince-text"))
        try await test.context.protectSessions()
        try await test.say("quince-after", test.ann)
        _ = try await test.context.change(test.notes(in: test.bob), .append("pomelo"))
        await #expect(throws: EventLogError.self) { try await test.erase("ann") }
        let receipt = try await test.ledger.erase(
            .user("ann"), partially: true, reason: "asked", by: Attribution(actor: "admin"))
        #expect(receipt.left.map(\.events) == [2])
        #expect(try await test.ledger.block(ProtectedContext.notes).block.value.text == "quince-text\npomelo")
        try await test.expectRebuilt()
        await test.ledger.close()
        #expect(try test.files(with: ["quince-after"]) == [])
    }

    /// Without the key nothing of the namespace is answered, of any moment; with it everything is, of each.
    @Test func withoutTheKey() async throws {
        let test = try await ProtectedContext()
        try await test.say("hello", test.ann)
        _ = try await test.context.change(test.notes(in: test.ann), .set("a"))
        _ = try await test.context.change(test.notes(in: test.bob), .append("b"))
        try await test.insert("p", test.ann)
        try await test.ledger.add(MemoryKey(namespace: "open", key: "tea"), MemoryContent(summary: "green"))
        let head = try await test.head
        await test.ledger.close()
        let locked = try await ProtectedContext.open(test.folder, hasKey: false)
        let context = test.folder.context(locked)
        for moment in [nil, head] {
            let reading: any MemoryReading = if let moment { try await locked.asOf(.position(moment)) } else { locked }
            let reads: [() async throws -> Void] = [
                { _ = try await reading.session(test.ann.key) },
                { _ = try await reading.block(ProtectedContext.notes) },
                { _ = try await reading.passages(PassageQuery("archive")) },
                { _ = try await reading.messages(RecallQuery(of: test.ann.key)) },
                { _ = try await reading.history(of: ProtectedContext.notes) },
            ]
            for (number, read) in reads.enumerated() {
                let error = await #expect(throws: EventLogError.self) { try await read() }
                #expect(error?.code == .masterKeyMissing, "read \(number) as of \(moment ?? 0)")
            }
            #expect(try await reading.list().locked == ["mem"])
            #expect(try await reading.get(MemoryKey(namespace: "open", key: "tea"))?.content.summary == "green")
        }
        for write in [
            { _ = try await context.append(SessionMessage(.user, "x"), to: test.ann.key) },
            { _ = try await context.change(ProtectedContext.notes, .set("x"), for: "ann") },
        ] as [() async throws -> Void] {
            let error = await #expect(throws: EventLogError.self) { try await write() }
            #expect(error?.code == .masterKeyMissing)
        }
        let events = try await (locked.log as any EventLog).read(EventQuery(limit: 100)).events
        #expect(events.contains { $0.protection.isLocked && $0.protectedFor == ["ann", "bob"] })
        await locked.close()
        let open = try await ProtectedContext.open(test.folder)
        for position in 1...head {
            let then = try await open.asOf(.position(position))
            let texts = try? await then.history(of: ProtectedContext.notes).map(\.value.text)
            #expect(texts == nil || ["", "a", "a\nb"].contains(texts?.first ?? ""))
        }
        await open.close()
    }

    /// An export says for whom; an import encrypts for them.
    @Test func anImportKeepsWhoseItIs() async throws {
        let test = try await ProtectedContext()
        try await test.say("quince-said", test.ann)
        _ = try await test.context.change(test.notes(in: test.bob), .set("pomelo"))
        _ = try await test.context.change(test.notes(in: test.ann), .append("quince-block"))
        var lines: [[UInt8]] = []
        try await test.ledger.exportEvents { lines.append($0) }
        await test.ledger.close()
        let copy = try ContextLedger()
        let ledger = try await ProtectedContext.open(copy)
        try await ledger.protect("mem")
        let stream = AsyncStream { continuation in
            for line in lines { continuation.yield(line) }
            continuation.finish()
        }
        _ = try await ledger.importEvents(stream)
        #expect(try await ledger.block(ProtectedContext.notes).users == ["ann", "bob"])
        _ = try await ledger.erase(.user("ann"), reason: "asked", by: Attribution())
        #expect(try await ledger.block(ProtectedContext.notes).block.value.text == "pomelo")
        #expect(try await ledger.session(test.bob.key).user == "bob")
        // And an export of what is erased leads to the same texts.
        lines = []
        try await ledger.exportEvents { lines.append($0) }
        await ledger.close()
        let second = try ContextLedger()
        let third = try await ProtectedContext.open(second)
        try await third.protect("mem")
        let again = AsyncStream { continuation in
            for line in lines { continuation.yield(line) }
            continuation.finish()
        }
        _ = try await third.importEvents(again)
        #expect(try await third.block(ProtectedContext.notes).block.value.text == "pomelo")
        await third.close()
    }
}

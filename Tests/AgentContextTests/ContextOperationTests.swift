import AgentContext
import EventLog
import Foundation
import LedgerCapabilities
import LedgerOperations
import MemoryLedger
import Testing

/// Goal: everything can be asked for by name and JSON, in a namespace of the caller alone.
@Suite struct ContextOperationTests {
    @Test func theCatalogueHasThem() async throws {
        let folder = try ContextLedger()
        let ledger = try await folder.open()
        let catalogue = try OperationCatalogue(of: ledger)
        let names = catalogue.operations.map { $0.name }
        for name in ["session.open", "message.append", "context.assemble", "block.replace", "archive.search"] {
            #expect(names.contains(name))
        }
        await ledger.close()
    }

    @Test func aTurnIsDoneByJSON() async throws {
        let folder = try ContextLedger()
        let ledger = try await folder.open()
        let catalogue = try OperationCatalogue(of: ledger)
        let request = OperationRequest(ledger, by: folder.ann)
        let opened = try await catalogue.call(
            "session.open", ["user": "eve", "role": "helper", "agent": "one", "budget": 50], in: request)
        let session = try #require(opened["session"])
        for name in ["block.set", "block.append"] {
            _ = try await catalogue.call(name, ["session": session, "label": "human", "value": "Tea."], in: request)
        }
        let replaced = await #expect(throws: AgentContextError.self) {
            _ = try await catalogue.call(
                "block.replace", ["session": session, "label": "human", "old": "Tea", "new": "Mate"], in: request)
        }
        #expect(replaced?.code == .textAmbiguous && replaced?.details["lines"] == [1, 2])
        #expect(replaced.flatMap { OperationErrorCode(of: $0) } == .textAmbiguous)
        try await ledger.add(MemoryKey(key: "tea"), MemoryContent(summary: "Likes tea"), by: folder.ann)
        let context = try await catalogue.call(
            "context.assemble", ["session": session, "include": ["tea"]], in: request)
        #expect(context["segments"]?.array?.compactMap { $0["type"]?.string } == ["working", "memory"])
        let position = try #require(context["position"])
        let appended = try await catalogue.call(
            "message.append",
            [
                "session": session, "role": "assistant", "content": "Green tea.", "context": position,
                "include": ["tea"], "tokens": 4,
            ], in: request)
        #expect(appended["number"] == 1 && appended["pressure"] == "normal")
        // What was seen stays what was seen, whatever becomes of it.
        try await ledger.update(MemoryKey(key: "tea"), MemoryChange(summary: "Hates tea"), by: folder.ann)
        _ = try await catalogue.call("block.set", ["session": session, "label": "human", "value": "x"], in: request)
        let seen = try await catalogue.call("context.assemble", ["session": session, "message": 1], in: request)
        #expect(seen["segments"] == context["segments"] && seen["position"] == position)
        await ledger.close()
    }

    @Test func nothingOfAnotherNamespaceIsFound() async throws {
        let folder = try ContextLedger()
        let ledger = try await folder.open()
        let context = folder.context(ledger)
        let session = try await context.open(SessionRequest(namespace: "a", user: "eve", role: "helper"))
        _ = try await context.append(SessionMessage(.user, "Tea"), to: session.key)
        let elsewhere = MemoryKey(namespace: "b", key: session.id)
        #expect(await failure { try await context.session(elsewhere) }?.code == .noSession)
        #expect(
            await failure { try await context.append(SessionMessage(.user, "x"), to: elsewhere) }?.code == .noSession)
        #expect(await failure { try await ledger.messages(RecallQuery(of: elsewhere)) }?.code == .noSession)
        #expect(await failure { try await ledger.messages(RecallQuery(user: "eve", in: "b")) }?.code == .noUser)
        let block = BlockReference("human", of: .session(session.id), in: "b")
        #expect(await failure { try await context.change(block, .set("x")) }?.code == .noSession)
        #expect(try await ledger.sessions(SessionFilter(namespace: "b")).sessions.isEmpty)
        await ledger.close()
    }

    @Test func queriesOfSQLSeeThem() async throws {
        let folder = try ContextLedger()
        let ledger = try await folder.open()
        let context = folder.context(ledger)
        try await context.setRole("helper", prompt: "You help.")
        let session = try await context.open(SessionRequest(user: "eve", role: "helper"))
        let before = try await (ledger.log as any EventLog).head()
        _ = try await context.append(SessionMessage(.user, "Tea", tokens: 1), to: session.key)
        _ = try await context.change(BlockReference("human", of: .session(session.id)), .set("Likes tea."))
        _ = try await context.insert(NewPassage("Sencha"), into: "teas")
        let kinds = try await ledger.query(
            TableQuery("SELECT context_type, content FROM main_context WHERE session_id = '\(session.id)' ORDER BY 1"))
        #expect(kinds.rows == [["queue", "Tea"], ["system", "You help."], ["working", "Likes tea."]])
        let counts = [
            ("external_memory", 2), ("sessions", 1), ("users", 1), ("roles", 1), ("blocks", 1), ("archives", 1),
        ]
        for (view, count) in counts + [("main_context", 3), ("session_summaries", 0), ("agents", 0)] {
            let answer = try await ledger.query(TableQuery("SELECT count(*) FROM \(view)"))
            #expect(answer.rows == [[JSONValue(count)]], "\(view)")
        }
        let then = try await ledger.asOf(.position(before))
        let past = try await then.query(TableQuery("SELECT count(*) FROM external_memory"))
        #expect(past.rows == [[0]])
        await #expect(throws: MemoryLedgerError.self) {
            try await ledger.query(TableQuery("SELECT * FROM block_versions"))
        }
        await ledger.close()
    }

    @Test func anErasureOfAUserTakesTheirSessions() async throws {
        let folder = try ContextLedger()
        let ledger = try await folder.open {
            $0.file.masterKey = try? MasterKey(bytes: Array(repeating: 7, count: MasterKey.byteCount))
        }
        try await ledger.protect("mem", by: folder.ann)
        let context = folder.context(ledger)
        let session = try await context.open(SessionRequest(user: "eve", role: "helper"))
        let other = try await context.open(SessionRequest(user: "tom", role: "helper"))
        _ = try await context.append(SessionMessage(.user, "My secret is kumquat"), to: session.key)
        _ = try await context.append(SessionMessage(.user, "I like kumquat"), to: other.key)
        _ = try await context.change(BlockReference("human", of: .session(session.id)), .set("Told of a kumquat"))
        var passage = NewPassage("A kumquat is a fruit")
        passage.session = session.id
        _ = try await context.insert(passage, into: "fruits")
        #expect(try await ledger.searchMessages("kumquat", RecallQuery(user: "eve")).total == 1)
        let receipt = try await ledger.erase(.user("eve"), reason: "eve asked", by: folder.ann)
        #expect(receipt.purgeProblem == nil)
        #expect(await failure { try await ledger.session(session.key) }?.code == .noSession)
        #expect(try await ledger.searchMessages("kumquat", RecallQuery(user: "tom")).total == 1)
        #expect(try await ledger.passages(PassageQuery("fruits")).total == 0)
        let digest = try await ledger.digest()
        try await ledger.rebuild()
        #expect(try await ledger.digest() == digest)
        await ledger.close()
        for file in try FileManager.default.contentsOfDirectory(at: folder.folder, includingPropertiesForKeys: nil) {
            let bytes = (try? Data(contentsOf: file)) ?? Data()
            for text in ["My secret is", "Told of a", "is a fruit"] {
                #expect(bytes.range(of: Data(text.utf8)) == nil, "\(text) is in \(file.lastPathComponent)")
            }
        }
    }
}

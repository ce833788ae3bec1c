import EventLog
import EventLogTesting
import Foundation
import LedgerCapabilities
import LedgerOperations
import LedgerService
import LedgerStorage
import MemoryLedger
import Testing

/// Goal: calls count what the old program counted, in its order, and trouble of the ledger is told without what is in
/// it. Method: the statistics after each call; ledgers in trouble.
@Suite struct CompatibleServiceTests {
    private func counts(_ test: ServiceLedger, _ key: String, _ namespace: String = "mem") async throws -> [Int] {
        let meta = try await test.meta(key, namespace)
        return [meta.accessCount, meta.traverseCount]
    }

    @Test func aReadCountsWhatWasReadBefore() async throws {
        let test = try await ServiceLedger()
        for key in ["a", "b"] { try await test.ledger.add(MemoryKey(key: key), MemoryContent()) }
        let session = CompatibleService.Place.session(try await test.session())
        func get(_ key: String) async throws {
            _ = try? await test.service.get(key, sortLinks: nil, in: session, by: ServiceLedger.owner)
        }
        try await get("a")
        #expect(try await [counts(test, "a"), counts(test, "b")] == [[1, 0], [0, 0]])
        try await get("b")
        #expect(try await [counts(test, "a"), counts(test, "b")] == [[1, 1], [1, 0]])
        // The same again is a way, too.
        try await get("b")
        #expect(try await [counts(test, "a"), counts(test, "b")] == [[1, 1], [2, 1]])
        // It counts before it finds nothing, and what it did not find is not remembered.
        try await get("none")
        try await get("none")
        #expect(try await [counts(test, "a"), counts(test, "b")] == [[1, 1], [2, 3]])
        try await test.ledger.delete(MemoryKey(key: "b"))
        try await get("a")
        #expect(try await counts(test, "a") == [2, 1])
        await test.ledger.close()
    }

    @Test func withoutASessionNothingIsRemembered() async throws {
        let test = try await ServiceLedger()
        try await test.ledger.add(MemoryKey(namespace: "n", key: "a"), MemoryContent())
        for _ in 0..<2 {
            _ = try await test.service.get("a", sortLinks: nil, in: .namespace("n"), by: ServiceLedger.owner)
        }
        #expect(try await counts(test, "a", "n") == [2, 0])
        await test.ledger.close()
    }

    @Test func writesCountTheReadsThatTheyBeginWith() async throws {
        let test = try await ServiceLedger()
        for key in ["a", "b"] { try await test.ledger.add(MemoryKey(key: key), MemoryContent()) }
        let session = JSONValue.string(try await test.session())
        _ = await test.post("/update_memory", ["session": session, "key": "a", "value": ["text": "x"]])
        _ = await test.post("/update_memory", ["session": session, "key": "a", "value": [:]])
        #expect(try await counts(test, "a") == [2, 0])
        // Both keys are looked up, the taken one, too.
        _ = await test.post("/update_memory_key", ["session": session, "old_key": "a", "new_key": "b"])
        #expect(try await [counts(test, "a"), counts(test, "b")] == [[3, 0], [1, 0]])
        _ = await test.post("/update_memory_key", ["session": session, "old_key": "a", "new_key": "c"])
        #expect(try await counts(test, "c") == [4, 0])
        _ = await test.post("/update_memory_key", ["session": session, "old_key": "c", "new_key": "c"])
        #expect(try await counts(test, "c") == [4, 0])
        await test.ledger.close()
    }

    /// Only a read that found something renews the session.
    @Test func whatRenewsASession() async throws {
        let test = try await ServiceLedger()
        try await test.ledger.add(MemoryKey(key: "a"), MemoryContent())
        let session = JSONValue.string(try await test.session())
        let half = Duration.milliseconds(KVSessions.lifetimeMilliseconds / 2 + 1)
        test.clock.advance(by: half)
        #expect(await test.post("/get_memory", ["session": session, "key": "a"]).json?["success"] == true)
        test.clock.advance(by: half)
        #expect(
            await test.post("/get_memory", ["session": session, "key": "b"]).json?["message"] == "memory not found")
        _ = await test.post("/update_memory", ["session": session, "key": "a", "value": ["text": "x"]])
        test.clock.advance(by: half)
        #expect(await test.post("/get_memory", ["session": session, "key": "a"]).json?["message"] == "invalid session")
        await test.ledger.close()
    }

    @Test func namespacesAreKeptApart() async throws {
        let test = try await ServiceLedger()
        let (one, other) = (try await test.session("one"), try await test.session("other"))
        let value: JSONValue = ["summary": "S", "text": ""]
        _ = await test.post("/add_memory", ["session": .string(one), "key": "one:a", "value": value])
        #expect(await test.post("/get_memory", ["session": .string(one), "key": "a"]).json?["success"] == true)
        for key in ["a", "one:a"] {
            let get = await test.post("/get_memory", ["session": .string(other), "key": .string(key)])
            #expect(get.json?["message"] == "memory not found")
        }
        #expect(try await test.meta("a", "one").accessCount == 1)
        await test.ledger.close()
    }

    // MARK: Trouble

    @Test func aQuarantinedMemoryIsNotThere() async throws {
        let test = try await ServiceLedger()
        let source = Provenance(source: .init(.tool, "web"))
        try await test.ledger.add(MemoryKey(key: "a"), MemoryContent(summary: "bad"), from: source)
        try await test.ledger.quarantine(.source(.init(.tool, "web")), reason: "x", by: Attribution(actor: "me"))
        let session = JSONValue.string(try await test.session())
        let get = await test.post("/get_memory", ["session": session, "key": "a"])
        #expect(get.json?["message"] == "memory not found")
        let update = await test.post("/update_memory", ["session": session, "key": "a", "value": ["text": "x"]])
        #expect(update.json?["message"] == "memory not found")
        let add = await test.post(
            "/add_memory", ["session": session, "key": "a", "value": ["summary": "", "text": ""]])
        #expect(add.status == 409 && !add.text.contains("get --include-quarantined"))
        await test.ledger.close()
    }

    /// Reads go on, and their counts wait.
    @Test func anotherWriterIsWaitedForAndThenSaid() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("ledger.sqlite").path
        var options = MemoryLedgerOptions()
        options.file.busyTimeoutMilliseconds = 20
        let ledger = try await MemoryLedger.open(at: path, options: options)
        try await ledger.add(MemoryKey(key: "a"), MemoryContent())
        let service = CompatibleService(ledger, sessions: KVSessions(clock: SystemTimeSource()))
        let session = JSONValue.string(try service.openSession(namespace: "mem", by: ServiceLedger.owner))
        func post(_ path: String, _ body: JSONValue) async -> Reply {
            let request = ServiceRequest("POST", path, body: body.compactBytes, by: ServiceLedger.owner)
            return Reply(await CompatibleRoutes(service).answer(request))
        }
        let add: JSONValue = ["session": session, "key": "b", "value": ["summary": "", "text": ""]]
        let other = try PrivateDatabase(path)
        try other.sqlite.execute("BEGIN IMMEDIATE")
        let busy = await post("/add_memory", add)
        #expect(busy == Reply(503, #"{"success":false,"message":"others are writing; try again"}"#))
        #expect(await post("/get_memory", ["session": session, "key": "a"]).status == 200)
        try other.sqlite.execute("ROLLBACK")
        #expect(await post("/add_memory", add).status == 200)
        await ledger.close()
    }

    /// A ledger that was opened without its master key has memories that it cannot read.
    @Test func anEncryptedNamespaceIsLocked() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("ledger.sqlite").path
        var options = MemoryLedgerOptions()
        options.file.masterKey = try MasterKey(bytes: Array(repeating: 7, count: MasterKey.byteCount))
        let writer = try await MemoryLedger.open(at: path, options: options)
        try await writer.protect("secret", by: Attribution(actor: "me"))
        try await writer.add(MemoryKey(namespace: "secret", key: "a"), MemoryContent(summary: "hidden"))
        await writer.close()
        let ledger = try await MemoryLedger.open(at: path)
        let service = CompatibleService(ledger, sessions: KVSessions(clock: SystemTimeSource()))
        let session = JSONValue.string(try service.openSession(namespace: "secret", by: ServiceLedger.owner))
        let bodies: [(String, JSONObject)] = [
            ("/get_memory", ["session": session, "key": "a"]),
            ("/add_memory", ["session": session, "key": "a", "value": ["summary": "", "text": ""]]),
            ("/update_memory", ["session": session, "key": "a", "value": ["text": "x"]]),
            ("/update_memory_key", ["session": session, "old_key": "a", "new_key": "b"]),
        ]
        for (path, body) in bodies {
            let bytes = JSONValue.object(body).compactBytes
            let request = ServiceRequest("POST", path, body: bytes, by: ServiceLedger.owner)
            let reply = Reply(await CompatibleRoutes(service).answer(request))
            #expect(reply.status == 503 && reply.json?["success"] == false, "\(path): \(reply)")
            #expect(!reply.text.contains("hidden") && !reply.text.contains(folder.path))
        }
        await ledger.close()
    }

    @Test func aLedgerThatWantsActorsSaysSo() async throws {
        let test = try await ServiceLedger()
        try await test.ledger.setPolicy(LedgerPolicyChange(requiresActor: true), by: Attribution(actor: "me"))
        let anonymous = Caller(Attribution(), .everything)
        let session = JSONValue.string(try await test.session())
        let add = await test.post(
            "/add_memory", ["session": session, "key": "a", "value": ["summary": "", "text": ""]], by: anonymous)
        #expect(add.status == 403 && add.json?["success"] == false)
        await test.ledger.close()
    }

    @Test func aClosedLedgerIsNoFaultOfTheClient() async throws {
        let test = try await ServiceLedger()
        let session = JSONValue.string(try await test.session())
        await test.ledger.close()
        let add = await test.post(
            "/add_memory", ["session": session, "key": "a", "value": ["summary": "", "text": ""]])
        #expect(add.status == 503 && add.json?["success"] == false)
        let get = await test.post("/get_memory", ["session": session, "key": "a"])
        #expect(get.status >= 500 && get.json?["success"] == false)
    }

    @Test func moreThanALimitIsRefused() async throws {
        var options = MemoryLedgerOptions()
        options.limits.textBytes = 10
        options.limits.linksPerMemory = 1
        let test = try await ServiceLedger(options: options)
        let session = JSONValue.string(try await test.session())
        let long: JSONValue = ["summary": "", "text": .string(String(repeating: "x", count: 11))]
        let text = await test.post("/add_memory", ["session": session, "key": "a", "value": long])
        #expect(text.status == 400 && text.text.contains("text_bytes"))
        let link: JSONValue = ["type": "bug", "term": "t"]
        let links: JSONValue = ["summary": "", "text": "", "links": [link, link]]
        let many = await test.post("/add_memory", ["session": session, "key": "a", "value": links])
        #expect(many.status == 400 && many.text.contains("links_per_memory"))
        await test.ledger.close()
    }

    /// What a client is told has nothing of the machine.
    @Test(arguments: [
        (EventLogError(.storage, "disk full at /secret/path"), 503), (EventLogError(.busy, "/secret/path"), 503),
        (EventLogError(.writingStopped, "/secret/path"), 503), (EventLogError(.damagedLog, "/secret/path"), 500),
        (EventLogError(.masterKeyMissing, "Namespace /secret/path"), 503),
        (EventLogError(.erased, "/secret/path"), 200),
        (EventLogError(.limitExceeded, "/secret/path"), 400), (EventLogError(.readOnly, "/secret/path"), 503),
    ])
    func nothingOfTheMachineIsTold(error: EventLogError, status: Int) async throws {
        let test = try await ServiceLedger()
        let failure = CompatibleFailure(error, in: test.ledger)
        #expect(failure.status == status && !failure.message.contains("secret") && !failure.message.isEmpty)
        let contention = CompatibleFailure(MemoryLedgerError(.contention, "/secret"), in: test.ledger)
        #expect(contention.status == 503 && !contention.message.contains("secret"))
        let late = CompatibleFailure(CancellationError(), in: test.ledger)
        #expect(late.status == 503 && late.message.contains("took too long"))
        #expect(CompatibleFailure(CocoaError(.fileNoSuchFile), in: test.ledger).message == "internal error")
        let broad = CompatibleFailure(MemoryLedgerError(.invalidQuery, "/secret"), in: test.ledger)
        #expect(broad.status == 400 && broad.message.hasSuffix("write more of it"))
        await test.ledger.close()
    }
}

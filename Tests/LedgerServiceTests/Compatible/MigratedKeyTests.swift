import EventLog
import LedgerOperations
import LedgerService
import MemoryLedger
import Testing

/// Goal: a memory of a migrated database of the second version is found by its whole key in whichever session, by every
/// call and by links, and nothing else is. Method: such a database, and memories that only look so.
@Suite struct MigratedKeyTests {
    private static let memories: [(key: String, links: [String])] = [
        ("Proj:index", ["Proj:ui"]), ("Proj:ui", []), ("mem:index", []),
    ]

    private func ledger(
        _ version: CompatibleService.Version? = nil, into namespace: String? = nil
    ) async throws -> ServiceLedger {
        let test = try await ServiceLedger(version)
        try await test.migrateSecondVersion(Self.memories, into: namespace)
        return test
    }

    private func summary(_ test: ServiceLedger, _ key: String, _ namespace: String) async throws -> String? {
        let session = JSONValue.string(try await test.session(namespace))
        let reply = await test.post("/get_memory", ["session": session, "key": .string(key)])
        return reply.json?["data"]?["summary"]?.string
    }

    @Test(arguments: CompatibleRoutesTests.versions, [nil, "old"])
    func itIsFoundFromEverySession(version: CompatibleService.Version?, namespace: String?) async throws {
        let test = try await ledger(version, into: namespace)
        for session in ["mem", "Proj", "other", "old"] {
            for (key, _) in Self.memories {
                #expect(try await summary(test, key, session) == "About \(key)", "\(key) from \(session)")
            }
            #expect(try await summary(test, "Proj:none", session) == nil)
            #expect(try await summary(test, "ui", session) == nil)
        }
        #expect(try await test.meta("Proj:index", namespace ?? "mem").accessCount == 4)
        await test.ledger.close()
    }

    /// What the session's namespace has comes first, without the prefix, too.
    @Test func theSessionsOwnComesFirst() async throws {
        let test = try await ledger()
        try await test.ledger.add(MemoryKey(namespace: "Proj", key: "ui"), MemoryContent(summary: "Own"))
        #expect(try await summary(test, "Proj:ui", "Proj") == "Own")
        #expect(try await summary(test, "Proj:ui", "other") == "About Proj:ui")
        // One that is held back is there all the same.
        let web = Provenance(source: .init(.tool, "web"))
        try await test.ledger.add(MemoryKey(namespace: "other", key: "Proj:index"), MemoryContent(), from: web)
        try await test.ledger.quarantine(.source(.init(.tool, "web")), reason: "x", by: Attribution(actor: "me"))
        #expect(try await summary(test, "Proj:index", "other") == nil)
        await test.ledger.close()
    }

    @Test func writesChangeIt() async throws {
        let test = try await ledger()
        let session = JSONValue.string(try await test.session("other"))
        let update = await test.post(
            "/update_memory", ["session": session, "key": "Proj:ui", "value": ["text": "New"]])
        #expect(update.json?["success"] == true)
        #expect(try await test.ledger.get(MemoryKey(key: "Proj:ui"))?.content.text == "New")
        let value: JSONValue = ["summary": "Written over", "text": ""]
        let add = await test.post("/add_memory", ["session": session, "key": "Proj:ui", "value": value])
        #expect(add.json?["success"] == true)
        // It still is the one that was migrated.
        #expect(try await summary(test, "Proj:ui", "Proj") == "Written over")
        let rename = await test.post(
            "/update_memory_key", ["session": session, "old_key": "Proj:index", "new_key": "Proj:start"])
        #expect(rename.json?["success"] == true)
        #expect(try await summary(test, "Proj:start", "third") == "About Proj:index")
        #expect(try await summary(test, "Proj:index", "third") == nil)
        // Its namespace is the one that it was migrated into.
        let namespaces = try await test.ledger.namespaces()
        #expect(namespaces == ["mem"])
        let taken = await test.post(
            "/update_memory_key", ["session": session, "old_key": "Proj:start", "new_key": "Proj:ui"])
        #expect(taken.json?["message"] == "key already exists")
        // What no migrated memory has is the session's.
        _ = await test.post("/add_memory", ["session": session, "key": "Proj:new", "value": value])
        #expect(try await test.ledger.get(MemoryKey(namespace: "other", key: "Proj:new")) != nil)
        await test.ledger.close()
    }

    /// From another namespace only what was migrated is found, not what was written here under such a key.
    @Test func whatWasWrittenHereIsNotFound() async throws {
        let test = try await ledger()
        try await test.ledger.add(MemoryKey(key: "Proj:native"), MemoryContent(summary: "Here"))
        #expect(try await summary(test, "Proj:native", "mem") == "Here")
        #expect(try await summary(test, "Proj:native", "other") == nil)
        // Nor what took its place after it was deleted, or renamed.
        try await test.ledger.delete(MemoryKey(key: "Proj:ui"))
        #expect(try await summary(test, "Proj:ui", "other") == nil)
        try await test.ledger.add(MemoryKey(key: "Proj:ui"), MemoryContent(summary: "Here"))
        #expect(try await summary(test, "Proj:ui", "other") == nil)
        try await test.ledger.rename(MemoryKey(key: "Proj:index"), to: "Proj:moved")
        try await test.ledger.add(MemoryKey(key: "Proj:index"), MemoryContent(summary: "Here"))
        #expect(try await summary(test, "Proj:index", "other") == nil)
        #expect(try await summary(test, "Proj:moved", "other") == "About Proj:index")
        await test.ledger.close()
    }

    /// What a row could not take the place of was written here.
    @Test func aRowThatWasSetAsideBringsNothing() async throws {
        let test = try await ServiceLedger()
        try await test.ledger.add(MemoryKey(key: "Proj:ui"), MemoryContent(summary: "Here"))
        try await test.migrateSecondVersion(Self.memories, refused: 1)
        #expect(try await summary(test, "Proj:ui", "mem") == "Here")
        #expect(try await summary(test, "Proj:ui", "other") == nil)
        #expect(try await summary(test, "Proj:index", "other") == "About Proj:index")
        await test.ledger.close()
    }

    /// The same database again changes nothing of what was changed here, and that is found as before.
    @Test func migratingAgainKeepsWhatIsFound() async throws {
        let test = try await ledger()
        try await test.ledger.put(MemoryKey(key: "Proj:ui"), MemoryContent(summary: "Over"))
        try await test.ledger.update(MemoryKey(key: "Proj:index"), MemoryChange(summary: "Changed"))
        try await test.migrateSecondVersion(Self.memories, refused: nil)
        #expect(try await summary(test, "Proj:ui", "other") == "Over")
        #expect(try await summary(test, "Proj:index", "other") == "Changed")
        #expect(try await summary(test, "mem:index", "other") == "About mem:index")
        await test.ledger.close()
    }

    /// A session's search finds what has a whole key that begins with the session's namespace, in capitals or not, and
    /// nothing else; one without a session finds all.
    @Test(arguments: [nil, "old"])
    func aSessionIsSearchedByWholeKeys(namespace: String?) async throws {
        let test = try await ledger(into: namespace)
        func keys(_ path: String, _ query: String, by caller: Caller = ServiceLedger.owner) async -> Set<String> {
            let reply = await test.send(ServiceRequest("GET", path, query: query, by: caller))
            let keys = Set(reply.json?["data"]?["results"]?.array?.compactMap { $0["key"]?.string } ?? ["\(reply)"])
            #expect(reply.json?["data"]?["pagination"]?["total"]?.number?.int64 == Int64(keys.count), "\(reply)")
            return keys
        }
        func found(_ session: String, by caller: Caller = ServiceLedger.owner) async throws -> Set<String> {
            await keys("/search", "q=About&session=\(try await test.session(session, by: caller))", by: caller)
        }
        let projects: Set = ["Proj:index", "Proj:ui"]
        #expect(await keys("/search", "q=About") == projects.union(["mem:index"]))
        for session in ["Proj", "proj"] { #expect(try await found(session) == projects) }
        #expect(try await found("mem") == ["mem:index"])
        for session in ["Pro", "old", "other"] { #expect(try await found(session) == []) }
        let session = try await test.session("Proj")
        #expect(await keys("/fulltext", "keywords=About,index&operator=AND&session=\(session)") == ["Proj:index"])
        // What is written here is its namespace's, whatever its key begins with.
        for (namespace, key) in [("Proj", "new"), ("mem", "Proj:here"), ("mem", "new")] {
            try await test.ledger.add(
                MemoryKey(namespace: namespace, key: key), MemoryContent(summary: "About \(key)"))
        }
        #expect(try await found("Proj") == projects.union(["Proj:new"]))
        #expect(try await found("mem") == ["mem:index", "mem:Proj:here", "mem:new"])
        // What was renamed there stays migrated.
        let renamed = await test.post(
            "/update_memory_key", ["session": .string(session), "old_key": "Proj:ui", "new_key": "Proj:view"])
        #expect(renamed.json?["success"] == true)
        #expect(try await found("Proj") == ["Proj:index", "Proj:view", "Proj:new"])
        // Who may not read the namespace that it was migrated into does not find it.
        #expect(try await found("Proj", by: ServiceLedger.caller(.read, ["Proj"])) == ["Proj:new"])
        let both = ServiceLedger.caller(.read, ["Proj", namespace ?? "mem"])
        #expect(try await found("Proj", by: both) == ["Proj:index", "Proj:view", "Proj:new"])
        await test.ledger.close()
    }

    /// Nor a memory of the first version, whose namespaces are kept apart.
    @Test func withoutAMigrationNothingIsFound() async throws {
        let test = try await ServiceLedger()
        try await test.ledger.add(MemoryKey(key: "Proj:index"), MemoryContent(summary: "Here"))
        #expect(try await summary(test, "Proj:index", "other") == nil)
        await test.ledger.close()
    }

    @Test func linksMeanTheSame() async throws {
        let test = try await ledger()
        let content = MemoryContent(
            links: ["Proj:ui", "own", "Proj:none"].map { MemoryLink(type: "bug", key: $0, term: "t") })
        try await test.ledger.add(MemoryKey(namespace: "other", key: "a"), content)
        try await test.ledger.add(MemoryKey(namespace: "other", key: "own"), MemoryContent(summary: "Own"))
        let session = JSONValue.string(try await test.session("other"))
        func summaries(_ key: String, by caller: Caller = ServiceLedger.owner) async -> [String?]? {
            let reply = await test.post("/get_memory", ["session": session, "key": .string(key)], by: caller)
            return reply.json?["data"]?["links"]?.array?.map { $0["summary"]?.string }
        }
        #expect(await summaries("a") == ["About Proj:ui", "Own", "关联记忆不存在"])
        #expect(await summaries("Proj:index") == ["About Proj:ui"])
        // Who may read nothing else sees nothing else.
        let caller = ServiceLedger.caller(.read, ["other"])
        #expect(await summaries("a", by: caller) == ["关联记忆不存在", "Own", "关联记忆不存在"])
        #expect(await summaries("Proj:index", by: caller) == nil)
        await test.ledger.close()
    }

    /// It answers as if there were no such memory if the caller may not reach its namespace.
    @Test func aCallersNamespacesAreKept() async throws {
        let test = try await ledger()
        let (narrow, wide) = (ServiceLedger.caller(.write, ["other"]), ServiceLedger.caller(.write, ["other", "mem"]))
        let session = JSONValue.string(try await test.session("other"))
        let get: JSONValue = ["session": session, "key": "Proj:ui"]
        #expect(await test.post("/get_memory", get, by: narrow).json?["message"] == "memory not found")
        #expect(await test.post("/get_memory", get, by: wide).json?["success"] == true)
        let update: JSONValue = ["session": session, "key": "Proj:ui", "value": ["text": "x"]]
        #expect(await test.post("/update_memory", update, by: narrow).json?["message"] == "memory not found")
        let rename: JSONValue = ["session": session, "old_key": "Proj:ui", "new_key": "x"]
        #expect(await test.post("/update_memory_key", rename, by: narrow).json?["message"] == "memory not found")
        let add: JSONValue = ["session": session, "key": "Proj:ui", "value": ["summary": "Own", "text": ""]]
        #expect(await test.post("/add_memory", add, by: narrow).json?["success"] == true)
        #expect(try await test.ledger.get(MemoryKey(namespace: "other", key: "Proj:ui"))?.content.summary == "Own")
        let migrated = try await test.ledger.get(MemoryKey(key: "Proj:ui"))
        #expect(migrated?.content.summary == "About Proj:ui" && migrated?.meta.accessCount == 1)
        await test.ledger.close()
    }
}

import EventLog
import SQLiteEventLog
import Testing

@testable import MemoryLedger

/// Goal: where actors are demanded, no way of writing or counting gets around it, and nothing is written. Method: a
/// table of every way, with the option and with the ledger's own policy.
@Suite(.onEveryBackend) struct RequireActorTests {
    private static let ada = Attribution(actor: "ada", correlationID: "r", causationID: "c")

    typealias Writing = @Sendable (MemoryLedger, Attribution) async throws -> Void

    /// The ledger holds `a` with a link to `b`, and `b`.
    static let writings: [(name: String, write: Writing)] = [
        ("add", { try await $0.add("n", MemoryContent(), by: $1) }),
        ("addAll", { try await $0.addAll([("n", MemoryContent())], by: $1) }),
        ("put", { try await $0.put("a", MemoryContent(), by: $1) }),
        ("update", { try await $0.update("a", MemoryChange(text: "x"), by: $1) }),
        ("rename", { try await $0.rename("a", to: "z", by: $1) }),
        ("delete", { try await $0.delete("a", by: $1) }),
        ("setMeta", { try await $0.setMeta("a", .cold, by: $1) }),
        ("link", { try await $0.link("a", MemoryLink(type: "u", key: "b", term: ""), by: $1) }),
        ("unlink", { try await $0.unlink("a", from: "b", by: $1) }),
        ("access", { _ = try await $0.access("a", by: $1) }),
        ("traverse", { _ = try await $0.traverse("a", by: $1) }),
        ("quarantine", { try await $0.quarantine(.actor("x"), by: $1) }),
        ("setPolicy", { try await $0.setPolicy(LedgerPolicyChange(auditsReads: false), by: $1) }),
        ("recordContext", { try await $0.recordContext("s", memories: [ContextEntry("a", version: 1)], by: $1) }),
        (
            "undo",
            { ledger, attribution in
                let first = try #require(try await ledger.events().first { $0.type == MemoryEvent.Name.added })
                try await ledger.undo(ledger.planUndo(.events([first.id])), by: attribution)
            }
        ),
        ("KVMemory", { try await KVMemory($0, by: $1).add("kv", MemoryContent()) }),
        ("KVMemoryService", { _ = try await KVMemoryService($0, by: $1).getMemory("mem", "b") }),
    ]

    private static func ledger(byPolicy: Bool) async throws -> TestLedger {
        let test = try await TestLedger.open { $0.requireActor = !byPolicy }
        let link = MemoryLink(type: "t", key: "b", term: "x")
        try await test.ledger.add("a", MemoryContent(summary: "a", links: [link]), by: ada)
        try await test.ledger.add("b", MemoryContent(summary: "b"), by: ada)
        if byPolicy { try await test.ledger.setPolicy(LedgerPolicyChange(requiresActor: true), by: ada) }
        return test
    }

    @Test(arguments: writings.indices, [false, true])
    func nobodyIsRefusedAndSomebodyIsNot(index: Int, byPolicy: Bool) async throws {
        let (name, write) = Self.writings[index]
        let test = try await Self.ledger(byPolicy: byPolicy)
        let head = try await test.ledger.log.head()
        for actor in [nil, " "] {
            let error = await #expect(throws: EventLogError.self, "\(name)") {
                try await write(test.ledger, Attribution(actor: actor))
            }
            #expect(error?.code == .actorRequired, "\(name)")
            try await test.ledger.flushReads()
            #expect(try await test.ledger.log.head() == head, "\(name)")
        }
        try await write(test.ledger, Self.ada)
        try await test.ledger.flushReads()
        let written = try await test.ledger.events().filter { $0.position > head }
        #expect(!written.isEmpty && written.allSatisfy { $0.attribution.actor == "ada" }, "\(name)")
        #expect(written.allSatisfy { $0.attribution.correlationID == "r" }, "\(name)")
        if name != "undo" { #expect(written.allSatisfy { $0.attribution.causationID == "c" }, "\(name)") }
        await test.ledger.close()
    }

    @Test func migrationsNeedOneToo() async throws {
        let test = try await Self.ledger(byPolicy: true)
        let source = test.folder.file("legacy.sqlite")
        let sql = """
            CREATE TABLE keyv (key VARCHAR(255) PRIMARY KEY, value TEXT);
            INSERT INTO keyv VALUES ('mem:old', '{"value":{"summary":"one"}}')
            """
        try TestDatabase(source, sql).close()
        let head = try await test.ledger.log.head()
        let error = await #expect(throws: EventLogError.self) { _ = try await test.ledger.migrate(from: source) }
        let after = try await test.ledger.log.head()
        #expect(error?.code == .actorRequired && after == head)
        #expect(try await test.ledger.migrate(from: source, by: Self.ada).imported == 1)
        await test.ledger.close()
    }

    @Test func anImportNamesTheLine() async throws {
        let test = try await Self.ledger(byPolicy: true)
        let lines = ["\"actor\":\"eve\",", ""].enumerated().map { index, actor in
            """
            {\(actor)"stream":"mem/i\(index)","version":1,"type":"MemoryAdded",\
            "event_id":"0199c2a8-1c00-7abc-8def-0123456789a\(index)","payload":"CgA="}

            """
        }
        let error = await #expect(throws: EventImportError.self) {
            try await test.ledger.importEvents(AsyncStream(lines.map { Array($0.utf8) }))
        }
        #expect(error?.line == 2 && (error?.underlying as? EventLogError)?.code == .actorRequired)
        #expect(try await test.ledger.get("i0") != nil)
        #expect(try await test.ledger.get("i1") == nil)
        await test.ledger.close()
    }

    /// In force for a process that has the ledger open already, and not after it was taken back.
    @Test func aPolicyHoldsForEverybodyFromTheNextAppendOn() async throws {
        let test = try await TestLedger.open()
        let other = try await test.another()
        try await other.ledger.add("a", MemoryContent())
        try await test.ledger.setPolicy(LedgerPolicyChange(requiresActor: true), by: Self.ada)
        for ledger in [other.ledger, test.ledger] {
            let error = await #expect(throws: EventLogError.self) { try await ledger.add("b", MemoryContent()) }
            #expect(error?.code == .actorRequired)
            #expect(try ledger.policy() == LedgerPolicy(requiresActor: true))
        }
        // One of a group that is refused costs the others nothing.
        async let refused: StreamVersion? = try? await other.ledger.add("c", MemoryContent())
        async let taken = other.ledger.add("d", MemoryContent(), by: Self.ada)
        #expect(await refused == nil)
        #expect(try await taken == 1)
        try await other.ledger.setPolicy(LedgerPolicyChange(requiresActor: false), by: Self.ada)
        try await test.ledger.add("b", MemoryContent())
        try await test.expectRebuildChangesNothing()
        // Its change is evident.
        let changes = try await test.ledger.events().filter { $0.stream == LedgerPolicyChange.stream }
        #expect(changes.map(\.attribution.actor) == ["ada", "ada"])
        #expect(
            try changes.map { try $0.json().object?["data"]?.description } == [
                #"{"require_actor":true}"#, #"{"require_actor":false}"#,
            ])
        await other.ledger.close()
        await test.ledger.close()
    }

    @Test func aPolicyNeedsAnActorAndAChange() async throws {
        let test = try await TestLedger.open()
        let refused = await #expect(throws: EventLogError.self) {
            try await test.ledger.setPolicy(LedgerPolicyChange(requiresActor: true), by: Attribution())
        }
        #expect(refused?.code == .actorRequired)
        let empty = await #expect(throws: MemoryLedgerError.self) {
            try await test.ledger.setPolicy(LedgerPolicyChange(), by: Self.ada)
        }
        #expect(empty?.code == .invalidArgument)
        #expect(try await test.ledger.log.head() == 0)
        await test.ledger.close()
    }

    /// Reads without an actor that waited when a policy came do not keep those of others from being counted.
    @Test func readsThatWaitedAreLeftOut() async throws {
        let test = try await TestLedger.open()
        try await test.ledger.add("a", MemoryContent(), by: Self.ada)
        _ = try await test.ledger.access("a")
        _ = try await test.ledger.access("a", by: Self.ada)
        let other = try await test.another()
        try await other.ledger.setPolicy(LedgerPolicyChange(requiresActor: true), by: Self.ada)
        try await test.ledger.flushReads()
        #expect(try await test.ledger.get("a")?.meta.accessCount == 1)
        await other.ledger.close()
        await test.ledger.close()
    }
}

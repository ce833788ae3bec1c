import EventLog
import SQLiteEventLog
import Testing

@testable import MemoryLedger

/// Goal: a key means the memory that it names exactly, else the one without the namespace's prefix, for every method in
/// the same way; and new keys have no prefix. Method: a migrated native database with `index` and `mem:index`, each
/// method called by each key, and the keys that there are afterwards.
@Suite(.onEveryBackend) struct ResolvingTests {
    private static let value = MemoryContent(summary: "new")

    private func keys(_ reading: some MemoryReading) async throws -> [String] {
        try await reading.list().memories.map(\.key)
    }

    @Test(arguments: [
        ("mem", "mem:a", ["mem:a", "a"]), ("mem", "a", ["a"]), ("mem", "mem:", ["mem:"]), ("mem", "mem", ["mem"]),
        ("mem", "mem:mem:a", ["mem:mem:a", "mem:a", "a"]), ("mem", "memo:a", ["memo:a"]), ("mem", ":a", [":a"]),
        ("mem", "mem::a", ["mem::a", ":a"]), ("mem", "MEM:a", ["MEM:a"]), ("mem", "other:a", ["other:a"]),
        ("mem:project", "mem:project:a", ["mem:project:a", "a"]), ("mem:project", "mem:a", ["mem:a"]),
        ("\u{e9}", "e\u{301}:a", ["e\u{301}:a"]), ("mem", "mem:\u{301}", ["mem:\u{301}", "\u{301}"]),
        ("", ":a", [":a"]),
    ])
    func aKeyMayMean(namespace: String, key: String, meanings: [String]) {
        let memory = MemoryKey(namespace: namespace, key: key)
        #expect(memory.meanings == meanings.map { MemoryKey(namespace: namespace, key: $0) })
        #expect(memory.hasPrefix == (meanings.count > 1))
        for (index, meaning) in memory.meanings.enumerated() {
            #expect(memory.resolved { $0 == meaning } == meaning)
            #expect(index == 0 || memory.meanings[index - 1].withoutPrefix == meaning)
        }
        #expect(memory.withoutPrefixes == memory.meanings.last)
    }

    @Test func aLongKeyIsNotTakenApart() {
        let room = MemoryKey.maximumPrefixedBytes
        #expect(MemoryKey(key: "mem:" + String(repeating: "a", count: room - 4)).meanings.count == 2)
        #expect(MemoryKey(key: "mem:" + String(repeating: "a", count: room - 3)).meanings.count == 1)
    }

    @Test func bothAreReachableAfterAMigration() async throws {
        let test = try await PrefixedSource.ledger([.init(key: "index"), .init(key: "mem:index"), .init(key: "only")])
        let ledger = test.ledger
        for (key, found) in [
            ("index", "index"), ("mem:index", "mem:index"), ("mem:mem:index", "mem:index"), ("mem:only", "only"),
            ("only", "only"), ("mem:none", nil), ("mem:mem:only", "only"),
        ] {
            let memory = MemoryKey(key: key)
            #expect(try await ledger.get(memory)?.key == found, "\(key)")
            #expect(try await ledger.access(memory)?.key == found, "\(key)")
            #expect(try await ledger.traverse(memory)?.meta.id == found, "\(key)")
            #expect(try await KVMemory(ledger).get(key)?.key == found, "\(key)")
            #expect(try await KVMemoryService(ledger).getMemory("mem", key)?.content.summary == found, "\(key)")
            let then = try await ledger.asOf(.position(ledger.log.head()))
            #expect(try await then.get(memory)?.key == found, "\(key)")
        }
        #expect(try await ledger.get("index")?.meta.accessCount == 2)
        #expect(try await ledger.get("mem:index")?.meta.accessCount == 4)
        await ledger.close()
    }

    @Test func commandsTakeTheMemoryThatReadsFind() async throws {
        let test = try await PrefixedSource.ledger([.init(key: "a"), .init(key: "mem:a"), .init(key: "b")])
        let ledger = test.ledger
        let version = try #require(try await ledger.get("mem:b")?.version)
        try await ledger.update("mem:b", MemoryChange(text: "b"), expecting: version)
        try await ledger.update("mem:a", MemoryChange(text: "mem:a"))
        try await ledger.update("a", MemoryChange(text: "a"))
        #expect(try await ledger.all().map(\.content.text) == ["a", "b", "mem:a"])
        try await ledger.setMeta("mem:b", MemoryMetaValues(MemoryMeta(id: "", at: Timestamp(milliseconds: 7))))
        #expect(try await ledger.get("b")?.meta.createdAt == Timestamp(milliseconds: 7))
        await expectError(.alreadyExists) { try await ledger.add("mem:b", Self.value) }
        await expectError(.alreadyExists) { try await ledger.add("mem:a", Self.value) }
        try await ledger.put("mem:b", Self.value)
        try await ledger.put("mem:a", Self.value)
        #expect(try await ledger.all().map(\.content.summary) == ["a", "new", "new"])
        try await ledger.delete("mem:a")
        #expect(try await keys(ledger) == ["a", "b"])
        try await ledger.delete("mem:a")
        try await ledger.add("mem:a", Self.value)
        try await ledger.add("mem:mem:c", Self.value)
        #expect(try await keys(ledger) == ["a", "b", "c"])
        await expectError(.notFound) { try await ledger.delete("mem:none") }
        try await test.expectRebuildChangesNothing()
        await ledger.close()
    }

    @Test func aBatchHasEachMemoryOnce() async throws {
        let test = try await PrefixedSource.ledger([.init(key: "mem:a")])
        let ledger = test.ledger
        await expectError(.invalidArgument) {
            try await ledger.addAll([("b", Self.value), ("mem:b", Self.value)])
        }
        await expectError(.alreadyExists) { try await ledger.addAll([("mem:a", Self.value)]) }
        try await ledger.addAll([("a", Self.value), ("mem:b", Self.value)])
        #expect(try await keys(ledger) == ["a", "b", "mem:a"])
        await ledger.close()
    }

    @Test func aRenameTakesBothKeysForWhatTheyMean() async throws {
        let test = try await PrefixedSource.ledger([.init(key: "a"), .init(key: "mem:t"), .init(key: "x")])
        let ledger = test.ledger
        await expectError(.sameKey) { try await ledger.rename("a", to: "mem:a") }
        await expectError(.sameKey) { try await ledger.rename("mem:a", to: "a") }
        await expectError(.alreadyExists) { try await ledger.rename("x", to: "mem:t") }
        await expectError(.alreadyExists) { try await ledger.rename("x", to: "mem:a") }
        try await ledger.rename("mem:x", to: "mem:y")
        #expect(try await keys(ledger) == ["a", "mem:t", "y"])
        try await ledger.rename("mem:t", to: "t")
        #expect(try await keys(ledger) == ["a", "t", "y"])
        // Its history tells both keys, by each of them.
        for key in ["t", "mem:t"] {
            let history = try await ledger.history(of: MemoryKey(key: key))
            #expect(history.memory == "t" && history.entries.map(\.memory) == ["mem:t", "mem:t"])
        }
        await ledger.close()
    }

    @Test func thePastIsAskedByWhatAKeyMeantThen() async throws {
        let test = try await PrefixedSource.ledger([.init(key: "a"), .init(key: "mem:a")])
        let ledger = test.ledger
        let both = try await ledger.log.head()
        try await ledger.update("a", MemoryChange(text: "of a"))
        try await ledger.delete("mem:a")
        let head = try await ledger.log.head()
        #expect(try await ledger.get("mem:a")?.key == "a")
        #expect(try await ledger.asOf(.position(both)).get("mem:a")?.key == "mem:a")
        #expect(try await ledger.history(of: "mem:a").memory == "a")
        #expect(try await ledger.asOf(.position(both)).history(of: "mem:a").memory == "mem:a")
        #expect(try await ledger.blame("mem:a").memory == "a")
        #expect(try await ledger.asOf(.position(both)).blame("mem:a").memory == "mem:a")
        let diff = try await ledger.diff(DiffQuery(from: .position(both), memory: "mem:a"))
        #expect(diff.differences.map(\.memory) == ["a"])
        // Where nothing holds the key, the first that ever did is what is looked for.
        try await ledger.delete("a")
        #expect(try await ledger.history(of: "mem:a").memory == "mem:a")
        let last = try await ledger.diff(DiffQuery(from: .position(head), memory: "mem:a"))
        #expect(last.differences.map(\.memory) == ["a"])
        #expect(try await ledger.positions(of: "mem:a", limit: 1) == [head])
        await ledger.close()
    }

    @Test func whatAMemoryIsDerivedFromIsWhatTheKeyMeant() async throws {
        let test = try await PrefixedSource.ledger([.init(key: "a"), .init(key: "mem:a")])
        let ledger = test.ledger
        let keys: [MemoryKey] = ["mem:b", "a", "mem:a", "b"]
        try await ledger.add("b", Self.value)
        try await ledger.add("c", Self.value, from: Provenance(derivedFrom: keys))
        #expect(try await ledger.get("c")?.provenance?.derivedFrom == ["b", "a", "mem:a"])
        try await ledger.recordContext("session", memories: [ContextEntry("mem:b", version: 1)])
        let last = try #require(try await ledger.events().last)
        guard case .contextComposed(let entries)? = try EventCatalogue.builtIn.body(of: last) as? AuditEvent else {
            throw MemoryLedgerError(.invalidArgument, "no context")
        }
        #expect(entries.map(\.memory) == ["b"])
        await ledger.close()
    }
}

import EventLog
import EventLogTesting
import Testing

@testable import MemoryLedger

/// Goal: without the master key nothing that finds memories shows anything of a protected namespace, counts it, or
/// fails because of it; with the key all of it is found. Method: one ledger, opened without its key, with another one
/// and with its own; indexes that were made with the key and without it.
@Suite struct LockedSearchTests {
    private static let other: [UInt8] = Array(repeating: 9, count: 32)
    /// What would tell of the namespace `people`.
    private static let secrets = ["ada", "bob", "countess", "builder", "engine", "analyst", "secretterm"]

    /// Memories in the open and of people, all with the word `green`.
    private static func filled() async throws -> TestLedger {
        let test = try await TestLedger.openProtected()
        let ledger = test.ledger
        try await ledger.add(
            "tea",
            MemoryContent(
                summary: "green tea", type: "fact", keywords: ["k"],
                links: [MemoryLink(type: "bug", key: "cup", term: "in", weight: 1)]))
        try await ledger.add("cup", MemoryContent(summary: "a green cup", type: "fact"))
        try await ledger.protect("people")
        let link = MemoryLink(type: "bug", key: "bob", term: "secretterm", weight: 1)
        try await ledger.add(
            .person("ada"),
            MemoryContent(
                summary: "green countess", text: "engine", type: "fact", keywords: ["k"], links: [link]))
        try await ledger.update(.person("ada"), MemoryChange(text: "green analyst"))
        try await ledger.add(.person("bob"), MemoryContent(summary: "green builder", type: "fact"))
        return test
    }

    private static func expectNothing(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) {
        for secret in secrets { #expect(!text.contains(secret), "\(secret)", sourceLocation: sourceLocation) }
    }

    private static func checkLocked(_ reading: some MemoryReading) async throws {
        for filter in [MemoryFilter(), MemoryFilter(type: "fact"), MemoryFilter(status: .active)] {
            let found = try await reading.search(MemorySearch("green", filter))
            #expect(Set(found.memories.map(\.key)) == ["tea", "cup"] && found.total == 2)
            #expect(found.locked == ["people"] && found.next == nil)
        }
        for secret in ["countess", "analyst", "engine", "builder", "ada", "green builder", "count*"] {
            let found = try await reading.search(MemorySearch(secret))
            #expect(found.memories.isEmpty && found.total == 0, "\(secret)")
        }
        var page = MemorySearch("green", limit: 1)
        for left in [true, false] {
            let found = try await reading.search(page)
            #expect(found.memories.count == 1 && found.total == 2 && (found.next != nil) == left)
            page.after = found.next
        }
        let listed = try await reading.list()
        #expect(listed.memories.map(\.key) == ["cup", "tea"] && listed.locked == ["people"])
        var keyworded = MemoryFilter(type: "fact")
        keyworded.anyKeywords = ["k"]
        #expect(try await reading.list(MemoryQuery(keyworded)).memories.map(\.key) == ["tea"])
        #expect(try await reading.outlines(MemoryQuery(keyworded)).memories.map(\.id.key) == ["tea"])
    }

    /// As the old program's second version searches.
    private static func checkCompatibly(_ reading: some MemoryReading) async throws {
        let questions: [CompatibleSearch.Question] = [
            .words("green"), .words("countess green builder"), .keywords("green,engine", all: false),
        ]
        for question in questions {
            let page = try await reading.find(CompatibleSearch(question))
            #expect(Set(page.matches.map(\.key)) == ["mem:tea", "mem:cup"] && page.total == 2)
            let one = try await reading.find(CompatibleSearch(question, limit: 1, offset: 1))
            #expect(one.matches.count == 1 && one.total == 2)
            let people = try await reading.find(CompatibleSearch(question, namespaces: ["people"]))
            #expect(people.matches.isEmpty && people.total == 0)
        }
        #expect(try await reading.find(CompatibleSearch(.keywords("green,countess", all: true))).total == 0)
    }

    private static func checkNamed(_ reading: some MemoryReading, _ code: EventLogError.Code) async throws {
        let people = MemoryFilter(namespace: "people")
        let calls: [() async throws -> Void] = [
            { _ = try await reading.search(MemorySearch("green", people)) },
            { _ = try await reading.list(MemoryQuery(people)) },
            { _ = try await reading.outlines(MemoryQuery(people)) },
            { _ = try await reading.neighbours(of: .person("ada")) },
            { _ = try await reading.walk(from: .person("ada")) },
            { _ = try await reading.path(from: .person("ada"), to: "bob") },
            { _ = try await reading.hubs(in: "people") }, { _ = try await reading.orphans(in: "people") },
            { _ = try await reading.components(in: "people") }, { _ = try await reading.danglingLinks(in: "people") },
        ]
        for call in calls {
            let error = await expectLogError(code) { try await call() }
            expectNothing(error?.message ?? "")
        }
        #expect(try await reading.hubs().hubs.map(\.memory.key) == ["cup"])
        #expect(try await reading.components().total == 1)
    }

    /// - Parameter searched: the index is there before, made with the key.
    @Test(arguments: [true, false]) func withoutTheKey(searched: Bool) async throws {
        let test = try await Self.filled()
        if searched { #expect(try await test.ledger.search(MemorySearch("green")).total == 4) }
        await test.ledger.close()
        for (key, code): ([UInt8]?, EventLogError.Code) in [(nil, .masterKeyMissing), (Self.other, .masterKeyWrong)] {
            let locked = try await TestLedger.openProtected(in: test.folder, key: key)
            try await Self.checkLocked(locked.ledger)
            try await Self.checkCompatibly(locked.ledger)
            try await Self.checkNamed(locked.ledger, code)
            // A memory in the open that comes meanwhile is found, and the others still are not.
            let number = key == nil ? "one" : "two"
            try await locked.ledger.add(MemoryKey(key: "later"), MemoryContent(summary: "later \(number)"))
            #expect(try await locked.ledger.search(MemorySearch(number)).total == 1)
            try await locked.ledger.delete("later")
            await locked.ledger.close()
        }
        let again = try await TestLedger.openProtected(in: test.folder)
        for secret in ["countess", "analyst", "builder"] {
            let found = try await again.ledger.search(MemorySearch(secret))
            #expect(found.memories.map(\.key.namespace) == ["people"] && found.locked == [], "\(secret)")
        }
        #expect(try await again.ledger.search(MemorySearch("green")).total == 4)
        #expect(try await again.ledger.find(CompatibleSearch(.words("green"))).total == 4)
        #expect(try await again.ledger.hubs(in: "people").hubs.map(\.memory.key) == ["bob"])
        await again.ledger.close()
    }

    /// What was protected after it was written is locked in the past, too, and what was said of it then.
    @Test func thePastIsAsLocked() async throws {
        let test = try await TestLedger.openProtected()
        let ledger = test.ledger
        try await ledger.add("tea", MemoryContent(summary: "green tea"))
        try await ledger.add(.person("ada"), MemoryContent(summary: "green countess"))
        try await ledger.add(.person("bob"), MemoryContent(summary: "green builder"))
        let before = try await ledger.log.head()
        try await ledger.protect("people")
        try await ledger.rename(.person("bob"), to: "robert")
        try await ledger.delete(.person("robert"))
        #expect(try await ledger.search(MemorySearch("green")).total == 2)
        await ledger.close()
        let locked = try await TestLedger.openProtected(in: test.folder, key: nil)
        let now = try await locked.ledger.search(MemorySearch("green"))
        #expect(now.memories.map(\.key) == ["tea"] && now.total == 1)
        let past = try await locked.ledger.asOf(.position(before))
        let then = try await past.search(MemorySearch("green"))
        #expect(then.memories.map(\.key) == ["tea"] && then.total == 1 && then.locked == ["people"])
        #expect(try await past.search(MemorySearch("builder")).total == 0)
        #expect(try await past.list().memories.map(\.key) == ["tea"])
        #expect(try await past.query(TableQuery("SELECT key FROM memories")).rows == [["tea"]])
        await expectLogError(.masterKeyMissing) { _ = try await past.neighbours(of: .person("ada")) }
        await locked.ledger.close()
        let again = try await TestLedger.openProtected(in: test.folder)
        #expect(try await again.ledger.asOf(.position(before)).search(MemorySearch("green")).total == 3)
        await again.ledger.close()
    }

    /// Tables of a moment are built without what cannot be read, and answer as those of the present do.
    @Test(arguments: [nil, LockedSearchTests.other]) func aMomentNeedsNoKey(key: [UInt8]?) async throws {
        let test = try await Self.filled()
        let head = try await test.ledger.log.head()
        await test.ledger.close()
        let locked = try await TestLedger.openProtected(in: test.folder, key: key)
        let code: EventLogError.Code = key == nil ? .masterKeyMissing : .masterKeyWrong
        for moment: Moment in [.position(head), .occurred(test.clock.now())] {
            let past = try await locked.ledger.asOf(moment)
            try await Self.checkLocked(past)
            try await Self.checkNamed(past, code)
        }
        await locked.ledger.close()
    }

    /// A page that began with the key goes on without it, and tells no more.
    @Test func aPageGoesOn() async throws {
        let test = try await Self.filled()
        let first = try await test.ledger.search(MemorySearch("green", limit: 1))
        #expect(first.total == 4)
        await test.ledger.close()
        let locked = try await TestLedger.openProtected(in: test.folder, key: nil)
        var search = MemorySearch("green", limit: 1, after: first.next)
        while let after = search.after {
            search.after = after
            let page = try await locked.ledger.search(search)
            #expect(page.memories.allSatisfy { $0.key.namespace == "mem" } && page.total == 2)
            search.after = page.next
        }
        await locked.ledger.close()
    }
}

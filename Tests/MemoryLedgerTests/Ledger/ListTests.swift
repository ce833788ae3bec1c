import EventLog
import Testing

@testable import MemoryLedger

/// Goal: a list has exactly what matches, once, in the order of the bytes, whatever happens between its pages.
/// Method: filters against the same condition in Swift; pages of every size; changes while paging; broken cursors.
@Suite(.onEveryBackend) struct ListTests {
    private static let keys = ["a", "A", "a:b", "a b", "b", "é", "e\u{301}", "z", "中", "🧠", "10", "9", "a\u{a0}"]

    private func fill() async throws -> TestLedger {
        let test = try await TestLedger.open()
        for (index, key) in Self.keys.enumerated() {
            for namespace in ["mem", "mem:project", "Z", "$a"] {
                test.clock.advance(10)
                let id = MemoryKey(namespace: namespace, key: key)
                try await test.ledger.add(
                    id, MemoryContent(domain: "d\(index % 3)", type: index % 2 == 0 ? "bug" : "decision"))
                if index % 4 == 0 { try await test.ledger.setMeta(id, .cold) }
            }
        }
        return test
    }

    @Test func filtersAnswerExactlyWhatMatches() async throws {
        let test = try await fill()
        let all = try await test.ledger.list(MemoryQuery(limit: 1_000)).memories
        #expect(all.count == Self.keys.count * 4)
        let early = Timestamp(milliseconds: Timestamp.start.milliseconds + 100)
        let late = Timestamp(milliseconds: Timestamp.start.milliseconds + 300)
        let cases: [(MemoryQuery, (Memory) -> Bool)] = [
            (MemoryQuery(namespace: "mem"), { $0.namespace == "mem" }),
            (MemoryQuery(namespace: "none"), { _ in false }),
            (MemoryQuery(domain: "d1"), { $0.content.domain == "d1" }),
            (MemoryQuery(type: "bug"), { $0.content.type == "bug" }),
            (MemoryQuery(status: .cold), { $0.meta.status == .cold }),
            (MemoryQuery(status: .deleted), { _ in false }),
            (MemoryQuery(createdFrom: early), { $0.meta.createdAt >= early }),
            (MemoryQuery(createdThrough: early), { $0.meta.createdAt <= early }),
            (
                MemoryQuery(createdFrom: early, createdThrough: late),
                { $0.meta.createdAt >= early && $0.meta.createdAt <= late }
            ),
            (MemoryQuery(createdFrom: late, createdThrough: early), { _ in false }),
            (
                MemoryQuery(namespace: "Z", domain: "d0", type: "bug", status: .active, createdFrom: early),
                {
                    $0.namespace == "Z" && $0.content.domain == "d0" && $0.content.type == "bug"
                        && $0.meta.status == .active && $0.meta.createdAt >= early
                }
            ),
        ]
        for (query, condition) in cases {
            #expect(try await test.ledger.list(query).memories == all.filter(condition), "\(query)")
            #expect(try await pages(test.ledger, query, of: 3) == all.filter(condition), "\(query)")
        }
        await test.ledger.close()
    }

    @Test(arguments: [1, 2, 3, 7, 13, 51, 52, 53, 1_000])
    func pagesOfAnySizeAreTheWholeListInTheOrderOfTheBytes(size: Int) async throws {
        let test = try await fill()
        let ids = try await pages(test.ledger, MemoryQuery(), of: size).map(\.id)
        #expect(ids.count == Self.keys.count * 4)
        for (left, right) in zip(ids, ids.dropFirst()) { #expect(left < right) }
        await test.ledger.close()
    }

    private func pages(_ ledger: MemoryLedger, _ query: MemoryQuery, of size: Int) async throws -> [Memory] {
        var query = query
        query.limit = size
        var memories: [Memory] = []
        repeat {
            let page = try await ledger.list(query)
            #expect(page.memories.count <= size)
            // A page that says that there is more is full, and the next one holds something.
            if page.next != nil { #expect(page.memories.count == size) }
            if query.after != nil { #expect(!page.memories.isEmpty) }
            memories += page.memories
            query.after = page.next
        } while query.after != nil
        return memories
    }

    /// What stays is listed once; what comes or goes behind the cursor does not matter.
    @Test func changesBetweenPagesLoseAndRepeatNothing() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        for index in 10..<30 { try await ledger.add(MemoryKey(key: "k\(index)"), MemoryContent()) }
        let first = try await ledger.list(MemoryQuery(limit: 5))
        #expect(first.memories.map(\.key) == (10..<15).map { "k\($0)" })
        try await ledger.delete("k14")
        try await ledger.rename("k12", to: "k99")
        try await ledger.add("k00", MemoryContent())
        try await ledger.add("k145", MemoryContent())
        try await ledger.delete("k20")
        let rest = try await pages(ledger, MemoryQuery(after: first.next), of: 4).map(\.key)
        #expect(rest == ["k145"] + (15..<30).filter { $0 != 20 }.map { "k\($0)" } + ["k99"])
        await ledger.close()
    }

    @Test func aCursorIsTextForAURL() async throws {
        let test = try await fill()
        var query = MemoryQuery(limit: 1)
        let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        repeat {
            query.after = try await test.ledger.list(query).next
            #expect(query.after?.allSatisfy { plain.contains($0) } ?? true)
        } while query.after != nil
        await test.ledger.close()
    }

    @Test(arguments: [
        "", "x", "!", "bWVt", "W10", "WyJhIl0", "WyJhIiwxXQ", "eyJhIjoxfQ", "W1siYSJdLCJiIl0", "é",
        "WyJhIiwiYiIsImMiXQ", "\0", "%%%",
    ])
    func whatIsNoCursorIsRefused(cursor: String) async throws {
        let test = try await TestLedger.open()
        let error = await expectError(.invalidArgument) { _ = try await test.ledger.list(MemoryQuery(after: cursor)) }
        #expect(error?.message.contains("cursor") == true)
        await test.ledger.close()
    }

    @Test func countedReadsThatWaitAreInTheList() async throws {
        let test = try await fill()
        _ = try await test.ledger.access("a")
        _ = try await test.ledger.access("a")
        _ = try await test.ledger.traverse("b")
        let listed = try await test.ledger.list(MemoryQuery(namespace: "mem")).memories
        #expect(listed.first { $0.key == "a" }?.meta.accessCount == 6)
        #expect(listed.first { $0.key == "b" }?.meta.traverseCount == 6)
        for memory in listed { #expect(try await test.ledger.get(memory.id) == memory) }
        await test.ledger.close()
    }
}

import EventLog
import Testing

@testable import MemoryLedger

/// Goal: the views say what the ledger holds, now and at any moment. Method: a table of queries and answers over a few
/// memories.
@Suite(.onEveryBackend) struct SQLAnswerTests {
    private static func filled() async throws -> TestLedger {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.add(
            "tea",
            MemoryContent(
                domain: "food", summary: "Green", text: "It's \"hot\"", type: "fact", keywords: ["a", "b"],
                links: [MemoryLink(type: "bug", key: "cup", term: "in", weight: 0.5)]),
            from: Provenance(source: .init(.tool, "web"), trust: 70))
        try await ledger.add("cup", MemoryContent(summary: "量子"))
        try await ledger.update("cup", MemoryChange(text: "changed"))
        try await ledger.add(MemoryKey(namespace: "other", key: "x"), MemoryContent(summary: "X"))
        return test
    }

    private static let answers: [(String, [[JSONValue]])] = [
        ("SELECT key FROM memories ORDER BY key", [["cup"], ["tea"], ["x"]]),
        ("SELECT namespace, count(*) FROM memories GROUP BY 1 ORDER BY 1", [["mem", 2], ["other", 1]]),
        // These two are ours.
        (
            "SELECT instr('量子a', '子'), instr(x'010203', x'0203'), instr('abc', ''), instr('', 'a'), instr(NULL, 'a'), "
                + "instr(12345, 34), instr(x'e9', 'a'), instr('aab', 'ab')",
            [[2, 2, 1, 0, .null, 3, 0, 2]]
        ),
        (
            "SELECT replace('aaa', 'a', 'bb'), replace('abc', '', 'x'), replace(NULL, 'a', 'b'), replace('量子量', '量', ''), "
                + "replace('a', 'a', ''), replace(1213, 1, 'x'), replace('ababa', 'aba', 'c')",
            [["bbbbbb", "abc", .null, "子", "", "x2x3", "cba"]]
        ),
        ("SELECT count(*) FROM memories", [[3]]), ("SELECT count(*) FROM memory_links", [[1]]),
        ("SELECT count(*) FROM namespaces", [[2]]), ("SELECT count(*) > 2 FROM namespace_events", [[1]]),
        (
            "SELECT domain, summary, text, type, keywords, source, trust, version, status FROM memories WHERE key = 'tea'",
            [["food", "Green", "It's \"hot\"", "fact", "[\"a\",\"b\"]", "tool:web", 70, 1, "active"]]
        ),
        ("SELECT version, text, source, trust FROM memories WHERE key = 'cup'", [[2, "changed", .null, .null]]),
        ("SELECT in_degree, out_degree FROM memories WHERE key IN ('cup', 'tea') ORDER BY key", [[1, 0], [0, 1]]),
        ("SELECT * FROM memory_links", [["mem", "tea", "cup", "bug", "in", 0.5]]),
        (
            "SELECT m.summary FROM memory_links l JOIN memories m ON m.namespace = l.namespace AND m.key = l.to_key",
            [["量子"]]
        ),
        ("SELECT * FROM namespaces ORDER BY namespace", [["mem", 2, 1, 0], ["other", 1, 0, 0]]),
        (
            "SELECT type, events FROM namespace_events WHERE namespace = 'mem' ORDER BY type",
            [["MemoryAdded", 2], ["MemoryUpdated", 1]]
        ),
        ("SELECT j.value FROM memories m, json_each(m.keywords) j WHERE m.key = 'tea' ORDER BY 1", [["a"], ["b"]]),
        ("SELECT json_extract(links, '$[0].key') FROM memories WHERE key = 'tea'", [["cup"]]),
        ("SELECT count(*) FROM json_tree('{\"a\":[1,2]}')", [[4]]),
        ("SELECT count(*) FROM JSON_EACH('[1,2]')", [[2]]), ("SELECT count(*) FROM Memories", [[3]]),
        ("SELECT count(*) FROM TEMP.\"MEMORIES\" m, temp.namespaces", [[6]]),
        ("SELECT count(*) FROM (SELECT 1)", [[1]]),
        ("WITH own AS (SELECT 1 UNION SELECT 2) SELECT count(*) FROM OWN", [[2]]),
        ("SELECT 1 FROM memories a, memory_links b, namespaces c LIMIT 1", [[1]]),
        ("SELECT summary FROM temp.memories WHERE key = 'x'", [["X"]]),
        ("SELECT length(summary), upper(key) FROM memories WHERE key = 'cup'", [[2, "CUP"]]),
        ("SELECT max(created_at) - min(created_at) FROM memories", [[0]]),
        (
            "SELECT row_number() OVER (ORDER BY key), key FROM memories WHERE namespace = 'mem'",
            [[1, "cup"], [2, "tea"]]
        ),
        (
            "WITH RECURSIVE way(key) AS (SELECT 'tea' UNION SELECT to_key FROM memory_links JOIN way ON from_key = way.key) "
                + "SELECT key FROM way", [["tea"], ["cup"]]
        ),
        ("SELECT 1, 1.5, 'a', x'00ff', NULL, 1e999, -1e999", [[1, 1.5, "a", "00ff", .null, "inf", "-inf"]]),
        ("SELECT 9223372036854775807, -9223372036854775808", [[JSONValue(Int64.max), JSONValue(Int64.min)]]),
        ("SELECT ?1, :name", [[.null, .null]]), ("SELECT ''", [[""]]), ("SELECT x''", [[""]]),
        ("SELECT key FROM memories WHERE 0", []), ("SELECT 'a' || char(0) || 'b'", [["a\u{0}b"]]),
        ("SELECT CAST(x'ff61' AS TEXT)", [["\u{fffd}a"]]),
    ]

    @Test func whatIsAnswered() async throws {
        let test = try await Self.filled()
        for (text, rows) in Self.answers {
            let found = try await test.ledger.query(TableQuery(text))
            #expect(found.rows == rows && !found.hasMore && found.locked == [], "\(text)")
        }
        await test.ledger.close()
    }

    @Test func columnsAreNamed() async throws {
        let test = try await Self.filled()
        for (view, columns) in TableQuery.columns {
            let found = try await test.ledger.query(TableQuery("SELECT * FROM \(view)"))
            #expect(found.columns == columns, "\(view)")
        }
        let named = try await test.ledger.query(TableQuery("SELECT key AS \"a \"\"b\"\"\", key, 1+1 FROM memories"))
        #expect(named.columns == ["a \"b\"", "key", "1+1"])
        await test.ledger.close()
    }

    @Test func moments() async throws {
        let test = try await Self.filled()
        let ledger = test.ledger
        let head = try await ledger.log.head()
        try await ledger.rename("tea", to: "matcha")
        try await ledger.delete("cup")
        let text = "SELECT namespace, key, text, version FROM memories ORDER BY 1, 2"
        let now = try await ledger.query(TableQuery(text)).rows
        #expect(now.map { $0[1] } == ["matcha", "x"])
        let moments: [(Position, [[JSONValue]])] = [
            (0, []), (1, [["mem", "tea", "It's \"hot\"", 1]]),
            (2, [["mem", "cup", "", 1], ["mem", "tea", "It's \"hot\"", 1]]),
            (head, [["mem", "cup", "changed", 2], ["mem", "tea", "It's \"hot\"", 1], ["other", "x", "", 1]]),
        ]
        for (position, rows) in moments where position > 0 {
            let view = try await ledger.asOf(.position(position))
            #expect(try await view.query(TableQuery(text)).rows == rows, "\(position)")
            // What a table is called stays unreadable there, too.
            await expectError(.invalidQuery) { _ = try await view.query(TableQuery("SELECT * FROM main.memories")) }
            await expectError(.invalidQuery) { _ = try await view.query(TableQuery("DELETE FROM main.memories")) }
        }
        await ledger.close()
    }

    /// Each has views and a sandbox of its own.
    @Test func manyAtOnce() async throws {
        let test = try await Self.filled()
        let ledger = test.ledger
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<20 {
                group.addTask {
                    if number.isMultiple(of: 3) {
                        await expectError(.invalidQuery) {
                            _ = try await ledger.query(TableQuery("SELECT * FROM main.memories"))
                        }
                    } else if number.isMultiple(of: 5) {
                        try await ledger.add(MemoryKey(namespace: "more", key: "k\(number)"), MemoryContent())
                    } else {
                        let found = try await ledger.query(
                            TableQuery("SELECT key, \(number) FROM memories WHERE namespace = 'other'"))
                        #expect(found.rows == [["x", JSONValue(number)]])
                    }
                }
            }
            try await group.waitForAll()
        }
        await ledger.close()
    }
}

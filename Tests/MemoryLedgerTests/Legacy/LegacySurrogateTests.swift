import EventLog
import Foundation
import Testing

@testable import MemoryLedger

/// Goal: a text that JavaScript cut inside a character is imported, the half visibly replaced and the field named, and
/// nothing else is lost with it. Method: halves at every place of a value; both readings of real databases.
@Suite struct LegacySurrogateTests {
    private static let whole = #"\ud83e\udde0"#
    private static let half = #"\ud83d"#

    @Test(
        arguments: [
            (#""text":"a\ud83d""#, ["text"]), (#""summary":"\ude00b""#, ["summary"]),
            (#""keywords":["ok","\ud83d"]"#, ["keywords[1]"]),
            (
                #""links":[{"type":"bug","key":"k\ud83d","term":"\ude00","weight":1},{"type":"\ud83d","term":""}]"#,
                ["links[0].key", "links[0].term", "links[1].type"]
            ),
            (#""odd":{"a":[{"b":"\ud83d"}]}"#, ["odd.a[0].b"]), (#""n\ud83d":1"#, ["value"]),
            (#""text":"\ud83e\udde0""#, []), (#""text":"\\ud83d""#, []),
        ] as [(String, [String])])
    func namesTheFields(members: String, fields: [String]) throws {
        let memory = LegacyMapping().interpret(.keyv("mem:k", "{\"value\":{\(members)}}")).memory
        #expect(try #require(memory).repaired == fields)
    }

    @Test(
        arguments: [
            (#"a\ud83db"#, "a\u{fffd}b"), (#"\ud83d\ud83e\udde0"#, "\u{fffd}\u{1f9e0}"),
            (#"\ud83dA"#, "\u{fffd}A"), (#"\ud83d\n"#, "\u{fffd}\n"), (#"\ude00\ud83d"#, "\u{fffd}\u{fffd}"),
            (#"\uD83D\u0041"#, "\u{fffd}A"),
        ] as [(String, String)])
    func replacesEachHalf(text: String, expected: String) throws {
        let (value, repaired) = try JSONParser.parseRepairing(Array("\"\(text)\"".utf8))
        #expect(value == .string(expected) && repaired == [""])
    }

    @Test func strictReadingRefusesHalves() {
        #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(Array(#""\ud83d""#.utf8)) }
    }

    @Test func oneBadElementEmptiesNoList() throws {
        let value = #"{"value":{"keywords":["a",7,"b\ud83d"],"links":[5,{"type":"bug","key":"k","term":"t"}]}}"#
        let content = try #require(LegacyMapping().interpret(.keyv("mem:k", value)).memory).content
        #expect(content.keywords == ["a", "b\u{fffd}"] && content.links.map(\.key) == ["k"])
        #expect(JSONValue.object(content.extra).description == #"{"keywords":[7],"links":[5]}"#)
    }

    private static let keyv = #"""
        CREATE TABLE keyv (key VARCHAR(255) PRIMARY KEY, value TEXT);
        INSERT INTO keyv VALUES ('mem:a', '{"value":{"summary":"cut \ud83d","text":"\ude00 \ud83d\ude00","keywords":["x","\ud83d"],
            "links":[{"type":"bug","key":"b\ud83d","term":"t","weight":1}],"odd\ud83d":"\ud83d"}}'),
            ('mem:b', '{"value":{"summary":"whole \ud83d\ude00"}}');
        """#
    private static let native = #"""
        CREATE TABLE memories (key TEXT, namespace TEXT, domain TEXT, summary TEXT, text TEXT, type TEXT,
            keywords TEXT, meta TEXT, links TEXT, created_at INTEGER, PRIMARY KEY (namespace, key));
        INSERT INTO memories VALUES ('a', 'mem', 'd', 's', 't', 'y', '["x","\ud83d"]', '{}',
            '[{"type":"bug","key":"b","term":"\ude00","weight":1}]', 1700000000);
        """#

    /// The second reading sees the halves by SQLite, and what differs besides them.
    @Test(arguments: [
        (keyv, ["summary", "text", "keywords[1]", "links[0].key", "odd\u{fffd}", "value"]),
        (native, ["keywords[1]", "links[0].term"]),
    ])
    func isImportedReportedAndVerified(sql: String, fields: [String]) async throws {
        let test = try await TestLedger.open()
        let path = test.folder.file("kv.db")
        try TestDatabase(path, sql).close()
        let report = try await test.ledger.migrate(from: path)
        #expect(report.quarantined == 0 && report.verified.different.isEmpty && !report.needsAttention)
        #expect(report.verified.equal == report.rows)
        #expect(Set(report.repaired.map(\.field)) == Set(fields))
        #expect(report.repaired.allSatisfy { $0.namespace == "mem" && $0.key == "a" })
        let rows = try await test.ledger.events(EventFilter(types: [MemoryEvent.Name.legacyRowImported]))
        #expect(rows.contains { String(decoding: $0.payload, as: UTF8.self).contains(Self.half) })
        let source = try LegacySource(path: path)
        defer { source.database.close() }
        let expectation = try #require(try LegacySecondReading(source).next()?.expectation)
        var memory = try #require(try await test.ledger.get("a"))
        #expect(expectation.differences(from: memory).isEmpty)
        memory.content.keywords[1] += "\u{fffd}"
        #expect(expectation.differences(from: memory) == ["keywords"])
        try await test.expectRebuildChangesNothing()
        await test.ledger.close()
    }
}

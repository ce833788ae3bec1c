import EventLog
import Foundation
import LedgerStorage
import Testing

@testable import MemoryLedger

/// Goal: the tables tell for every position which texts stood there, and which memories a status hid.
/// Method: a ledger of random commands; the texts that stood at some positions, by the spans at its end, against the
/// memories of views of these positions. Statuses by hand.
@Suite(.onEveryBackend) struct TextSpanTests {
    private static let seeds: [UInt64] = [
        3,
        ProcessInfo.processInfo.environment["MEMLEDGER_SEED"].flatMap { UInt64($0) } ?? .random(in: 100 ... .max),
    ]

    private static let columns = "namespace, key, domain, summary, text, type, keywords"

    /// The texts in the memories of these tables.
    private static func texts(_ sqlite: SQLiteConnection) throws -> [String] {
        try rows("SELECT \(columns) FROM memories ORDER BY namespace, key", sqlite)
    }

    /// The texts that the spans say stood at a position.
    private static func texts(standingAt position: Position, _ sqlite: SQLiteConnection) throws -> [String] {
        try rows(
            """
            SELECT \(columns) FROM memories LEFT JOIN standing_texts ON memory = id WHERE ifnull(began, id) <= \(position)
            UNION ALL SELECT \(columns) FROM ended_texts WHERE began <= \(position) AND ended > \(position)
            ORDER BY namespace, key
            """, sqlite)
    }

    private static func rows(_ sql: String, _ sqlite: SQLiteConnection) throws -> [String] {
        let row = try sqlite.statement(sql)
        defer { row.reset() }
        var found: [String] = []
        while try row.step() { found.append((0..<7).map { row.text($0) }.joined(separator: "|")) }
        return found
    }

    @Test(arguments: seeds)
    func everyPositionHasTheTextsThatStoodThere(seed: UInt64) async throws {
        print("MEMLEDGER_SEED=\(seed)")
        let test = try await RandomLedger.make(seed: seed, events: 800)
        let ledger = test.ledger
        let head = try await ledger.log.head()
        var random = SeededGenerator(seed: seed)
        for position in [1, head] + (0..<25).map({ _ in Position.random(in: 1...head, using: &random) }) {
            let expected = try await ledger.asOf(.position(position)).readTables { try Self.texts($0) }
            let found = try await ledger.readTables { try Self.texts(standingAt: position, $0) }
            #expect(found == expected, "seed \(seed), position \(position)")
        }
        try await test.expectRebuildChangesNothing("seed \(seed)")
        await ledger.close()
    }

    @Test func aTextThatDidNotChangeIsKeptOnce() async throws {
        let test = try await TestLedger.open()
        let tea = MemoryKey(key: "tea")
        try await test.ledger.add(tea, MemoryContent(summary: "Green", text: "Likes it"))
        try await test.ledger.link(tea, MemoryLink(type: "design", key: "cup", term: "t"))
        try await test.ledger.update(tea, MemoryChange(links: []))
        _ = try await test.ledger.access(tea)
        try await test.ledger.flushReads()
        let counts = { (sqlite: SQLiteConnection) in
            try ["ended_texts", "standing_texts"].map { try sqlite.integer("SELECT count(*) FROM \($0)") }
        }
        #expect(try await test.ledger.readTables(counts) == [0, 0])
        try await test.ledger.update(tea, MemoryChange(summary: "Black"))
        #expect(try await test.ledger.readTables(counts) == [1, 1])
        try await test.ledger.delete(tea)
        #expect(try await test.ledger.readTables(counts) == [2, 0])
        await test.ledger.close()
    }

    @Test func onlyAStatusThatIsSetHereHides() async throws {
        let test = try await TestLedger.open()
        let tea = MemoryKey(key: "tea")
        try await test.ledger.add(tea, MemoryContent(summary: "Green"))
        let hidden = { (sqlite: SQLiteConnection) in
            try ["hidden_memories", "ended_hidings"].map { try sqlite.integer("SELECT count(*) FROM \($0)") }
        }
        try await test.ledger.setMeta(tea, .cold)
        #expect(try await test.ledger.readTables(hidden) == [1, 0])
        try await test.ledger.setMeta(tea, .cold)
        #expect(try await test.ledger.readTables(hidden) == [1, 0])
        var active = MemoryMetaValues.cold
        active.status = .active
        try await test.ledger.setMeta(tea, active)
        #expect(try await test.ledger.readTables(hidden) == [0, 1])
        try await test.ledger.setMeta(tea, .cold)
        try await test.ledger.delete(tea)
        let deletion = try await test.ledger.log.read(EventQuery(direction: .backwards, limit: 1)).events[0]
        // What is put back is hidden as it was.
        try await test.ledger.undo(test.ledger.planUndo(.events([deletion.id])))
        #expect(try await test.ledger.readTables(hidden) == [2, 1])
        try await test.expectRebuildChangesNothing()
        await test.ledger.close()
    }
}

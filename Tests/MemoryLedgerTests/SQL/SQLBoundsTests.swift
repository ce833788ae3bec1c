import EventLog
import LedgerStorage
import Testing

@testable import MemoryLedger

/// Goal: what a query may cost is bounded, and who asks for more is told. Method: endless and huge queries.
@Suite struct SQLBoundsTests {
    /// 1, 2, 3, and so on.
    private static func numbers(_ count: Int? = nil) -> String {
        let end = count.map { " WHERE x < \($0)" } ?? ""
        return "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c\(end))"
    }

    /// A second is the least that can be asked for.
    @Test(
        .timeLimit(.minutes(5)),
        arguments: [
            "\(numbers()) SELECT count(*) FROM c", "\(numbers()) SELECT x FROM c WHERE x < 0",
            // Each step takes long.
            "\(numbers()) SELECT sum(length(hex(randomblob(4000000)))) FROM c",
        ])
    func whatDoesNotEndIsEnded(text: String) async throws {
        let ledger = try await MemoryLedger.inMemory()
        let error = await expectError(.invalidQuery) {
            _ = try await ledger.query(TableQuery(text, seconds: 1))
        }
        #expect(error?.message.contains("ended after 1 s") == true)
        #expect(try await ledger.query(TableQuery("SELECT 1")).rows == [[1]])
        await ledger.close()
    }

    /// While a function runs nothing can be ended: SQLite's own would take hours for these.
    @Test(
        .timeLimit(.minutes(5)),
        arguments: [
            "SELECT instr(hex(zeroblob(15000000)), hex(zeroblob(7000000)) || '1')",
            "SELECT length(replace(hex(zeroblob(15000000)), hex(zeroblob(7000000)) || '1', '')) - 30000000",
        ])
    func longTextsAreSearchedInTime(text: String) async throws {
        let ledger = try await MemoryLedger.inMemory()
        #expect(try await ledger.query(TableQuery(text)).rows == [[0]])
        await ledger.close()
    }

    @Test(arguments: [
        "SELECT replace(hex(zeroblob(10000000)), '0', '0000')", "SELECT 'a' LIKE '%' || hex(zeroblob(600))",
    ])
    func whatWouldBeTooLongIsRefused(text: String) async throws {
        let ledger = try await MemoryLedger.inMemory()
        await expectError(.invalidQuery) { _ = try await ledger.query(TableQuery(text)) }
        await ledger.close()
    }

    /// A short statement is looked after, too: each of its instructions may take long.
    @Test func whatIsShortIsEndedInTime() async throws {
        let ledger = try await MemoryLedger.inMemory()
        try ledger.parts.tables.read { sqlite in
            for ends in [true, false] {
                let sandbox = try StatementGuard(readers: [], views: [], on: sqlite) { ends }
                var sum: Int64?
                let run = {
                    try sandbox.run(on: sqlite, maximumBytes: 1_000, maximumHeapBytes: 1 << 20) {
                        let row = try SQLiteStatement(
                            connection: sqlite.handle, sql: "\(Self.numbers(100)) SELECT sum(length(hex(x'00'))) FROM c"
                        )
                        if try row.step() { sum = row.int64(0) }
                    }
                }
                if ends { #expect(throws: SQLiteFailure.self) { try run() } } else { try run() }
                #expect(sum == (ends ? nil : 200))
            }
        }
        await ledger.close()
    }

    @Test(.timeLimit(.minutes(5))) func whoeverIsCancelledWaitsNoLonger() async throws {
        let ledger = try await MemoryLedger.inMemory()
        let query = TableQuery("\(Self.numbers()) SELECT count(*) FROM c", seconds: TableQuery.secondsRange.upperBound)
        let task = Task { try await ledger.query(query) }
        task.cancel()
        await #expect(throws: CancellationError.self) { _ = try await task.value }
        await ledger.close()
    }

    @Test(arguments: [(1, 1), (1, 2), (2, 2), (2, 3), (3, 3), (4, 3), (100_000, 3), (10, 0)])
    func rowsAreCounted(limit: Int, rows: Int) async throws {
        let ledger = try await MemoryLedger.inMemory()
        let found = try await ledger.query(
            TableQuery("\(Self.numbers(5)) SELECT x FROM c WHERE x <= \(rows)", limit: limit))
        #expect(found.rows == (0..<min(limit, rows)).map { [JSONValue($0 + 1)] })
        #expect(found.hasMore == (rows > limit))
        await ledger.close()
    }

    @Test func limitsOutOfBoundsAreRefused() async throws {
        let ledger = try await MemoryLedger.inMemory()
        for (limit, seconds) in [(0, 1), (-1, 1), (100_001, 1), (1, 0), (1, -1), (1, 301), (.max, .max), (.min, .min)] {
            await expectError(.invalidArgument, "\(limit), \(seconds)") {
                _ = try await ledger.query(TableQuery("SELECT 1", limit: limit, seconds: seconds))
            }
        }
        await ledger.close()
    }

    /// One value, one row, and all rows together have a bound.
    @Test(arguments: [
        "SELECT randomblob(70000000)", "SELECT zeroblob(1000000000)", "SELECT hex(zeroblob(40000000))",
        "SELECT length(zeroblob(2000000000))",
        "SELECT replace(hex(zeroblob(100000)), '0', hex(zeroblob(1000)))",
        "\(numbers(100)) SELECT group_concat(hex(zeroblob(1000000))) FROM c",
        "\(numbers(100)) SELECT json_group_array(hex(zeroblob(1000000))) FROM c",
        // Bytes are twice as many digits.
        "SELECT zeroblob(34000000)", "SELECT 1, zeroblob(20000000), zeroblob(20000000)",
        "SELECT x, x, x FROM (SELECT hex(zeroblob(15000000)) AS x)",
    ])
    func whatIsHugeIsRefused(text: String) async throws {
        let ledger = try await MemoryLedger.inMemory()
        let error = await expectError(.invalidQuery) { _ = try await ledger.query(TableQuery(text)) }
        #expect(error?.message.contains("too big") == true, "\(error?.message ?? "")")
        #expect(try await ledger.query(TableQuery("SELECT 1")).rows == [[1]])
        await ledger.close()
    }

    @Test(arguments: ["hex(zeroblob(500000))", "x, hex(zeroblob(250000)), zeroblob(10), hex(zeroblob(250000)), NULL"])
    func manyRowsEndWithinTheBound(columns: String) async throws {
        let ledger = try await MemoryLedger.inMemory()
        let found = try await ledger.query(TableQuery("\(Self.numbers(100)) SELECT \(columns) FROM c"))
        let bytes = found.rows.joined().reduce(0) { $0 + ($1.string?.utf8.count ?? 0) }
        #expect(found.hasMore && bytes <= TableQuery.maximumAnswerBytes)
        #expect(bytes > TableQuery.maximumAnswerBytes - 2_000_000)
        await ledger.close()
    }

    /// A memory's longest text can be read whole.
    @Test func theLongestTextIsRead() async throws {
        let ledger = try await MemoryLedger.inMemory()
        let text = String(repeating: "x", count: MemoryLimits.standard.textBytes)
        try await ledger.add(MemoryKey(key: "long"), MemoryContent(text: text))
        let rows = try await ledger.query(TableQuery("SELECT text, length(text) FROM memories")).rows
        #expect(rows.count == 1 && rows[0][0].string?.utf8.count == text.utf8.count)
        #expect(rows[0][1] == JSONValue(text.utf8.count))
        await ledger.close()
    }
}

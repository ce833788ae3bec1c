import EmbeddedLedger
import EventLog
import LedgerStorage
import Projections
import SQLiteEventLog
import Testing

import class EventLogTesting.FixedClock

@testable import MemoryLedger

/// Goal: an explanation shows exactly the rows that an event touched. Method: single events; then a whole log, whose
/// explanations, applied one after the other to empty tables, give the tables that serve.
@Suite(.onEveryBackend) struct ExplainTests {
    @Test func aNewMemory() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.add("a", MemoryContent(summary: "s", links: [MemoryLink(type: "t", key: "b", term: "x")]))
        try await ledger.add("b", MemoryContent())
        let first = try await ledger.explain(.position(1))
        #expect(first.projections.map(\.name) == MemoryProjector().projections.map(\.name))
        #expect(first.projections.allSatisfy { $0.isComplete })
        #expect(first.projections[0].tables.map(\.name) == ["memories"])
        #expect(first.projections[1].tables.map(\.name) == ["memory_links", "link_targets"])
        let json = try first.json()
        #expect(json["event"]?["type"] == "MemoryAdded" && json["event"]?["data"]?["summary"] == "s")
        // The second one takes the place of the dangling target.
        let id = try #require(try await ledger.log.event(at: 2)).id
        let second = try await ledger.explain(.event(id)).projections.flatMap(\.tables)
        let target = try #require(second.first { $0.name == "link_targets" })
        #expect(target.rows.count == 1 && target.rows[0].after == nil && target.rows[0].before != nil)
        await ledger.close()
    }

    @Test func theExplanationsOfALogMakeItsTables() async throws {
        let test = try await TestLedger.open()
        try await EveryEvent.write(test)
        let ledger = test.ledger
        try await ledger.delete("a")
        try await ledger.undo(ledger.planUndo(.matching(UndoFilter(since: .position(ledger.log.head() - 1)))))
        var tables: [String: Set<[ColumnValue]>] = [:]
        for position in 1...(try await ledger.log.head()) {
            for table in try await ledger.explain(.position(position)).projections.flatMap(\.tables) {
                for row in table.rows {
                    if let before = row.before {
                        #expect(tables[table.name]?.remove(before) != nil, "\(table.name) at \(position): \(before)")
                    }
                    if let after = row.after { tables[table.name, default: []].insert(after) }
                }
            }
        }
        for table in MemoryProjector().schema.tableNames {
            let stored = try ledger.tables.read { try rows(of: table, $0) }
            #expect(tables[table] ?? [] == stored, "\(table)")
        }
        await ledger.close()
    }

    private func rows(of table: String, _ sqlite: SQLiteConnection) throws -> Set<[ColumnValue]> {
        let info = try sqlite.statement("SELECT name FROM pragma_table_info(?)")
        info.bind(1, table)
        var columns: [String] = []
        while try info.step() { columns.append(info.text(0)) }
        info.reset()
        let rows = try sqlite.statement("SELECT \(columns.joined(separator: ", ")) FROM \(table)")
        defer { rows.reset() }
        var found: Set<[ColumnValue]> = []
        while try rows.step() {
            found.insert(
                columns.indices.map { index in
                    let column = Int32(index)
                    // SQLite's numbers of its types: 1 integer, 2 real, 3 text, 4 blob.
                    return switch rows.type(column) {
                    case 1: .integer(rows.int64(column))
                    case 2: .real(rows.double(column))
                    case 3: .text(rows.text(column))
                    case 4: .blob(Array(rows.bytes(column)))
                    default: .null
                    }
                })
        }
        return found
    }

    @Test func whatIsNoEventIsRefused() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.add("a", MemoryContent())
        await expectLogError(.unknownMoment) { _ = try await ledger.explain(.position(2)) }
        await expectError(.invalidArgument) { _ = try await ledger.explain(.time(test.clock.now())) }
        await ledger.close()
    }
}

import EmbeddedLedger
import EventLog
import Foundation
import LedgerStorage
import Projections
import SQLiteEventLog
import Testing

@testable import MemoryLedger

/// Goal: a projection's tables may be of any kind that SQLite knows; what rebuilds, goes back, compares, explains,
/// shows the past, backs up and checks out treats virtual tables and generated columns as it treats all others.
/// Method: a projector that has all of them; after each of these the indexes are searched, checked by SQLite, and
/// written to.
@Suite struct VirtualTableTests {
    private static let searched = ["title_search", "title_copies", "title_words"]

    private static func ledger(
        _ change: (inout MemoryLedgerOptions) -> Void = { _ in }
    ) async throws -> TestLedger {
        let test = try await TestLedger.open {
            $0.projectors = [TitleProjector()]
            change(&$0)
        }
        for (key, summary) in [("a", "green tea"), ("b", "black tea"), ("c", "coffee")] {
            try await test.ledger.add(MemoryKey(key: key), MemoryContent(summary: summary))
        }
        try await test.ledger.update("b", MemoryChange(summary: "black coffee"))
        try await test.ledger.delete("a")
        return test
    }

    /// The rows that each index finds.
    private static func found(_ word: String, _ sqlite: SQLiteConnection) throws -> [[Int64]] {
        try searched.map { table in
            let find = try sqlite.statement("SELECT rowid FROM \(table) WHERE \(table) MATCH ? ORDER BY rowid")
            find.bind(1, word)
            defer { find.reset() }
            var rows: [Int64] = []
            while try find.step() { rows.append(find.int64(0)) }
            return rows
        }
    }

    private static let coffee: [[Int64]] = Array(repeating: [2, 3], count: 3)

    /// The indexes find what the table says, SQLite finds them whole, and they follow the next events.
    private static func expectWhole(_ test: TestLedger) async throws {
        let ledger = test.ledger
        #expect(try await ledger.readTables { try found("coffee", $0) } == coffee)
        #expect(try await ledger.readTables { try found("tea", $0) } == [[], [], []])
        try ledger.log.inFile.file.withWriterLock { sqlite in
            for table in searched {
                try sqlite.execute("INSERT INTO \(table) (\(table), rank) VALUES ('integrity-check', 1)")
            }
        }
        let bytes = try await ledger.readTables { sqlite in
            try sqlite.integer(
                "SELECT bytes FROM titles INDEXED BY idx_titles_upper WHERE upper_title = 'COFFEE' AND "
                    + "lower_title = 'coffee'")
        }
        #expect(bytes == 6)
        let longer = try await ledger.readTables {
            try $0.integer("SELECT count(*) FROM titles INDEXED BY idx_titles_bytes WHERE bytes > 6")
        }
        #expect(longer == 1)
        let key = MemoryKey(key: "d\(try await ledger.log.head())")
        try await ledger.add(key, MemoryContent(summary: "oolong"))
        let added = try await ledger.log.head()
        #expect(try await ledger.readTables { try found("oolong", $0) } == Array(repeating: [added], count: 3))
        try await ledger.delete(key)
        #expect(try await ledger.readTables { try found("oolong", $0) } == [[], [], []])
    }

    @Test func rebuildsTakeThemOver() async throws {
        let test = try await Self.ledger()
        try await Self.expectWhole(test)
        for _ in 1...2 {
            try await test.expectRebuildChangesNothing()
            try await Self.expectWhole(test)
        }
        #expect(try await test.ledger.verifyProjections().isEqual)
        await test.ledger.close()
        let again = try await test.reopened { $0.projectors = [TitleProjector()] }
        try await Self.expectWhole(again)
        await again.ledger.close()
    }

    @Test func oneGoesBackAndForthBetweenGenerations() async throws {
        let test = try await Self.ledger()
        try await test.ledger.rebuild()
        let formerCount = try test.ledger.tables.read {
            try $0.integer("SELECT count(*) FROM sqlite_master WHERE name LIKE 'former_title%' AND type = 'table'")
        }
        let own = TitleProjector().schema.allTableNames
        #expect(Int(formerCount ?? 0) == own.count && own.count == 17)
        for _ in 1...2 {
            let digest = try await test.ledger.digest()
            try await test.ledger.rollBack()
            #expect(try await test.ledger.digest().tables == digest.tables)
            try await Self.expectWhole(test)
            try await test.ledger.rollBack()
            try await Self.expectWhole(test)
            try await test.ledger.rebuild()
        }
        _ = try await test.ledger.forgetFormerGenerations()
        #expect(try test.ledger.tables.read { sqlite in try own.allSatisfy { try !sqlite.hasTable("former_\($0)") } })
        try await Self.expectWhole(test)
        await test.ledger.close()
    }

    @Test func aDifferenceIsShownByWhatTheyAreDigestedBy() async throws {
        let test = try await Self.ledger()
        let digest = try await test.ledger.digest()
        try test.ledger.log.inFile.file.withWriterLock { sqlite in
            try sqlite.execute("DELETE FROM title_copies WHERE rowid = 2")
            try sqlite.execute("UPDATE title_copies SET title = 'cocoa' WHERE rowid = 3")
        }
        let error = await expectLogError(.digestMismatch) { try await test.ledger.rebuild() }
        let table = try #require(error?.difference?.tables.first)
        #expect(error?.difference?.tables.count == 1 && table.table == "title_copies")
        #expect((table.changed, table.missing, table.surplus) == (1, 1, 0))
        #expect(table.rows.map(\.key) == [[.init(column: "rowid", value: "2")], [.init(column: "rowid", value: "3")]])
        try await test.ledger.rebuild(onDifference: .replace)
        #expect(try await test.ledger.digest() == digest)
        try await Self.expectWhole(test)
        await test.ledger.close()
    }

    @Test func explanationsShowTheirRows() async throws {
        let test = try await Self.ledger()
        func titles(_ position: Position) async throws -> EventExplanation.Projection? {
            try await test.ledger.explain(.position(position)).projections.first { $0.name == "titles" }
        }
        let update = try #require(try await titles(4))
        #expect(update.isComplete)
        #expect(update.tables.map(\.name) == ["titles", "title_search", "title_copies"])
        let copies = try #require(update.tables.last)
        #expect(copies.columns == ["rowid", "title"])
        #expect(copies.rows.map(\.before) == [[.integer(2), .text("black tea")]])
        #expect(copies.rows.map(\.after) == [[.integer(2), .text("black coffee")]])
        let deletion = try #require(try await titles(5))
        #expect(deletion.tables.map(\.name) == ["titles", "title_search", "title_copies", "title_words"])
        #expect(deletion.tables.allSatisfy { $0.rows.count == 1 && $0.rows[0].after == nil })
        await test.ledger.close()
    }

    @Test func thePastHasThemWithAndWithoutSnapshots() async throws {
        let test = try await Self.ledger { $0.snapshots = .off }
        let ledger = test.ledger
        let early = try await ledger.asOf(.position(3)).source.tables()
        #expect(try early.read { try Self.found("tea", $0) } == [[1, 2], [1, 2], [1, 2]])
        #expect(try await ledger.takeSnapshot().map(\.position) == [5])
        let digest = try await ledger.digest()
        try await ledger.update("c", MemoryChange(summary: "oolong tea"))
        for (position, rows, bytes) in [(Position(5), Self.coffee, Int64(6)), (6, [[2], [2], [2]], 10)] {
            let tables = try await ledger.asOf(.position(position)).source.tables()
            #expect(try tables.read { try Self.found("coffee", $0) } == rows)
            #expect(try tables.read { try $0.integer("SELECT bytes FROM titles WHERE id = 3") } == bytes)
        }
        #expect(try await ledger.asOf(.position(5)).digest().tables == digest.tables)
        #expect(try await ledger.asOf(.position(6)).digest().tables == ledger.digest().tables)
        await ledger.close()
    }

    @Test func backupsHaveThem() async throws {
        let test = try await Self.ledger()
        let report = try await test.ledger.backUp(to: test.backup)
        #expect(report.info.digestsWithPast == (try await test.ledger.digest().tables))
        let (restored, other) = (test.folder.file("restored.sqlite"), test.folder.file("other.sqlite"))
        // A program that does not have the projector takes the tables as they are.
        #expect(try await test.restore(to: other).projections.outdated == ["titles"])
        var options = test.restoring
        options.projectors = [TitleProjector()]
        let settled = try await MemoryLedger.restore(test.backup, to: restored, RestoreOptions(), options: options)
        #expect(settled.projections.areAsTheLogSays && settled.projections.outdated == [])
        for path in [restored, other] {
            let ledger = try await MemoryLedger.open(at: path, options: options)
            #expect(try await ledger.readTables { try Self.found("coffee", $0) } == Self.coffee)
            let tables = try await ledger.digest().tables
            #expect(Self.searched.allSatisfy { tables[$0] != nil && tables[$0] == report.info.digests[$0] })
            await ledger.close()
        }
        await test.ledger.close()
    }

    @Test func checkoutsLeaveThemOut() async throws {
        let test = try await Self.ledger()
        let path = test.folder.file("then.sqlite")
        let report = try await test.ledger.checkout(at: .position(5), to: path)
        #expect(report.digests["titles"] == (try await test.ledger.digest().tables["titles"]))
        #expect(Self.searched.allSatisfy { report.digests[$0] == nil })
        let opened = try TestDatabase(path)
        let sqlite = opened.connection
        #expect(try sqlite.integer("SELECT count(*) FROM sqlite_master WHERE name LIKE 'title\\_%' ESCAPE '\\'") == 0)
        #expect(try sqlite.integer("SELECT bytes FROM titles WHERE lower_title = 'coffee'") == 6)
        try opened.execute("UPDATE titles SET title = 'Tea' WHERE id = 3")
        #expect(try sqlite.integer("SELECT count(*) FROM titles WHERE upper_title = 'TEA' AND bytes = 3") == 1)
        opened.close()
        await test.ledger.close()
    }

    /// An index may keep words that it does not find any more.
    @Test func anErasureLeavesNoWord() async throws {
        let word = "xylophonium"
        let test = try await TestLedger.openProtected { $0.projectors = [TitleProjector()] }
        try await test.ledger.protect("people")
        try await test.ledger.add(.person("ada"), MemoryContent(summary: "plays the \(word)"))
        try await test.ledger.update(.person("ada"), MemoryChange(summary: "played the \(word) once"))
        try await test.ledger.rebuild()
        try await test.ledger.add("b", MemoryContent(summary: "black coffee"))
        #expect(try await test.ledger.readTables { try Self.found(word, $0) } == [[2], [2], [2]])
        #expect(try !test.search.findings([Array(word.utf8)]).isEmpty)
        let receipt = try await test.ledger.erase(.namespace("people"), reason: "asked for")
        #expect(receipt.purgeProblem == nil)
        #expect(try test.search.findings([Array(word.utf8)]) == [])
        #expect(try await test.ledger.readTables { try Self.found("coffee", $0) } == [[4], [4], [4]])
        try await test.expectRebuildChangesNothing()
        await test.ledger.close()
    }

    /// What a module needs may have been lost.
    @Test(arguments: ["title_copies_data", "title_search_idx", "title_words", "titles"])
    func missingOnesAreBuiltAgain(table: String) async throws {
        let test = try await Self.ledger()
        let digest = try await test.ledger.digest()
        await test.ledger.close()
        let database = try TestDatabase(test.path)
        try database.execute("DROP TABLE \(table)")
        database.close()
        let again = try await test.reopened { $0.projectors = [TitleProjector()] }
        #expect(try await again.ledger.digest() == digest)
        try await Self.expectWhole(again)
        await again.ledger.close()
    }

    @Test func aSchemaThatCannotBeUsedIsRefused() async throws {
        struct Broken: Projector {
            let name = "broken"
            let version = 1
            let eventTypes: Set<EventType>? = nil
            let schema = ProjectionSchema(script: "CREATE TABEL x (a);")
            func makeWriter(_ sqlite: SQLiteConnection, isBeingBuilt: Bool) -> any ProjectionWriter {
                TitleProjector().makeWriter(sqlite, isBeingBuilt: isBeingBuilt)
            }
        }
        var options = MemoryLedgerOptions()
        options.projectors = [Broken()]
        let error = await #expect(throws: MemoryLedgerError.self) { try await MemoryLedger.inMemory(options: options) }
        #expect(
            error?.message
                == "The schema of projection broken cannot be used: SQLite says near \"TABEL\": syntax error."
        )
    }
}

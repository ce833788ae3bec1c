import EmbeddedLedger
import EventLog
import Foundation
import LedgerCapabilities
import LedgerStorage
import Testing

import class EventLogTesting.FixedClock

@testable import MemoryLedger
@testable import Projections
@testable import SQLiteEventLog

/// Goal: a ledger whose tables are one projection, as they were up to format 2, is taken over, with what was skipped,
/// and built again, since there is a projection more by now; older programs are kept out then. Method: a copy of a file
/// that such a program made; beside it a connection that does in SQL what that program does when it appends.
@Suite struct FormerLayoutTests {
    private static let name = "ledger-one-projection"
    private static let names = MemoryProjector().projections.map(\.name)
    /// The event that was set aside, where the former generation stands, and the last event.
    private static let (refused, former, head): (Position, Position, Position) = (16, 14, 17)

    private static func url(_ suffix: String) -> URL {
        Bundle.module.bundleURL.appendingPathComponent("Fixtures/\(name).\(suffix)")
    }

    private static func digest() throws -> LedgerDigest {
        let object = try #require(JSONParser.parse([UInt8](Data(contentsOf: url("json")))).object)
        let tables = try #require(object["tables"]?.object)
        return LedgerDigest(
            position: try #require(object["position"]?.number?.int64),
            tables: tables.members.reduce(into: [:]) { $0[$1.name] = $1.value.string })
    }

    private static func copy() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try FileManager.default.copyItem(atPath: url("sqlite").path, toPath: folder.file("ledger.sqlite"))
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: folder.file("ledger.sqlite"))
        return folder
    }

    private static func open(_ folder: TemporaryFolder, _ access: LedgerFileOptions.Access) async throws -> TestLedger {
        try await TestLedger.open(in: folder, access: access)
    }

    private static func format(_ path: String) throws -> (version: Int64?, hasFormerTable: Bool) {
        let database = try TestDatabase(path)
        defer { database.close() }
        return try (
            database.connection.integer("PRAGMA user_version"), database.connection.hasTable("projections")
        )
    }

    /// Of what the former program knew.
    private static func statuses(_ ledger: MemoryLedger) async throws -> [ProjectionStatus] {
        try await ledger.projections().filter { $0.name != "access_tokens" }
    }

    // MARK: Taking over

    @Test func itIsTakenOverAndBuiltAgain() async throws {
        let folder = try Self.copy()
        let test = try await Self.open(folder, .readWrite)
        let ledger = test.ledger
        // The event that was set aside can be applied by now.
        #expect(try await ledger.get("fallen")?.content.summary == "after")
        #expect(try await ledger.deadLetters().isEmpty)
        let statuses = try await Self.statuses(ledger)
        #expect(statuses.map(\.name) == Self.names)
        // What it did not know begins where its log ends.
        let added = try await ledger.projections().last
        #expect(added?.name == "access_tokens" && added?.generation == 1 && added?.position == Self.head)
        for status in statuses {
            #expect(status.generation == (status.name == "memory_texts" ? 1 : 3), "\(status)")
            #expect(status.position == Self.head && status.health == .ok, "\(status)")
        }
        let format = try Self.format(test.path)
        #expect(format.version == LedgerFile.formatVersion && !format.hasFormerTable)
        #expect(try await ledger.verifyProjections().isEqual)
        // It goes on, and is not taken over again.
        try await ledger.add("more", MemoryContent(links: [MemoryLink(type: "t", key: "tea", term: "")]))
        let again = try await test.reopened()
        #expect(try await Self.statuses(again.ledger).map(\.generation) == statuses.map(\.generation))
        await again.ledger.close()
    }

    /// The older programs' commands that mend a ledger opened it as it was; so do these.
    @Test func whatMendsTheTablesTakesThemOver() async throws {
        let folder = try Self.copy()
        var options = MemoryLedgerOptions()
        options.file.access = .readWrite
        let ledger = try MemoryLedger.openAsItIs(at: folder.file("ledger.sqlite"), options: options)
        #expect(try await ledger.deadLetters().positions == [Self.refused])
        #expect(try await ledger.skipDeadLetters(["memory_links"]).map(\.projection) == ["memory_links"])
        #expect(try Self.format(folder.file("ledger.sqlite")).version == LedgerFile.formatVersion)
        let former = Self.names.filter { $0 != "memory_texts" }
        #expect(try await ledger.deadLetters().map(\.state) == former.map { _ in .skipped })
        await ledger.close()
        // What was skipped is left out when the tables are built again.
        let test = try await Self.open(folder, .readWrite)
        #expect(try await test.ledger.get("fallen")?.content.summary == "before")
        try await Self.expectFormerRows(in: test.ledger)
        await test.ledger.close()
    }

    /// The tables that the former program had are as they were.
    private static func expectFormerRows(in ledger: MemoryLedger) async throws {
        let (digest, former) = (try await ledger.digest(), try Self.digest())
        #expect(digest.position == former.position)
        #expect(digest.tables.filter { former.tables[$0.key] != nil } == former.tables)
    }

    /// Of a projector that this program does not have.
    @Test func anotherProjectorsTablesStayItsOwn() async throws {
        let folder = try Self.copy()
        let path = folder.file("ledger.sqlite")
        try TestDatabase(path, "INSERT INTO projections VALUES ('somebody''s', 7, 3, 5)").close()
        let test = try await Self.open(folder, .readWrite)
        let states = try test.ledger.tables.read { try ProjectionState.all($0) }
        #expect(states.map(\.name) == (Self.names + ["access_tokens", "somebody's"]).sorted())
        #expect(states.last == ProjectionState(name: "somebody's", version: 7, generation: 3, position: 5))
        await test.ledger.close()
    }

    @Test func aNameThatIsTakenIsAnErrorAndChangesNoProjection() async throws {
        let folder = try Self.copy()
        let path = folder.file("ledger.sqlite")
        try TestDatabase(path, "INSERT INTO projections VALUES ('memory_links', 7, 3, 5)").close()
        await expectLogError(.invalidArgument) { _ = try await Self.open(folder, .readWrite) }
        let format = try Self.format(path)
        #expect(format.version == LedgerFile.formatVersion && format.hasFormerTable)
    }

    /// Its tables are held against its log, and lack an event.
    @Test func aBackupOfItIsRestored() async throws {
        let folder = try Self.copy()
        var options = MemoryLedgerOptions(clock: FixedClock(.start))
        options.file.durability = .normal
        let path = folder.file("restored.sqlite")
        let report = try await MemoryLedger.restore(
            folder.file("ledger.sqlite"), to: path, RestoreOptions(), options: options)
        // They were taken over and built before they were compared.
        #expect(report.projections == RestoredProjections(), "\(report.projections)")
        let ledger = try await MemoryLedger.open(at: path, options: options)
        #expect(try await ledger.get("fallen")?.content.summary == "after")
        #expect(try await ledger.deadLetters().isEmpty)
        #expect(try await ledger.verifyProjections().isEqual)
        await ledger.close()
        #expect(try Self.format(path).version == LedgerFile.formatVersion)
    }

    // MARK: One layout or the other

    /// A reader cannot build them again: a writer does it once.
    @Test func whoOnlyReadsHasItTakenOver() async throws {
        let folder = try Self.copy()
        let test = try await Self.open(folder, .readOnly)
        #expect(try await test.ledger.get("espresso")?.content.summary == "Likes coffee")
        #expect(try await Self.statuses(test.ledger).allSatisfy { $0.health == .ok })
        #expect(try await test.ledger.asOf(.position(Self.former)).get("fallen") == nil)
        await test.ledger.close()
        let format = try Self.format(test.path)
        #expect(format.version == LedgerFile.formatVersion && !format.hasFormerTable)
    }

    /// As if the process were killed at the end: the transaction that takes over is rolled back.
    @Test func whatIsInterruptedLeavesTheFormerLayout() async throws {
        struct Interruption: Error {}
        let folder = try Self.copy()
        let path = folder.file("ledger.sqlite")
        let log = try SQLiteEventLog(
            path: path, options: LedgerFileOptions(access: .readWrite), clock: FixedClock(.start))
        await #expect(throws: Interruption.self) {
            try await log.onWriter { sqlite in
                try sqlite.transaction {
                    try FormerLayout.takeOver([MemoryProjector()], sqlite)
                    try log.file.refuseOlderPrograms(sqlite)
                    throw Interruption()
                }
            }
        }
        await log.close()
        let format = try Self.format(path)
        #expect(format.version == LedgerFile.formatVersion && format.hasFormerTable)
        let test = try await Self.open(folder, .readWrite)
        #expect(try await test.ledger.get("fallen")?.content.summary == "after")
        await test.ledger.close()
    }

    @Test func severalThatOpenItAtOnceTakeItOverOnce() async throws {
        let folder = try Self.copy()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<4 {
                group.addTask {
                    let test = try await Self.open(folder, .readWrite)
                    try await test.ledger.add(MemoryKey(key: "n\(number)"), MemoryContent())
                    await test.ledger.close()
                }
            }
            try await group.waitForAll()
        }
        let test = try await Self.open(folder, .readWrite)
        let statuses = try await Self.statuses(test.ledger)
        #expect(statuses.allSatisfy { $0.position == Self.head + 4 })
        #expect(statuses.allSatisfy { $0.health == .ok })
        await test.ledger.close()
    }

    // MARK: Older programs

    /// An older program opens files up to format 2. One that has the file open reads and writes `projections` in each
    /// append: the statements are its own, on a connection of their own that was open before.
    @Test func anOlderProgramIsKeptOut() async throws {
        let folder = try Self.copy()
        let older = try TestDatabase(folder.file("ledger.sqlite"))
        try Self.beginAnAppend(older)
        try older.execute("ROLLBACK")
        let test = try await Self.open(folder, .readWrite)
        let error = #expect(throws: SQLiteFailure.self) { try Self.beginAnAppend(older) }
        #expect(error?.message.contains("no such table: projections") == true)
        try older.execute("ROLLBACK")
        older.close()
        #expect(try Self.format(test.path).version ?? 0 > 2)
        #expect(try await test.ledger.log.head() == Self.head)
        #expect(try await test.ledger.get("fallen")?.content.summary == "after")
        await test.ledger.close()
    }

    /// What a program of format 2 does at the beginning of an append and at its end.
    private static func beginAnAppend(_ database: TestDatabase) throws {
        try database.execute("BEGIN IMMEDIATE")
        let load = try database.connection.statement(
            "SELECT version, generation, position FROM projections WHERE name = ?")
        load.bind(1, "memories")
        #expect(try load.step())
        let (version, generation, position) = (load.int(0), load.int(1), load.int64(2))
        load.reset()
        let save = try database.connection.statement(
            """
            INSERT INTO projections (name, version, generation, position) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (name) DO UPDATE SET
                version = excluded.version, generation = excluded.generation, position = excluded.position
            """)
        save.bind(1, "memories")
        save.bind(2, version)
        save.bind(3, generation)
        save.bind(4, position + 1)
        try save.run()
    }

    /// A ledger that is new has what the older programs made, but for the table that they look for and the index over
    /// streams, and more.
    @Test func allOtherTablesAreAsTheyWere() async throws {
        let test = try await TestLedger.open()
        await test.ledger.close()
        let log = """
            sql IS NOT NULL AND name NOT GLOB 'former_*' AND name NOT GLOB 'projection*' AND name <> 'dead_letters'
                AND tbl_name NOT IN ('access_tokens', 'standing_texts', 'ended_texts', 'expiring_texts', 'hidden_memories',
                    'ended_hidings', 'streams', 'stream_names', 'stream_heads')
            """
        let statement = "SELECT type || ' ' || name || char(10) || sql FROM sqlite_master WHERE \(log) ORDER BY 1"
        var schemas: [[String]] = []
        let former = try Self.copy()
        for path in [test.path, former.file("ledger.sqlite")] {
            let database = try TestDatabase(path)
            let rows = try database.connection.statement(statement)
            var objects: [String] = []
            while try rows.step() { objects.append(rows.text(0)) }
            rows.reset()
            schemas.append(objects)
            database.close()
        }
        #expect(schemas[0] == schemas[1] && schemas[0].count > 50)
    }
}

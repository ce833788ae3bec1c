import CLedgerShims
import Crypto
import EventLog
import Foundation
import LedgerCapabilities
import LedgerStorage
import SQLiteEventLog
import Testing

@testable import MemoryLedger

/// Goal: a source is read completely and left untouched, and what cannot be read gives an error that says why.
/// Method: databases in every state, each compared with itself after the reading.
@Suite struct LegacySourceTests {
    /// How a source can lie on the disk. `live` has a writer's connection open, `abandoned` a WAL without shared
    /// memory.
    /// `stale` has shared memory besides that no program uses, `journal` an empty journal that is kept.
    enum State: String, CaseIterable { case rollback, journal, wal, live, abandoned, stale }

    private func make(_ state: State, _ folder: TemporaryFolder) throws -> (path: String, writer: TestDatabase) {
        let path = try Sample.keyv.make(in: folder)
        let writer = try TestDatabase(path)
        let late = "INSERT INTO keyv VALUES ('mem:late', '{\"value\":{}}')"
        switch state {
        case .rollback: writer.close()
        case .journal:
            try writer.execute("PRAGMA journal_mode = PERSIST; \(late)")
            writer.close()
        case .wal, .live, .abandoned, .stale:
            try writer.execute("PRAGMA journal_mode = WAL; \(late)")
            if state == .wal { try writer.execute("PRAGMA wal_checkpoint(TRUNCATE)") }
            if state == .stale {
                // What a crash leaves: no program has the copies open.
                let crashed = folder.file("crashed.sqlite")
                for suffix in ["", "-wal", "-shm"] {
                    try FileManager.default.copyItem(atPath: path + suffix, toPath: crashed + suffix)
                }
                return (crashed, writer)
            }
            if state != .live { writer.close() }
            for suffix in ["-shm"] + (state == .wal ? ["-wal"] : []) where state != .live {
                try? FileManager.default.removeItem(atPath: path + suffix)
            }
        }
        return (path, writer)
    }

    @Test(arguments: State.allCases)
    func leavesTheSourceUntouched(state: State) throws {
        let folder = try TemporaryFolder()
        let (path, writer) = try make(state, folder)
        chmod(path, 0o640)
        let name = URL(fileURLWithPath: path).lastPathComponent
        let before = try folder.contents()

        var source: LegacySource? = try LegacySource(path: path)
        let rows = try #require(source).allRows()
        #expect(rows.count == (state == .rollback ? 353 : 354))
        #expect(try source?.rowCount() == rows.count)
        let copy = try #require(source).database.backUp(into: folder.file("backups"), besides: ProtectedFiles())
        let hashed = (before[name] ?? Data()) + (before["\(name)-wal"] ?? Data())
        #expect(source?.sha256 == Array(SHA256.hash(data: hashed)))
        let stem = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
        #expect(copy.hasSuffix("backups/\(stem)-\(source?.sha256Text.prefix(16) ?? "").sqlite"))
        #expect(try source?.database.backUp(into: folder.file("backups"), besides: ProtectedFiles()) == copy)
        source = nil

        #expect(try LegacySource(path: copy).allRows() == rows)
        var status = stat()
        #expect(stat(copy, &status) == 0 && status.st_mode & 0o777 == 0o640)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("backups")).count == 1)
        try FileManager.default.removeItem(atPath: folder.file("backups"))
        #expect(try folder.contents() == before)
        withExtendedLifetime(writer) {}
    }

    /// A link leads to a database whose log stands beside the database, not beside the link.
    @Test func findsTheLogBehindALink() throws {
        let folder = try TemporaryFolder()
        let (path, writer) = try make(.stale, folder)
        let elsewhere = try TemporaryFolder()
        try FileManager.default.createSymbolicLink(atPath: elsewhere.file("kv.db"), withDestinationPath: path)
        #expect(try LegacySource(path: elsewhere.file("kv.db")).rowCount() == 354)
        #expect(try elsewhere.contents().count == 1)
        withExtendedLifetime(writer) {}
    }

    /// A program that writes all the time ends no reading: what it had committed is read, and nothing in between.
    @Test func readsBesideAWriter() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("kv.db")
        let writer = try TestDatabase(
            path,
            "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 20; CREATE TABLE keyv(key PRIMARY KEY, value);"
                + "INSERT INTO keyv VALUES ('mem:0', ''), ('mem:1', '')")
        // Each transaction changes both rows alike, and grows the file.
        let update =
            "UPDATE keyv SET value = value || hex(randomblob(40)) WHERE key = 'mem:0';"
            + "UPDATE keyv SET value = (SELECT value FROM keyv WHERE key = 'mem:0') WHERE key = 'mem:1';"
        for _ in 0..<25 {
            for _ in 0..<5 { try writer.execute("BEGIN; \(update) COMMIT") }
            try writer.execute("BEGIN; UPDATE keyv SET value = 'not committed' WHERE key = 'mem:1'")
            let rows = try LegacySource(path: path).allRows()
            #expect(rows.count == 2 && rows[0].value == rows[1].value)
            try writer.execute("ROLLBACK")
        }
    }

    @Test func readsPrefixedRowsFirst() throws {
        let folder = try TemporaryFolder()
        let source = try LegacySource(path: Sample.keyv.make(in: folder))
        let keys = try source.allRows().map(\.displayKey)
        let prefixed = try #require(keys.firstIndex(of: "mem:twice"))
        let bare = try #require(keys.firstIndex(of: "twice"))
        #expect(prefixed < bare)
        #expect(keys.first == "mem:node_1")
    }

    @Test func keepsEveryColumnBitForBit() throws {
        let folder = try TemporaryFolder()
        try TestDatabase(
            folder.file("a.sqlite"),
            "CREATE TABLE memories(key PRIMARY KEY, summary, text, meta, created_at);"
                + "CREATE TABLE memory_links(id INTEGER PRIMARY KEY, from_key, to_key, weight);"
                + "INSERT INTO memories VALUES ('a', x'00ff', CAST(x'61ff' AS TEXT), 0.1, -9223372036854775808);"
                + "INSERT INTO memory_links VALUES (3, 'a', 'b', 1.5), (2, 'a', NULL, 1), (1, 'gone', 'a', 0)"
        ).close()
        let rows = try LegacySource(path: folder.file("a.sqlite")).allRows()
        #expect(rows.map(\.displayKey) == ["a", "gone"])
        let cells = rows.first?.columns.map(\.cell)
        #expect(cells == [.blob([0, 0xff]), .text([0x61, 0xff]), .real(0.1), .integer(.min)])
        let links = rows.first?.links.map { $0.map(\.cell) }
        #expect(links == [[.integer(2), .null, .integer(1)], [.integer(3), .text([0x62]), .real(1.5)]])
        #expect(rows.last?.columns == [])
        #expect(rows.last?.links.count == 1)
    }

    @Test func readsUTF16Databases() throws {
        let folder = try TemporaryFolder()
        try TestDatabase(
            folder.file("a.sqlite"),
            "PRAGMA encoding = 'UTF-16le'; CREATE TABLE keyv(key PRIMARY KEY, value);"
                + "INSERT INTO keyv VALUES ('mem:中', '{\"value\":{\"text\":\"🧠\"}}')"
        ).close()
        let row = try #require(try LegacySource(path: folder.file("a.sqlite")).allRows().first)
        #expect(row == .keyv("mem:中", #"{"value":{"text":"🧠"}}"#))
    }

    @Test func reportsRowsThatAreTooLarge() throws {
        let folder = try TemporaryFolder()
        try TestDatabase(
            folder.file("a.sqlite"),
            """
            CREATE TABLE keyv(key PRIMARY KEY, value);
            INSERT INTO keyv VALUES ('mem:1', 'x'), ('2', hex(zeroblob(40000))), ('mem:3', hex(zeroblob(40000))),
                ('mem:4', hex(zeroblob(40000))), ('5', 'x'), ('mem:6', 'x'), ('7', hex(zeroblob(40000)));
            """
        ).close()
        var limits = LegacySource.Limits()
        limits.rowBytes = 50_000
        let cursor = LegacyRows(try LegacySource(path: folder.file("a.sqlite"), limits: limits))
        var found: [String] = []
        while let read = try cursor.next() {
            switch read {
            case .row(let row): found.append(row.displayKey)
            case .tooLarge(let row, let limit):
                #expect(limit == 50_000)
                #expect(read.quarantineReason?.contains("50000") == true)
                found.append("!" + row.displayKey)
            }
        }
        #expect(found == ["mem:1", "!mem:3", "!mem:4", "mem:6", "!2", "5", "!7"])
    }

    @Test func refusesWhatIsNoDatabase() throws {
        let folder = try TemporaryFolder()
        var random = SeededGenerator(seed: 1)
        let noise = Data((0..<8_192).map { _ in UInt8.random(in: 0...255, using: &random) })
        try noise.write(to: URL(fileURLWithPath: folder.file("noise")))
        try Data().write(to: URL(fileURLWithPath: folder.file("empty")))
        #expect(code(folder.file("noise")) == .notADatabase)
        #expect(code(folder.file("empty")) == .notADatabase)
        #expect(code(folder.file("missing")) == .notFound)
        #expect(code(folder.file("noise/below")) == .notFound)
        #expect(code(folder.path) == .isDirectory)
    }

    @Test func noticesCutOffAndDamagedFiles() throws {
        let folder = try TemporaryFolder()
        let path = try Sample.keyv.make(in: folder)
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        for count in [60, 100, 4_096, whole.count / 2, whole.count - 1] {
            try whole.prefix(count).write(to: URL(fileURLWithPath: path))
            #expect(code(path) == (count < 100 ? .notADatabase : .truncated), "\(count) bytes")
        }
        var damaged = whole
        damaged.replaceSubrange(4_096..<whole.count, with: Data(repeating: 0x5a, count: whole.count - 4_096))
        try damaged.write(to: URL(fileURLWithPath: path))
        #expect(code(path) == .truncated)
    }

    @Test func waitsForALockThenSaysSo() throws {
        let folder = try TemporaryFolder()
        let path = try Sample.keyv6.make(in: folder)
        let writer = try TestDatabase(path, "BEGIN EXCLUSIVE")
        var limits = LegacySource.Limits()
        limits.busyMilliseconds = 50
        #expect(code(path, limits: limits) == .locked)
        try writer.execute("COMMIT")
        #expect(code(path, limits: limits) == nil)
    }

    /// Goal: what a program left that died in a transaction is undone, in a copy. Method: the files of a transaction
    /// that has spilled into the database, without the locks of its program.
    @Test func rollsBackAHotJournalElsewhere() throws {
        let folder = try TemporaryFolder()
        let path = try Sample.keyv6.make(in: folder)
        let rows = try LegacySource(path: path).allRows()
        let writer = try TestDatabase(
            path,
            "PRAGMA cache_size = 1; BEGIN; INSERT INTO keyv(key, value) SELECT 'x' || value, hex(zeroblob(9000)) "
                + "FROM json_each('[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20]')")
        for suffix in ["", "-journal"] {
            try FileManager.default.copyItem(atPath: path + suffix, toPath: folder.file("copy" + suffix))
        }
        let before = try folder.contents()
        #expect(try LegacySource(path: folder.file("copy")).allRows() == rows)
        #expect(try folder.contents() == before)
        withExtendedLifetime(writer) {}
    }

    /// Copies that killed processes left are cleared away, those of living ones are not.
    @Test func clearsAwayBrokenOffCopies() throws {
        let folder = try TemporaryFolder()
        let database = try LegacySource(path: Sample.keyv6.make(in: folder)).database
        let backups = folder.file("backups")
        let copy = try database.backUp(into: backups, besides: ProtectedFiles())
        try FileManager.default.removeItem(atPath: copy)
        let (left, used) = (copy + ".part-0000000000000000", copy + ".part-1111111111111111")
        for name in [left, used] { #expect(FileManager.default.createFile(atPath: name, contents: Data([1]))) }
        let living = open(used, O_RDWR)
        defer { close(living) }
        #expect(memledger_try_lock(living, 0) == 0)
        #expect(try database.backUp(into: backups, besides: ProtectedFiles()) == copy)
        let names = try FileManager.default.contentsOfDirectory(atPath: backups)
        #expect(names.count == 2 && FileManager.default.fileExists(atPath: used))
    }

    /// A file of the copy's name is believed if it holds the copy's bytes.
    @Test func believesNoBackupForItsName() async throws {
        let folder = try TemporaryFolder()
        let path = try Sample.keyv6.make(in: folder)
        let database = try LegacySource(path: path).database
        let backups = folder.file("backups")
        let copy = try database.backUp(into: backups, besides: ProtectedFiles())
        try FileManager.default.removeItem(atPath: copy)
        try FileManager.default.copyItem(atPath: try Sample.keyv.make(in: folder), toPath: copy)
        let other = try database.backUp(into: backups, besides: ProtectedFiles())
        #expect(other == copy.dropLast(".sqlite".count) + "-2.sqlite")
        #expect(try LegacySource(path: other).allRows() == LegacySource(path: path).allRows())
        #expect(try database.backUp(into: backups, besides: ProtectedFiles()) == other)
    }

    @Test func aLogThatWouldBeTakenForTheBackupsIsNot() throws {
        let folder = try TemporaryFolder()
        let database = try LegacySource(path: Sample.keyv6.make(in: folder)).database
        let backups = folder.file("backups")
        let copy = try database.backUp(into: backups, besides: ProtectedFiles())
        #expect(FileManager.default.createFile(atPath: copy + "-wal", contents: Data([1])))
        let other = try database.backUp(into: backups, besides: ProtectedFiles())
        #expect(other.hasSuffix("-2.sqlite"))
    }

    @Test func saysWhereTheBackupFailed() throws {
        let folder = try TemporaryFolder()
        let source = try LegacySource(path: Sample.keyv6.make(in: folder))
        let file = folder.file("file")
        #expect(FileManager.default.createFile(atPath: file, contents: nil))
        let error = #expect(throws: LegacySourceError.self) {
            try source.database.backUp(into: file, besides: ProtectedFiles())
        }
        #expect(error?.code == .backupFailed)
    }

    /// The code with which reading all of a source ends; nil where it goes well.
    private func code(_ path: String, limits: LegacySource.Limits = .init()) -> LegacySourceError.Code? {
        do {
            let rows = LegacyRows(try LegacySource(path: path, limits: limits))
            while try rows.next() != nil {}
            return nil
        } catch { return (error as? LegacySourceError)?.code }
    }
}

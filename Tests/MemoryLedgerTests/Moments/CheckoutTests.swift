import EmbeddedLedger
import EventLog
import Foundation
import LedgerStorage
import Projections
import SQLiteEventLog
import Testing

import class EventLogTesting.FixedClock

@testable import MemoryLedger

/// Goal: a checkout is the tables of its moment and says where it is from; it appears whole or not at all, and never
/// in the place of something else.
/// Method: checkouts of a random log are opened with plain SQLite; everything that can be in the way is put there.
@Suite(.onEveryBackend) struct CheckoutTests {
    private static func ledger() async throws -> TestLedger {
        try await RandomLedger.make(seed: 5, events: 120)
    }

    private static func info(_ path: String) throws -> [String: String] {
        let database = try TestDatabase(path)
        let rows = try database.connection.statement("SELECT name, value FROM checkout_info")
        defer { rows.reset() }
        var info: [String: String] = [:]
        while try rows.step() { info[rows.text(0)] = rows.text(1) }
        return info
    }

    private static func names(_ test: TestLedger) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: test.folder.path)
            .filter { $0.hasPrefix("then") || $0.hasPrefix(".then") }.sorted()
    }

    @Test func itHoldsTheTablesOfItsMoment() async throws {
        let test = try await Self.ledger()
        let head = try await test.ledger.log.head()
        let digest = try await test.ledger.digest()
        let path = test.folder.file("then.sqlite")
        let report = try await test.ledger.checkout(at: .position(head), to: path)
        #expect(report.digests == digest.tables)
        let info = try Self.info(path)
        for (table, value) in digest.tables { #expect(info["digest.\(table)"] == value) }
        #expect(info["position"] == String(head) && info["ledger"] == "ledger.sqlite")
        #expect(info["projector.memories"] == String(MemoryProjector().version))
        #expect(info["made_at"] == test.clock.now().rfc3339)
        // A log that has no id is told by its first event.
        #expect(info["ledger_id"]?.count == (LedgerBackend.current == .file ? 32 : 64))
        #expect(info == report.info.reduce(into: [:]) { $0[$1.name] = $1.value })

        let opened = try TestDatabase(path)
        let database = opened.connection
        defer { opened.close() }
        #expect(try database.integer("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'") == 1)
        #expect(try database.integer("SELECT count(*) FROM pragma_journal_mode WHERE journal_mode = 'delete'") == 1)
        #expect(try database.integer("PRAGMA application_id") == 0x4d4c_434f)
        #expect(try database.integer("SELECT position FROM projections") == head)
        #expect(try database.integer("SELECT count(*) FROM memories WHERE json_extract(meta, '$.id') != key") == 0)
        #expect(try Self.names(test) == ["then.sqlite"])
        #expect(report.sizeBytes == Int64(try Data(contentsOf: URL(filePath: path)).count))
        // Every table and index that the ledger has of its projections with a past.
        let schema = """
            SELECT count(*) FROM sqlite_master
            WHERE (name LIKE 'idx_%' OR name LIKE 'memor%') AND tbl_name <> 'access_tokens'
            """
        #expect(try database.integer(schema) == test.ledger.tables.read { try $0.integer(schema) })
        await test.ledger.close()
    }

    /// Who may not read the ledger may not read what is made of it.
    @Test func itIsReadByThoseWhoReadTheLedger() async throws {
        let test = try await RandomLedger.make(seed: 5, events: 20) { $0.snapshots = .off }
        #expect(chmod(test.path, 0o600) == 0)
        let position = try #require(try await test.ledger.takeSnapshot().first?.position)
        let outputs = ["empty", "snapshot"].map { test.folder.file("then-\($0).sqlite") }
        try await test.ledger.checkout(at: .position(5), to: outputs[0])
        try await test.ledger.checkout(at: .position(position), to: outputs[1])
        try await test.ledger.tables.onWriter { try $0.execute("DELETE FROM memories") }
        await #expect(throws: EventLogError.self) { try await test.ledger.rebuild() }
        for path in outputs + [test.path + "-rebuild-differs", "\(test.path)-snapshots/\(position).sqlite.lz4"] {
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600, "\(path)")
        }
        await test.ledger.close()
    }

    @Test func whatHadOccurredSaysSo() async throws {
        let test = try await Self.ledger()
        let path = test.folder.file("then.sqlite")
        let time = test.clock.now()
        try await test.ledger.checkout(at: .occurred(time), to: path)
        #expect(try Self.info(path)["occurred_through"] == time.rfc3339)
        await test.ledger.close()
    }

    @Test func whatIsThereStays() async throws {
        let test = try await Self.ledger()
        let path = test.folder.file("then.sqlite")
        try Data("mine".utf8).write(to: URL(filePath: path))
        await Self.expect(.fileExists) { try await test.ledger.checkout(at: .position(5), to: path) }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "mine")
        #expect(try await test.ledger.checkout(at: .position(5), to: path, replacing: true).moment.position == 5)
        #expect(try Self.info(path)["position"] == "5")
        #expect(try await test.ledger.checkout(at: .position(6), to: path, replacing: true).moment.position == 6)
        #expect(try Self.info(path)["position"] == "6")
        #expect(try Self.names(test) == ["then.sqlite"])
        await test.ledger.close()
    }

    @Test func aLedgerIsNeverReplaced() async throws {
        let test = try await Self.ledger()
        let other = try await TestLedger.open()
        await other.ledger.close()
        let link = test.folder.file("then-link")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: test.path)
        let before = try await test.ledger.digest()
        let paths = ["", "-wal", "-shm", "-lock"].map { test.path + $0 } + [link, other.path, test.folder.path]
        for path in paths {
            await Self.expect(.fileExists) {
                try await test.ledger.checkout(at: .position(5), to: path, replacing: true)
            }
        }
        #expect(try await test.ledger.digest() == before)
        await test.ledger.close()
    }

    @Test func aDatabaseInUseIsNotReplaced() async throws {
        let test = try await Self.ledger()
        let path = test.folder.file("then.sqlite")
        let database = try TestDatabase(path, "PRAGMA journal_mode = WAL; CREATE TABLE mine (a)")
        await Self.expect(.fileExists) { try await test.ledger.checkout(at: .position(5), to: path, replacing: true) }
        #expect(try database.connection.integer("SELECT count(*) FROM mine") == 0)
        await test.ledger.close()
    }

    @Test func whatWasLeftBehindIsClearedAway() async throws {
        let test = try await Self.ledger()
        let path = test.folder.file("then.sqlite")
        try Data("half".utf8).write(to: URL(filePath: test.folder.file(".then.sqlite.memledger-partial")))
        try Data().write(to: URL(filePath: test.folder.file(".then.sqlite.memledger-lock")))
        try await test.ledger.checkout(at: .position(5), to: path)
        #expect(try Self.names(test) == ["then.sqlite"])
        #expect(try Self.info(path)["position"] == "5")
        await test.ledger.close()
    }

    /// What has a checkout's temporary names and is none of its files stays.
    @Test(arguments: [
        ".then.sqlite.memledger-partial", ".then.sqlite.memledger-lock", ".then.sqlite.memledger-partial-journal",
    ])
    func whatIsNoCheckoutIsNotClearedAway(name: String) async throws {
        let test = try await Self.ledger()
        let other = test.folder.file(name)
        try Data("precious".utf8).write(to: URL(filePath: other))
        await Self.expect(.fileExists) {
            try await test.ledger.checkout(at: .position(5), to: test.folder.file("then.sqlite"))
        }
        #expect(try String(contentsOfFile: other, encoding: .utf8) == "precious")
        await test.ledger.close()
    }

    /// The former temporary name is anybody's.
    @Test(.inAFile) func aLedgerOfALikeNameStays() async throws {
        let test = try await Self.ledger()
        await test.ledger.close()
        for name in ["then.sqlite-partial", ".then.sqlite.memledger-partial"] {
            let path = test.folder.file(name)
            try FileManager.default.copyItem(atPath: test.path, toPath: path)
            try Data().write(to: URL(filePath: test.folder.file(".then.sqlite.memledger-lock")))
            let before = try Data(contentsOf: URL(filePath: path))
            let ledger = try await MemoryLedger.open(at: path)
            _ = try? await ledger.checkout(at: .position(5), to: test.folder.file("then.sqlite"), replacing: true)
            await ledger.close()
            #expect(try Data(contentsOf: URL(filePath: path)).prefix(64) == before.prefix(64))
        }
    }

    @Test(arguments: ["-rebuild", "-rebuild-differs", "-views", "-views/x", "-snapshots", "-snapshots/40.sqlite.lz4"])
    func whatBelongsToTheLedgerIsNotReplaced(suffix: String) async throws {
        let test = try await Self.ledger()
        try? FileManager.default.createDirectory(
            atPath: test.path + "-snapshots", withIntermediateDirectories: true)
        let path = test.path + suffix
        await Self.expect(.fileExists) { try await test.ledger.checkout(at: .position(5), to: path, replacing: true) }
        await test.ledger.close()
    }

    @Test func onlyOneOfTwoGetsTheName() async throws {
        let test = try await Self.ledger()
        let path = test.folder.file("then.sqlite")
        let positions = await withTaskGroup(of: String?.self) { group in
            for position in 1...8 {
                group.addTask {
                    let report = try? await test.ledger.checkout(at: .position(Position(position)), to: path)
                    return report.map { String($0.moment.position) }
                }
            }
            return await group.reduce(into: [String]()) { $0 += [$1].compactMap(\.self) }
        }
        let written = try #require(try Self.info(path)["position"])
        #expect(positions == [written])
        #expect(try Self.names(test) == ["then.sqlite"])
        await test.ledger.close()
    }

    @Test func cancelledItLeavesNothing() async throws {
        let test = try await Self.ledger()
        let path = test.folder.file("then.sqlite")
        let task = Task { try await test.ledger.checkout(at: .position(100), to: path) }
        task.cancel()
        _ = await task.result
        #expect(try Self.names(test).allSatisfy { $0 == "then.sqlite" })
        await Self.expect(.storage) {
            try await test.ledger.checkout(at: .position(5), to: test.folder.file("no/folder/then.sqlite"))
        }
        await test.ledger.close()
    }

    @Test(arguments: [Moment.position(0), .position(-1), .position(1_000_000), .event(EventID(high: 1, low: 2))])
    func aMomentThatNeverWasMakesNoFile(moment: Moment) async throws {
        let test = try await Self.ledger()
        await Self.expect(.unknownMoment) {
            try await test.ledger.checkout(at: moment, to: test.folder.file("then.sqlite"))
        }
        #expect(try Self.names(test) == [])
        await test.ledger.close()
    }

    private static func expect(_ code: EventLogError.Code, _ body: () async throws -> CheckoutReport) async {
        let error = await #expect(throws: EventLogError.self) { _ = try await body() }
        #expect(error?.code == code, "\(String(describing: error))")
    }
}

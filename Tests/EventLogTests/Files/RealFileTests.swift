import EmbeddedLedger
import EventLog
import EventLogTesting
import Foundation
import LedgerCapabilities
import LedgerStorage
import Projections
import SQLiteEventLog
import Testing

/// Goal: the real file decides which lock is taken and where everything stands that belongs to a ledger; nothing is
/// written through a link that somebody has put beside it, and nothing into a ledger with two names.
/// Method: links of each kind at each place, and the bytes behind them.
@Suite struct RealFileTests {
    /// A link to where nothing is yet must lead to the same lock as the place itself.
    @Test func aLinkToWhereNothingIsYetLeadsToTheSameLock() async throws {
        let file = try LogFile()
        let folder = file.folder.path("real")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try link(file.folder.path("one"), to: "two")
        try link(file.folder.path("two"), to: folder + "/ledger.sqlite")
        let log = try SQLiteEventLog(path: file.folder.path("one"), options: .test(), clock: file.clock)
        _ = try await log.append(to: "s", file.events(1))
        #expect(log.path.hasSuffix("/real/ledger.sqlite"))
        #expect(try names(file.folder.url.path) == ["one", "real", "two"])

        var options = LedgerFileOptions.test()
        options.busyTimeoutMilliseconds = 50
        let backup = file.folder.path("backup.sqlite")
        try await copy(of: log, to: backup)
        var restore = RestoreOptions()
        restore.isReplacing = true
        for path in ["one", "two", "real/ledger.sqlite"] {
            await expectError(.busy, "\(path)") {
                _ = try await SQLiteEventLog.restore(
                    backup, to: file.folder.path(path), restore, file: options, clock: file.clock,
                    ids: RandomEventIDs.seeded(7))
            }
        }
        _ = try await log.append(to: "s", file.events(1))
        #expect(try await log.head() == 2)
        await log.close()
    }

    private func copy(of log: SQLiteEventLog, to path: String) async throws {
        let host = ProjectionStore(log: log, projectors: [])
        _ = try await host.backUp(log, to: path, replacing: false, madeBy: "test")
    }

    @Test(arguments: ["-wal", "-journal", "-head"])
    func whatADatabaseLeftIsNotTakenIntoABackup(rest: String) async throws {
        let file = try LogFile()
        try await file.make([[1]])
        let log = try file.open(.test(.readOnly))
        let backup = file.folder.path("backup.sqlite")
        try Data("left".utf8).write(to: URL(filePath: backup + rest))
        let error = await expectError(.fileExists) { try await copy(of: log, to: backup) }
        #expect(error?.message.contains(rest) == true)
        #expect(!FileManager.default.fileExists(atPath: backup))
        await log.close()
    }

    @Test func linksThatLeadInACircleAreAnError() async throws {
        let file = try LogFile()
        try link(file.folder.path("a"), to: "b")
        try link(file.folder.path("b"), to: "a")
        let error = await expectError(.storage) {
            _ = try SQLiteEventLog(path: file.folder.path("a"), options: .test(), clock: file.clock)
        }
        #expect(error?.message.contains("symbolic links") == true)
        #expect(try names(file.folder.url.path) == ["a", "b"])
    }

    enum Obstacle: CaseIterable { case symbolicLink, danglingLink, hardLink, pipe }

    @Test(arguments: ["-lock", "-wal"], Obstacle.allCases)
    func whatStandsAtASideFilesNameIsNotTouched(suffix: String, obstacle: Obstacle) async throws {
        let file = try LogFile()
        let (victim, side) = (file.folder.path("victim"), file.path + suffix)
        try Data("somebody's".utf8).write(to: URL(filePath: victim))
        switch obstacle {
        case .symbolicLink: try link(side, to: victim)
        case .danglingLink: try link(side, to: file.folder.path("elsewhere"))
        case .hardLink: #expect(Foundation.link(victim, side) == 0)
        case .pipe: #expect(mkfifo(side, 0o600) == 0)
        }
        let error = await expectError(.unsafeSideFile, "\(suffix) \(obstacle)") {
            let log = try file.open()
            _ = try await log.append(to: "s", file.events(1))
        }
        #expect(error?.message.contains(side) == true)
        #expect(try Data(contentsOf: URL(filePath: victim)) == Data("somebody's".utf8))
        #expect(!FileManager.default.fileExists(atPath: file.folder.path("elsewhere")))
    }

    @Test func aLedgerWithTwoNamesIsReadAndNotWritten() async throws {
        let file = try LogFile()
        try await file.make([[1], [2]])
        let other = file.folder.path("other.sqlite")
        #expect(Foundation.link(file.path, other) == 0)
        for path in [file.path, other] {
            await expectError(.severalNames, "\(path)") {
                _ = try SQLiteEventLog(path: path, options: .test(), clock: file.clock)
            }
            let log = try SQLiteEventLog(path: path, options: .test(.readOnly), clock: file.clock)
            #expect(try await log.head() == 2)
            await log.close()
        }
        var restore = RestoreOptions()
        restore.isReplacing = true
        let copy = file.folder.path("copy.sqlite")
        try FileManager.default.copyItem(atPath: file.path, toPath: copy)
        await expectError(.severalNames) {
            _ = try await SQLiteEventLog.restore(
                copy, to: other, restore, clock: file.clock, ids: RandomEventIDs.seeded(7))
        }
        unlink(other)
        let log = try file.open()
        _ = try await log.append(to: "s", file.events(1))
        await log.close()
    }

    @Test(arguments: [
        ".ledger.sqlite.memledger-backup-partial", ".ledger.sqlite.memledger-partial", "ledger.sqlite.part-17",
        "ledger.sqlite.before-restore-20260101T000000Z",
    ])
    func aNameThatAKilledProgramLeftIsTakenAway(stray: String) async throws {
        let file = try LogFile()
        try await file.make([[1]])
        #expect(Foundation.link(file.path, file.folder.path(stray)) == 0)
        let log = try file.open()
        _ = try await log.append(to: "s", file.events(1))
        await log.close()
        #expect(!FileManager.default.fileExists(atPath: file.folder.path(stray)))
        // Another file of such a name is somebody's.
        try Data([1]).write(to: URL(filePath: file.folder.path(stray)))
        await (try file.open()).close()
        #expect(FileManager.default.fileExists(atPath: file.folder.path(stray)))
    }

    @Test func aKilledProgramsNameForAKeyIsTakenAway() async throws {
        let test = try SigningFile()
        _ = try await test.make(events: 1)
        let (stray, copy) = (test.keyFile.path + ".part-17", test.keyFile.path + ".part-18")
        #expect(Foundation.link(test.keyFile.path, stray) == 0)
        try FileManager.default.copyItem(atPath: test.keyFile.path, toPath: copy)
        let log = try test.open()
        _ = try await log.signCheckpoint(with: test.keyFile)
        await log.close()
        #expect(!FileManager.default.fileExists(atPath: stray))
        // Another file of such a name is somebody's.
        #expect(FileManager.default.fileExists(atPath: copy))
    }

    /// A restore over a ledger too damaged to be made whole gives its log a second name, and then takes the first.
    @Test(arguments: [false, true]) func theLogOfALedgerComesBackFromAKilledRestore(isTaken: Bool) async throws {
        let file = try LogFile()
        try await file.make([[1]])
        // What has the ledger open keeps its log, as a process that is killed does.
        let killed = try file.open()
        _ = try await killed.append(to: "s", file.events(1))
        let (log, former) = (file.path + "-wal", file.path + ".before-restore-20260101T000000Z")
        try #require(FileManager.default.contents(atPath: log)?.isEmpty == false)
        #expect(Foundation.link(file.path, former) == 0 && Foundation.link(log, former + "-wal") == 0)
        if isTaken { unlink(log) }
        let opened = try file.open()
        #expect(try await opened.head() == 2)
        _ = try await opened.append(to: "s", file.events(1))
        await opened.close()
        #expect(try !names(file.folder.url.path).contains { $0.contains("before-restore") })
        await killed.close()
    }

    // MARK: A file that goes while it is open

    enum Change: CaseIterable { case deleted, moved, replaced, linked, lockDeleted, lockReplaced, logDeleted }

    @Test(arguments: Change.allCases)
    func aWriterNoticesThatItsFileIsGone(change: Change) async throws {
        let file = try LogFile()
        let log = try file.open()
        _ = try await log.append(to: "s", file.events(1))
        // A connection that goes on reading what it has open.
        #expect(try await log.head() == 1)
        let (aside, lock) = (file.folder.path("aside"), file.path + "-lock")
        switch change {
        case .deleted: unlink(file.path)
        case .moved: rename(file.path, aside)
        case .replaced:
            rename(file.path, aside)
            try FileManager.default.copyItem(atPath: aside, toPath: file.path)
        case .linked: #expect(Foundation.link(file.path, aside) == 0)
        case .lockDeleted: unlink(lock)
        case .logDeleted: unlink(file.path + "-wal")
        case .lockReplaced:
            unlink(lock)
            try Data().write(to: URL(filePath: lock))
        }
        await expectError(change == .linked ? .severalNames : .ledgerMoved, "\(change)") {
            _ = try await log.append(to: "s", file.events(1))
        }
        #expect(try await log.head() == 1)
        if change == .moved {
            rename(aside, file.path)
            _ = try await log.append(to: "s", file.events(1))
            #expect(try await log.head() == 2)
        }
        await log.close()
    }

    private func link(_ path: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
    }

    private func names(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }
}

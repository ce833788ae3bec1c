import EventLog
import EventLogTesting
import Foundation
import LedgerCapabilities
import SQLiteEventLog
import Testing

/// Goal: what cannot be opened gives a typed error that names the path, and is left as it was.
/// Method: a table of files that are no ledgers, opened in each way.
@Suite struct OpeningTests {
    enum Obstacle: CaseIterable {
        case missing, missingFolder, text, otherDatabase, newerFormat, folder, truncated, empty
    }

    private static let rows: [(Obstacle, LedgerFileOptions.Access, EventLogError.Code)] = [
        (.missing, .readOnly, .missing), (.missing, .readWrite, .missing), (.missingFolder, .create, .storage),
        (.text, .readOnly, .notALedger), (.text, .readWrite, .notALedger), (.text, .create, .notALedger),
        (.otherDatabase, .readOnly, .notALedger), (.otherDatabase, .readWrite, .notALedger),
        (.otherDatabase, .create, .notALedger), (.newerFormat, .readOnly, .newerFormat),
        (.newerFormat, .readWrite, .newerFormat), (.newerFormat, .create, .newerFormat),
        (.folder, .readOnly, .notALedger),
        (.folder, .readWrite, .notALedger), (.folder, .create, .notALedger), (.empty, .readOnly, .notALedger),
        (.truncated, .readOnly, .storage), (.truncated, .readWrite, .storage),
    ]

    @Test(arguments: rows)
    func whatIsNoLedgerIsATypedError(
        obstacle: Obstacle, access: LedgerFileOptions.Access, code: EventLogError.Code
    ) async throws {
        let file = try LogFile()
        try await prepare(obstacle, file)
        let path = obstacle == .missingFolder ? file.folder.path("none/ledger.sqlite") : file.path
        let before = FileManager.default.contents(atPath: path)
        let error = await expectError(code, "\(obstacle) opened with \(access)") {
            let log = try SQLiteEventLog(path: path, options: .test(access), clock: file.clock)
            _ = try await log.all()
            await log.close()
        }
        #expect(error?.message.contains(path) == true)
        #expect(FileManager.default.contents(atPath: path) == before)
    }

    private func prepare(_ obstacle: Obstacle, _ file: LogFile) async throws {
        let path = file.path
        switch obstacle {
        case .missing, .missingFolder: break
        case .text: try Data(String(repeating: "no database, ", count: 1_000).utf8).write(to: URL(filePath: path))
        case .empty: try Data().write(to: URL(filePath: path))
        case .folder: try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        case .otherDatabase: try RawSQLite.run(path, "CREATE TABLE keyv (key TEXT, value TEXT)")
        case .newerFormat:
            try await file.make([[1]])
            try RawSQLite.damage(path, "PRAGMA user_version = 99", "PRAGMA wal_checkpoint(TRUNCATE)")
        case .truncated:
            try await file.make((0..<400).map { [UInt8](repeating: UInt8($0 % 251), count: 300) })
            let bytes = try Data(contentsOf: URL(filePath: path))
            try bytes.prefix(bytes.count / 2 / 4_096 * 4_096).write(to: URL(filePath: path))
        }
    }

    /// SQLite follows a symbolic link to one write-ahead log, so the lock has to be one, too.
    @Test func aSymbolicLinkLeadsToTheSameLock() async throws {
        let file = try LogFile()
        try await file.make([[1]])
        let link = file.folder.path("link.sqlite")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: file.path)
        let log = try SQLiteEventLog(path: link, options: .test(.readWrite), clock: file.clock)
        _ = try await log.append(to: "s", [file.event([2])])
        #expect(!FileManager.default.fileExists(atPath: link + "-lock"))
        await log.close()
    }

    @Test func whatIsRefusedGetsNoLockFileBesideIt() async throws {
        let file = try LogFile()
        try await prepare(.otherDatabase, file)
        await expectError(.notALedger, "another database") {
            _ = try SQLiteEventLog(path: file.path, options: .test(.create), clock: file.clock)
        }
        #expect(!FileManager.default.fileExists(atPath: file.path + "-lock"))
    }

    @Test func aLogOpenedForReadingRefusesAppends() async throws {
        let file = try LogFile()
        try await file.make([[1], [2]])
        let log = try file.open(.test(.readOnly))
        await expectError(.readOnly) { _ = try await log.append(to: "s", file.events(1)) }
        await expectError(.readOnly) { _ = try await log.addDictionary([UInt8](repeating: 1, count: 100)) }
        #expect(try await log.all().count == 2)
        await log.close()
    }

    /// A file that the system protects; a user who may write everything cannot test it.
    @Test(.enabled(if: geteuid() != 0, "the superuser may write any file"))
    func aProtectedFileIsReadableAndRefusesAppends() async throws {
        let file = try LogFile()
        try await file.make([[1], [2]])
        try FileManager.default.setAttributes([.posixPermissions: 0o444], ofItemAtPath: file.path)
        let log = try file.open(.test(.readWrite))
        await expectError(.readOnly) { _ = try await log.append(to: "s", file.events(1)) }
        #expect(try await log.all().count == 2)
        await log.close()
    }

    /// Goal: many opening a ledger that is not there yet make one ledger.
    @Test func openingAtOnceMakesOneLedger() async throws {
        let file = try LogFile()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let log = try file.open()
                    _ = try await log.append(to: "s", file.events(3))
                    await log.close()
                }
            }
            try await group.waitForAll()
        }
        let log = try file.open(.test(.readOnly))
        #expect(try await log.all().map(\.version) == Array(1...24))
        await log.close()
    }
}

import EventLog
import Foundation
import LedgerCapabilities
import LedgerStorage
import Testing

@testable import SQLiteEventLog

/// Goal: what looks at a database by its name takes no lock away from this process's connections to it. POSIX locks go
/// when any descriptor of a file is closed. Method: another process tries to write before and after.
@Suite struct OpenDatabaseTests {
    enum Look: CaseIterable {
        case kind, protection, smallFile, comparison, masterKey

        func at(_ path: String) {
            switch self {
            case .kind: _ = ApplicationID.isLedger(path)
            case .protection: try? ProtectedFiles().check(path)
            case .smallFile: _ = try? AtomicFile.read(path, maximumBytes: 1)
            case .comparison: _ = try? AtomicFile.haveSameBytes(path, path)
            case .masterKey: #expect(throws: EventLogError.self) { try MasterKey(file: path) }
            }
        }
    }

    private func isLocked(_ path: String, _ sql: String) async throws -> Bool {
        let code = try await ChildProcess(["execute", path, "--sql", sql]).exitCode()
        try #require(code == 0 || code == 3, "\(String(describing: code))")
        return code == 3
    }

    @Test(arguments: Look.allCases) func aTransactionKeepsOthersOut(look: Look) async throws {
        let path = try TestFolder().path("some.sqlite")
        try RawSQLite.run(path, "CREATE TABLE t (a)")
        #expect(chmod(path, 0o600) == 0)
        let own = try RawSQLite(path)
        try own.sqlite.execute("BEGIN IMMEDIATE; INSERT INTO t VALUES (1)")
        look.at(path)
        #expect(try await isLocked(path, "INSERT INTO t VALUES (2)"))
        try own.sqlite.execute("COMMIT")
        #expect(try await !isLocked(path, "INSERT INTO t VALUES (2)"))
        #expect(try own.sqlite.integer("SELECT sum(a) FROM t") == 3)
    }

    /// A ledger that seems to be in use by no process could be taken out of WAL mode.
    @Test(arguments: Look.allCases) func anOpenLedgerStaysInUse(look: Look) async throws {
        let file = try LogFile()
        let log = try file.open()
        _ = try await log.append(to: "s", file.events(1))
        #expect(chmod(file.path, 0o600) == 0)
        look.at(file.path)
        #expect(try await isLocked(file.path, "PRAGMA journal_mode = DELETE"))
        _ = try await log.append(to: "s", file.events(1))
        await log.close()
        #expect(try await !isLocked(file.path, "PRAGMA journal_mode = DELETE"))
    }
}

import EventLog
import Foundation
import Testing

@testable import SQLiteEventLog

/// Goal: what is synced before it is signed does not make the ledger look unused to other programs, which would take
/// its write-ahead log away. Method: another process asks for SQLite's locks before and after.
@Suite struct DurableTests {
    @Test func syncingKeepsSQLitesLocks() async throws {
        let file = try LogFile()
        let log = try file.open()
        _ = try await log.append(to: "s", file.events(1))
        for sync in [false, true, true] {
            if sync { try log.file.makeDurable() }
            let probe = try ChildProcess(["probe", file.path])
            #expect(try await probe.exitCode(within: 600) == 0, "synced: \(sync)")
        }
        await log.close()
        let probe = try ChildProcess(["probe", file.path])
        #expect(try await probe.exitCode(within: 600) == 3)
    }
}

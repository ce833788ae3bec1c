import EventLog
import EventLogTesting
import Foundation
import LedgerStorage
import SQLiteEventLog
import Testing

@testable import EventLog

/// Goal: nothing touches a connection that has been closed, whatever came in before.
/// Method: the file is closed under the log, as an append that was late by a moment finds it.
@Suite struct ClosedFileTests {
    @Test func aClosedFileRefusesTheWriterAndReaders() async throws {
        let folder = try TestFolder()
        let log = try SQLiteEventLog(path: folder.path(), options: .test(), clock: FixedClock())
        let ids = RandomEventIDs.seeded(1)
        _ = try await log.append(to: "s", [NewEvent(id: ids.next(at: FixedClock().now()), type: "T", payload: [])])
        log.file.close()
        let late = NewEvent(id: ids.next(at: FixedClock().now()), type: "T", payload: [])
        await expectError(.closed) { _ = try await log.append(to: "s", [late]) }
        await expectError(.closed) { _ = try await log.onWriter { try $0.integer("SELECT 1") } }
        await expectError(.closed) { _ = try await log.head() }
        await log.close()
    }

    /// A write-ahead log that is left behind is read by the process that opens the ledger next.
    @Test(arguments: [true, false])
    func closingLeavesNoWriteAheadLog(appends: Bool) async throws {
        let file = try LogFile()
        let log = try file.open()
        if appends {
            _ = try await log.append(to: "s", file.events(100))
        } else {
            _ = try await log.addDictionary([UInt8](repeating: 7, count: 60_000))
        }
        await log.close()
        let size = try FileManager.default.attributesOfItem(atPath: file.path + "-wal")[.size] as? Int
        #expect(size == 0)
    }
}

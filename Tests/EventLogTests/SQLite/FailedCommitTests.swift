import EventLog
import EventLogTesting
import Foundation
import LedgerCapabilities
import SQLiteEventLog
import Testing

@testable import LedgerStorage

/// Goal: an append that is said to have failed is not there after a restart.
/// Method: the ledger's file is made what a COMMIT leaves whose sync has failed, which is frames behind the last commit
/// that no process counts which has the ledger open. A copy of the ledger, which appends on, makes them.
@Suite struct FailedCommitTests {
    @Test(arguments: [false, true])
    func framesOfAFailedCommitAreTakenAway(isLogEmpty: Bool) async throws {
        let file = try LogFile()
        let log = try file.open()
        _ = try await log.append(to: "s", file.events(3))
        if isLogEmpty { try log.file.truncateWAL() }
        try await leaveFrames(behind: file)
        #expect(try await log.head() == 3)
        #expect(try await headAfterRestart(file) == 4, "the frames are those of a whole commit")

        #expect(try await log.onWriter { $0.takeBackFailedCommit() })
        #expect(try await headAfterRestart(file) == 3)
        let event = file.event([1])
        #expect(try await log.append(to: "s", [event]).positions == [4])
        #expect(try await headAfterRestart(file) == 4)
        await log.close()
        let again = try file.open()
        #expect(try await again.event(id: event.id)?.position == 4)
        await again.close()
    }

    @Test(arguments: [false, true])
    func whereTheyCannotBeCutTheyAreWrittenOver(isLogEmpty: Bool) async throws {
        let file = try LogFile()
        let log = try file.open()
        _ = try await log.append(to: "s", file.events(3))
        if isLogEmpty { try log.file.truncateWAL() }
        try await leaveFrames(behind: file)
        let length = try Data(contentsOf: URL(filePath: file.path + "-wal")).count
        #expect(try await log.onWriter { try $0.writeOver() })
        #expect(try Data(contentsOf: URL(filePath: file.path + "-wal")).count == length)
        #expect(try await headAfterRestart(file) == 3)
        _ = try await log.append(to: "s", file.events(1))
        #expect(try await headAfterRestart(file) == 4)
        await log.close()
    }

    @Test func whereNothingIsBehindTheLastCommitNothingChanges() async throws {
        let file = try LogFile()
        let log = try file.open()
        _ = try await log.append(to: "s", file.events(2))
        let before = try Data(contentsOf: URL(filePath: file.path + "-wal"))
        #expect(try await log.onWriter { $0.takeBackFailedCommit() })
        #expect(try Data(contentsOf: URL(filePath: file.path + "-wal")) == before)
        #expect(try await log.head() == 2)
        await log.close()
    }

    @Test func aLogInMemoryHasNothingToTakeBack() async throws {
        let log = try SQLiteEventLog.inMemory(options: .test(), clock: FixedClock())
        #expect(try await log.onWriter { $0.takeBackFailedCommit() })
        await log.close()
    }

    @Test func whileAnOutcomeIsUnknownNothingIsWritten() async throws {
        let file = try LogFile()
        let log = try file.open()
        _ = try await log.append(to: "s", file.events(1))
        let lost = file.events(5)
        let unknown = try await log.onWriter { sqlite in
            sqlite.undecided = UndecidedCommit(cause: "disk I/O error")
            return sqlite.unknown(EventLogError(.outcomeUnknown, ""), lost.map(\.id))
        }
        #expect(unknown.eventIDs == lost.map(\.id))
        #expect(unknown.message.contains("\(lost[0].id)") && unknown.message.contains("2 more"))
        #expect(!unknown.message.contains("try again"))
        let refusal = await expectError(.writingStopped) { _ = try await log.append(to: "s", file.events(1)) }
        #expect(refusal?.eventIDs == lost.map(\.id))
        await expectError(.writingStopped) { _ = try await log.addDictionary([UInt8](repeating: 7, count: 60_000)) }
        // It would copy into the file what may or may not be in the log.
        await expectError(.writingStopped) { try log.file.truncateWAL() }
        #expect(try await log.head() == 1)
        await log.close()
        let again = try file.open()
        #expect(try await again.append(to: "s", file.events(1)).positions == [2])
        await again.close()
    }

    // MARK: Making it so

    private func leaveFrames(behind file: LogFile) async throws {
        let (copy, wal) = (file.folder.path("copy.sqlite"), file.path + "-wal")
        try copyFiles(file, to: copy)
        let length = try Data(contentsOf: URL(filePath: wal)).count
        let log = try SQLiteEventLog(path: copy, options: .test(), clock: file.clock)
        _ = try await log.append(to: "s", [file.event([9])])
        let longer = try Data(contentsOf: URL(filePath: copy + "-wal"))
        await log.close()
        let handle = try FileHandle(forWritingTo: URL(filePath: wal))
        defer { try? handle.close() }
        try handle.seekToEnd()
        try handle.write(contentsOf: longer.dropFirst(length))
    }

    /// The log's last position for somebody who finds only the database and its log, as after a power cut.
    private func headAfterRestart(_ file: LogFile) async throws -> Position {
        let copy = file.folder.path("restarted-\(UUID().uuidString).sqlite")
        try copyFiles(file, to: copy)
        let log = try SQLiteEventLog(path: copy, options: .test(.readOnly), clock: file.clock)
        let head = try await log.head()
        await log.close()
        return head
    }

    private func copyFiles(_ file: LogFile, to copy: String) throws {
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: file.path + suffix, toPath: copy + suffix)
        }
    }
}

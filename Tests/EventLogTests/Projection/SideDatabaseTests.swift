import CLedgerShims
import EventLog
import Foundation
import LedgerStorage
import Projections
import Testing

@testable import EmbeddedLedger
@testable import SQLiteEventLog

/// Goal: a database that is to have no name leaves none behind, killed at the wrong moment neither. Method: files that
/// killed and living processes have left beside a ledger, and beside one that is being made.
@Suite struct SideDatabaseTests {
    private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    @Test func whatAKilledVerificationLeftIsRemovedByTheNextOne() async throws {
        let test = try await ProjectedLog(LogFile())
        try await test.append(2)
        let file = test.file
        let left = file.path + "-verify.part-0123456789abcdef"
        let living = file.path + "-verify.part-0123456789abcde0"
        let others = ["-verify-999999999-11-29.txt", "-verify-notes", "-verified", "-verify.part-1"].map {
            file.path + $0
        }
        for path in [left, living] + others { try Data([1]).write(to: URL(filePath: path)) }
        let lock = open(living, O_RDWR)
        defer { close(lock) }
        try #require(memledger_try_lock(lock, 0) == 0)
        #expect(try await test.host.verify().isEqual)
        await test.log.close()
        #expect(!exists(left))
        for path in others + [living] { #expect(exists(path), "\(path)") }
    }

    @Test(arguments: [PartialLedger.Purpose.backup, .restore])
    func whatAKilledProcessLeftBesideAPartIsRemovedWithIt(purpose: PartialLedger.Purpose) throws {
        let file = try LogFile()
        let part = PartialLedger(target: file.path, purpose: purpose)
        let left = part.path + "-verify.part-0123456789abcdef"
        // As the killed one left it.
        for path in [part.lockPath, part.path, left] { try Data().write(to: URL(filePath: path)) }
        let lock = try part.claim(.ofOwner)
        lock.removeFile()
        #expect(!exists(left) && !exists(part.path))
    }
}

import Foundation
import Testing

@testable import EventLog

/// Goal: a database that is to have no name leaves none behind, killed at the wrong moment neither. Method: files that
/// killed and living processes have left beside a ledger, and beside one that is being made.
@Suite struct SideDatabaseTests {
    /// No system gives a process so large a number.
    private static let gone = 999_999_999

    private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    @Test func whatAKilledVerificationLeftIsRemovedByTheNextOne() async throws {
        let test = try await ProjectedLog(LogFile())
        try await test.append(2)
        let file = test.file
        let left = file.path + "-verify-\(Self.gone)-1"
        let others = ["-verify-\(getppid())-1", "-verify-notes", "-verified"].map { file.path + $0 }
        for path in [left] + others { try Data([1]).write(to: URL(filePath: path)) }
        #expect(try await test.host.verify().isEqual)
        await test.log.close()
        #expect(!exists(left))
        for path in others { #expect(exists(path), "\(path)") }
    }

    @Test(arguments: [PartialLedger.Purpose.backup, .restore])
    func whatAKilledProcessLeftBesideAPartIsRemovedWithIt(purpose: PartialLedger.Purpose) throws {
        let file = try LogFile()
        let part = PartialLedger(target: file.path, purpose: purpose)
        let left = part.path + "-verify-\(getpid())-1"
        // As the killed one left it.
        for path in [part.lockPath, part.path, left] { try Data().write(to: URL(filePath: path)) }
        let lock = try part.claim()
        lock.removeFile()
        #expect(!exists(left) && !exists(part.path))
    }
}

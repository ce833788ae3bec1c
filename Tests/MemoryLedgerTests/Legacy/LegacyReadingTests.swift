import CLedgerShims
import EventLog
import Foundation
import LedgerStorage
import Synchronization
import Testing

@testable import MemoryLedger

/// Goal: a large source is hashed and copied so that it can be seen and broken off, and looking at a source takes no
/// locks away from what else has it open. Method: a source of several pieces, in its place and copied.
@Suite struct LegacyReadingTests {
    private func large(usesWAL: Bool, _ folder: TemporaryFolder) throws -> String {
        let path = try Sample.keyv.make(in: folder)
        let writer = try TestDatabase(path, "CREATE TABLE other (a); INSERT INTO other VALUES (zeroblob(4000000))")
        if usesWAL { try writer.execute("PRAGMA journal_mode = WAL") }
        writer.close()
        return path
    }

    @Test(arguments: [false, true]) func hashingIsBrokenOff(usesWAL: Bool) async throws {
        let folder = try TemporaryFolder()
        let path = try large(usesWAL: usesWAL, folder)
        let seen = Mutex<[Int64]>([])
        var options = MigrationOptions()
        options.sourceProgress = { bytes, total in
            seen.withLock { $0 += [bytes, total] }
            withUnsafeCurrentTask { $0?.cancel() }
        }
        let task = Task { [options] in _ = try PreparedMigration(from: path, options: options) }
        await #expect(throws: CancellationError.self) { try await task.value }
        let size = try #require(LegacyFile.identity(path)?.size)
        #expect(seen.withLock { $0 } == [Int64(RegularFile.pieceBytes), Int64(size)])
    }

    @Test(arguments: [false, true]) func allOfItIsCounted(usesWAL: Bool) throws {
        let folder = try TemporaryFolder()
        let path = try large(usesWAL: usesWAL, folder)
        var last: (Int64, Int64)?
        try LegacyDatabase(path: path) { last = ($0, $1) }.close()
        let size = try #require(LegacyFile.identity(path)?.size)
        #expect(try #require(last) == (Int64(size), Int64(size)))
    }

    /// SQLite's own bytes in a database file, for readers.
    private static let shared = 0x4000_0002

    @Test func lookingAtASourceKeepsItsLocks() throws {
        let folder = try TemporaryFolder()
        let path = try Sample.keyv.make(in: folder)
        let open = try LegacyDatabase(path: path)
        try LegacyDatabase(path: path).close()
        _ = try LegacyFile(path: path).access()
        let probe = Foundation.open(path, O_RDWR)
        defer { close(probe) }
        #expect(memledger_try_lock(probe, Self.shared) != 0)
        open.close()
        #expect(memledger_try_lock(probe, Self.shared) == 0)
    }
}

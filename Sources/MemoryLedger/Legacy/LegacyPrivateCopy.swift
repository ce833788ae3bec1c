import CLedgerShims
import Crypto
import EventLog
import Foundation
import LedgerStorage

/// A copy of a legacy database with its write-ahead log or its hot journal, in a folder of its own in the temporary
/// folder (`TemporaryFolder`), for SQLite to put in order and read there: the source's folder stays as it is.
///
/// While it is made no byte of the database changes, or it is made again:
///
/// 1. In rollback mode the SHARED lock holds writers off.
/// 2. In WAL mode a lock in the shared memory, which is not written to, holds checkpoints off; so the database stays,
///    and the log grows at its end only. What is added meanwhile is of later transactions, whole or cut off, and a cut
///    one does not count. That the log was not begun again its header says.
/// 3. Shared memory is not copied: SQLite makes it from the log.
struct LegacyPrivateCopy {
    /// Of the database, which is whole without any other file.
    let path: String
    /// Of what was copied: the database, then the log if it is not empty, or the journal.
    let sha256: [UInt8]

    /// It goes with this object; what has the database open reads on.
    private let folder: TemporaryFolder

    /// - Throws: `LegacySourceError`, `CancellationError`.
    static func make(
        of file: LegacyFile, _ limits: LegacySource.Limits, _ progress: (Int64, Int64) -> Void
    ) throws -> LegacyPrivateCopy {
        do {
            let folder = try TemporaryFolder()
            for _ in 0..<limits.hashAttempts {
                guard let sha256 = try copy(file, to: folder.path, limits, progress) else { continue }
                let made = LegacyPrivateCopy(path: database(folder.path), sha256: sha256, folder: folder)
                try made.putInOrder(file)
                return made
            }
        } catch let error as CancellationError {
            throw error
        } catch {
            throw LegacySourceError.from(error, path: file.path)
        }
        throw LegacySourceError.changing(file.path)
    }

    private static func database(_ folder: String) -> String { folder + "/database" }

    /// Nil: it changed meanwhile.
    private static func copy(
        _ file: LegacyFile, to folder: String, _ limits: LegacySource.Limits, _ progress: (Int64, Int64) -> Void
    ) throws -> [UInt8]? {
        let lock = try LegacyFileLock(path: file.realPath)
        defer { withExtendedLifetime(lock) {} }
        try lock.share(waitingMilliseconds: limits.busyMilliseconds)
        var checkpoints: LegacyCheckpointLock?
        defer { withExtendedLifetime(checkpoints) {} }
        if LegacyFile.identity(file.sharedMemoryPath) != nil {
            checkpoints = try LegacyCheckpointLock(
                sharedMemory: file.sharedMemoryPath, waitingMilliseconds: limits.busyMilliseconds)
        }
        let hasJournal = try lock.hasHotJournal(file.journalPath)
        let before = try state(file)
        var hash = SHA256()
        var done: Int64 = 0
        let total = file.identities().reduce(0) { $0 + Int64($1?.size ?? 0) }
        func take(_ bytes: UnsafeRawBufferPointer) {
            hash.update(bufferPointer: bytes)
            done += Int64(bytes.count)
            progress(done, total)
        }
        try copy(file.realPath, to: database(folder), file, take)
        for (suffix, isThere) in [("-wal", (before.log?.count ?? 0) > 0), ("-journal", hasJournal)] {
            unlink(database(folder) + suffix)
            if isThere { try copy(file.realPath + suffix, to: database(folder) + suffix, file, take) }
        }
        return try state(file) == before ? Array(hash.finalize()) : nil
    }

    /// What does not change while a copy is made.
    private struct State: Equatable {
        let database: LegacyFile.Identity?
        /// The header of the write-ahead log, which is another one each time that the log is begun again.
        let log: [UInt8]?
        let journal: LegacyFile.Identity?
    }

    private static let logHeaderBytes = 32

    private static func state(_ file: LegacyFile) throws(LegacySourceError) -> State {
        var log: [UInt8]?
        if LegacyFile.identity(file.walPath) != nil { log = try LegacyFile.beginning(file.walPath, logHeaderBytes) }
        return State(
            database: LegacyFile.identity(file.realPath), log: log, journal: LegacyFile.identity(file.journalPath))
    }

    private static func copy(
        _ path: String, to target: String, _ file: LegacyFile, _ take: (UnsafeRawBufferPointer) -> Void
    ) throws {
        let descriptor = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw LegacySourceError.system(file.path, "copied to \(target)") }
        defer { close(descriptor) }
        try LegacyFile.read(path) { bytes in
            take(bytes)
            var rest = bytes
            while !rest.isEmpty {
                let count = write(descriptor, rest.baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count >= 0 else { throw LegacySourceError.system(file.path, "copied to \(target)") }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
    }

    /// Lets SQLite roll a journal back, or take the log into the database.
    private func putInOrder(_ file: LegacyFile) throws {
        var handle: OpaquePointer?
        let code = sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nil)
        defer { sqlite3_close_v2(handle) }
        guard code == SQLITE_OK, let handle else {
            throw LegacySourceError.sqlite(code: code, message: "cannot open a copy", path: file.path)
        }
        let connection = SQLiteConnection(handle: handle)
        defer { connection.forgetStatements() }
        // Nothing of it outlives this process.
        try connection.execute("PRAGMA synchronous = OFF")
        try connection.execute("SELECT count(*) FROM sqlite_master")
        if file.usesWAL || LegacyFile.identity(path + "-wal") != nil {
            try connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            try connection.execute("PRAGMA journal_mode = DELETE")
        }
    }
}

import CLedgerShims
import EventLog
import Foundation
import LedgerStorage

/// A legacy database, opened for reading only, in one read transaction from `init` to `close`.
///
/// 1. The source and its folder stay as they are: no byte is written, no `-wal`, `-shm` or journal is made or removed.
/// 2. What is read is what was hashed.
/// 3. Bounded: no more than one row is held, and no row beyond `Limits.rowBytes` is loaded.
/// 4. `second` reads by a connection of its own, and sees the same: it is opened while the first holds writers off, or
///    on the same private copy.
///
/// A process that has the source open itself must not have it in WAL mode: looking at the shared memory drops the locks
/// that the process has on that. Not `Sendable`; use it from one task, and `second` from one task.
package final class LegacyDatabase {
    package let path: String
    /// 32 bytes: of the file, or of what a copy was made of (`LegacyPrivateCopy`).
    package let sha256: [UInt8]
    /// It is read from a `LegacyPrivateCopy`, so that its program is not kept waiting.
    let isPrivateCopy: Bool
    package let limits: LegacySource.Limits
    let schema: LegacySchema
    let connection: SQLiteConnection
    /// Text has to be converted before its bytes are taken.
    let isUTF16: Bool
    /// The same database by another connection; nil of that itself.
    let second: LegacyDatabase?
    private var isOpen = true

    /// - Parameter progress: Gets the bytes of the source that were hashed, and how many there are.
    /// - Throws: `LegacySourceError`, `CancellationError`.
    package init(
        path: String, limits: LegacySource.Limits = .init(), progress: (Int64, Int64) -> Void = { _, _ in }
    ) throws {
        let (connections, sha256, isPrivateCopy) = try Self.open(path, limits, progress)
        let connection = connections.first
        do {
            let applicationID = try connection.integer("PRAGMA application_id") ?? 0
            try LegacyFile.refuseOurOwn(applicationID: applicationID, path)
            schema = try LegacySchema(connection)
            let encoding = try connection.statement("PRAGMA encoding")
            isUTF16 = try encoding.step() && encoding.text(0) != "UTF-8"
            encoding.reset()
        } catch {
            connections.close()
            throw LegacySourceError.from(error, path: path)
        }
        self.path = path
        self.sha256 = sha256
        self.isPrivateCopy = isPrivateCopy
        self.limits = limits
        self.connection = connection
        second = LegacyDatabase(
            connections.second, path, sha256, isPrivateCopy: isPrivateCopy, limits, schema, isUTF16: isUTF16)
    }

    private init(
        _ connection: SQLiteConnection, _ path: String, _ sha256: [UInt8], isPrivateCopy: Bool,
        _ limits: LegacySource.Limits, _ schema: LegacySchema, isUTF16: Bool
    ) {
        (self.connection, self.path, self.sha256, self.isPrivateCopy) = (connection, path, sha256, isPrivateCopy)
        (self.limits, self.schema, self.isUTF16, second) = (limits, schema, isUTF16, nil)
    }

    deinit { close() }

    /// Ends the read transactions. Cursors over the tables are of no use after it.
    package func close() {
        guard isOpen else { return }
        isOpen = false
        connection.closeSource()
        second?.close()
    }

    /// The tables that hold memories, the newest first.
    ///
    /// - Parameter tables: those that are wanted; empty for all, as `LegacySchema.choose` finds them.
    package func sources(
        format: LegacyFormat? = nil, tables: [MigrationOptions.Table] = []
    ) throws(LegacySourceError) -> [LegacySource] {
        try schema.choose(format: format, tables: tables, path: path).map { LegacySource(self, $0) }
    }

    /// Of the main file, in bytes.
    package var sizeBytes: Int64 {
        var status = stat()
        return stat(path, &status) == 0 ? Int64(status.st_size) : 0
    }

    package var sha256Text: String { sha256.hexadecimal }

    // MARK: Limits

    /// Lets SQLite load what is beyond the limit of a row, and answers that limit.
    func liftLengthLimit() -> Int32 { sqlite3_limit(connection.handle, SQLITE_LIMIT_LENGTH, .max) }

    func setLengthLimit(_ bytes: Int32) { sqlite3_limit(connection.handle, SQLITE_LIMIT_LENGTH, bytes) }

    // MARK: Opening

    private struct Connections {
        let first: SQLiteConnection
        let second: SQLiteConnection

        func close() {
            first.closeSource()
            second.closeSource()
        }
    }

    private static func open(
        _ path: String, _ limits: LegacySource.Limits, _ progress: (Int64, Int64) -> Void
    ) throws -> (Connections, [UInt8], isPrivateCopy: Bool) {
        for _ in 0..<limits.hashAttempts {
            let file = try LegacyFile(path: path)
            switch try file.access() {
            case .copy:
                let copy = try LegacyPrivateCopy.make(of: file, limits, progress)
                // The open file is all that is needed; nothing is left of the folder whatever happens.
                defer { withExtendedLifetime(copy) {} }
                return (try connectTwice(LegacyFile.uri(copy.path, isImmutable: true), file, limits), copy.sha256, true)
            case .inPlace:
                // A file that changes before the transaction begins is hashed again.
                let before = file.identities()
                let sha256 = try file.sha256(progress)
                let connections = try connectTwice(LegacyFile.uri(file.realPath, isImmutable: false), file, limits)
                if file.identities() == before { return (connections, sha256, false) }
                connections.close()
            }
        }
        throw LegacySourceError.changing(path)
    }

    private static func connectTwice(
        _ uri: String, _ file: LegacyFile, _ limits: LegacySource.Limits
    ) throws(LegacySourceError) -> Connections {
        let first = try connect(uri, file, limits)
        do throws(LegacySourceError) {
            return Connections(first: first, second: try connect(uri, file, limits))
        } catch {
            first.closeSource()
            throw error
        }
    }

    private static func connect(
        _ uri: String, _ file: LegacyFile, _ limits: LegacySource.Limits
    ) throws(LegacySourceError) -> SQLiteConnection {
        var handle: OpaquePointer?
        let code = sqlite3_open_v2(uri, &handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, nil)
        guard code == SQLITE_OK, let handle else {
            let message = handle.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
            sqlite3_close_v2(handle)
            throw LegacySourceError.sqlite(code: code, message: message, path: file.path)
        }
        let connection = SQLiteConnection(handle: handle)
        sqlite3_extended_result_codes(handle, 1)
        sqlite3_busy_timeout(handle, Int32(clamping: limits.busyMilliseconds))
        memledger_disable_checkpoint_on_close(handle)
        sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, Int32(clamping: limits.rowBytes))
        do {
            // A schema that may not use JSON functions could not be read at all where one table does. There is nothing
            // on this connection that such a schema could misuse: it only reads, and SQLite has its own functions.
            try connection.execute("PRAGMA query_only = ON; PRAGMA trusted_schema = ON; PRAGMA temp_store = MEMORY")
            try connection.execute("BEGIN")
            _ = try connection.integer("SELECT count(*) FROM sqlite_master")
        } catch {
            connection.closeSource()
            throw LegacySourceError.from(error, path: file.path)
        }
        return connection
    }
}

extension SQLiteConnection {
    /// Closes a connection that has written nothing.
    fileprivate func closeSource() {
        forgetStatements()
        if isInTransaction { sqlite3_exec(handle, "ROLLBACK", nil, nil, nil) }
        sqlite3_close_v2(handle)
    }
}

extension LegacySourceError {
    /// What went wrong while a source was read, as an error that says what to do.
    static func from(_ error: any Error, path: String) -> LegacySourceError {
        if let known = error as? LegacySourceError { return known }
        if let problem = error as? FileProblem {
            return LegacySourceError(
                .unreadable, path: path,
                "It cannot be read (\(problem.description)). Check its permissions and its disk.")
        }
        if let failure = error as? SQLiteFailure {
            return sqlite(code: failure.code, message: failure.message, path: path)
        }
        let reason = (error as? EventLogError)?.message ?? "\(error)"
        return LegacySourceError(.unreadable, path: path, "It cannot be read (\(reason)). Check the file.")
    }

    static func sqlite(code: Int32, message: String, path: String) -> LegacySourceError {
        let hasJournal = FileManager.default.fileExists(atPath: path + "-journal")
        return switch code & 0xff {
        case SQLITE_BUSY, SQLITE_LOCKED:
            locked(path)
        case SQLITE_NOTADB:
            LegacySourceError(
                .notADatabase, path: path,
                "This is not a SQLite database, or it is encrypted. Give the decrypted file.")
        case SQLITE_CORRUPT:
            truncated(path, "is malformed inside (\(message))")
        case SQLITE_READONLY where hasJournal, SQLITE_CANTOPEN where hasJournal:
            LegacySourceError(
                .needsRecovery, path: path,
                "A program died while it wrote to it, and the -journal file holds the repair. "
                    + "Copy both files elsewhere, open the copy once with sqlite3, and give the copy.")
        default:
            LegacySourceError(
                .unreadable, path: path,
                "SQLite cannot read it (error \(code): \(message)). Check its permissions and its disk.")
        }
    }

    static func locked(_ path: String) -> LegacySourceError {
        LegacySourceError(.locked, path: path, "Another program has it locked. Stop that program, or wait longer.")
    }

    static func changing(_ path: String) -> LegacySourceError {
        LegacySourceError(
            .changing, path: path, "A program writes to it all the time. Stop that, or give a copy.")
    }
}

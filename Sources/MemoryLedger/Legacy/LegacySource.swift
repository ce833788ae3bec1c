import CLedgerShims
import EventLog
import Foundation

/// A legacy database, opened for reading only, in one read transaction from `init` to `close`.
///
/// 1. The source and its folder stay as they are: no byte is written, no `-wal`, `-shm` or journal is made or removed.
/// 2. What is read is what was hashed: a file that changes in between is hashed again.
/// 3. Bounded: no more than one row is held, and no row beyond `Limits.rowBytes` is loaded.
///
/// The process must not have the file open by other means: POSIX locks are dropped when any descriptor is closed. Not
/// `Sendable`; use it from one task.
package final class LegacySource {
    package struct Limits: Sendable {
        /// Of one row; a larger one is reported by its key alone.
        package var rowBytes = 64 << 20
        /// How long to wait for a writer's lock, in milliseconds.
        package var busyMilliseconds = 5_000
        /// Pages that one step of a backup copies.
        package var backupPagesPerStep = 1_024
        /// How often a file is hashed anew because it changed meanwhile.
        package var hashAttempts = 3

        package init() {}
    }

    package let path: String
    package let format: LegacyFormat
    package let table: String
    /// Of the file's bytes followed by its `-wal` file's, where there is one that is not empty.
    package let sha256: [UInt8]
    /// Ordinary tables that are not read, for the report.
    package let ignoredTables: [String]
    package let limits: Limits
    let schema: LegacySchema
    let tableSchema: LegacySchema.Table
    let connection: SQLiteConnection
    /// Text has to be converted before its bytes are taken.
    let isUTF16: Bool
    private var isOpen = true

    package init(
        path: String, format: LegacyFormat? = nil, table: String? = nil, limits: Limits = Limits()
    ) throws(LegacySourceError) {
        let (connection, sha256) = try Self.open(path, limits)
        do {
            schema = try LegacySchema(connection)
            let encoding = try connection.statement("PRAGMA encoding")
            isUTF16 = try encoding.step() && encoding.text(0) != "UTF-8"
            encoding.reset()
            let choice = try schema.choose(format: format, table: table, path: path)
            self.format = choice.format
            tableSchema = choice.table
        } catch {
            connection.closeSource()
            throw LegacySourceError.from(error, path: path)
        }
        let name = tableSchema.name
        let linkTable = self.format == .kvMemory1 || self.format == .kvMemory2 ? "memory_links" : nil
        ignoredTables = schema.tables.map(\.name).filter { $0 != name && $0 != linkTable }
        self.path = path
        self.table = name
        self.sha256 = sha256
        self.limits = limits
        self.connection = connection
    }

    deinit { close() }

    /// Ends the read transaction. Cursors over the source are of no use after it.
    package func close() {
        guard isOpen else { return }
        isOpen = false
        connection.closeSource()
    }

    /// Of the main file, in bytes.
    package var sizeBytes: Int64 {
        var status = stat()
        return stat(path, &status) == 0 ? Int64(status.st_size) : 0
    }

    package var sha256Text: String { sha256.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }

    /// How many rows there are to read; it scans the smallest index.
    package func rowCount() throws(LegacySourceError) -> Int {
        do {
            let rows = try connection.integer("SELECT count(*) FROM \(table.sqlIdentifier)") ?? 0
            guard let orphans = LegacyLinks(self)?.orphansSQL else { return Int(rows) }
            return Int(rows + (try connection.integer("SELECT count(*) FROM (\(orphans))") ?? 0))
        } catch { throw LegacySourceError.from(error, path: path) }
    }

    // MARK: Opening

    /// Hashes the file, then opens it and begins the read transaction; again where the file changed in between.
    private static func open(
        _ path: String, _ limits: Limits
    ) throws(LegacySourceError) -> (SQLiteConnection, [UInt8]) {
        for _ in 0..<limits.hashAttempts {
            let file = try LegacyFile(path: path)
            let before = file.identities()
            let sha256 = try file.sha256()
            let connection = try connect(file, limits)
            if file.identities() == before { return (connection, sha256) }
            connection.closeSource()
        }
        throw LegacySourceError(
            .changing, path: path, "Somebody writes to it all the time. Stop the program that does, or give a copy.")
    }

    private static func connect(
        _ file: LegacyFile, _ limits: Limits
    ) throws(LegacySourceError) -> SQLiteConnection {
        let access = file.access
        var handle: OpaquePointer?
        let code = sqlite3_open_v2(
            file.uri(access), &handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, nil)
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
            try connection.execute("PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY")
            if access == .abandonedWAL { try connection.execute("PRAGMA locking_mode = EXCLUSIVE") }
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
        if let failure = error as? SQLiteFailure {
            return sqlite(code: failure.code, message: failure.message, path: path)
        }
        return LegacySourceError(.unreadable, path: path, "It cannot be read (\(error)). Check the file.")
    }

    static func sqlite(code: Int32, message: String, path: String) -> LegacySourceError {
        let hasJournal = FileManager.default.fileExists(atPath: path + "-journal")
        return switch code & 0xff {
        case SQLITE_BUSY, SQLITE_LOCKED:
            LegacySourceError(
                .locked, path: path, "Another program has it locked. Stop that program, or wait longer.")
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
}

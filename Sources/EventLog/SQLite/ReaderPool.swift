import CLedgerShims
import Dispatch
import GRDB
import GRDBSQLite
import Synchronization

/// Read-only connections, made when needed and kept for the next reader.
final class ReaderPool: Sendable {
    private struct State {
        var idle: [LedgerFile.Connection] = []
        var isClosed = false
        /// The file that the connections are open on.
        var identity: FileIdentity?
    }

    private let path: String
    private let options: LedgerFileOptions
    private let isImmutable: Bool
    private let state = Mutex(State())
    private let places: DispatchSemaphore

    /// - Parameter isImmutable: No process will ever write to the file, so its lock need not be taken for every read.
    init(path: String, options: LedgerFileOptions, isImmutable: Bool = false) {
        self.path = path
        self.options = options
        self.isImmutable = isImmutable
        places = DispatchSemaphore(value: max(1, options.maximumReaders))
    }

    func read<T>(_ body: (SQLiteConnection) throws -> T) throws -> T {
        places.wait()
        defer { places.signal() }
        let idle = try state.withLock { state in
            if state.isClosed { throw EventLogError.closed }
            return state.idle.popLast()
        }
        let connection = try idle ?? open()
        defer {
            let isClosed = state.withLock { state in
                if !state.isClosed { state.idle.append(connection) }
                return state.isClosed
            }
            if isClosed { connection.close() }
        }
        return try connection.queue.unsafeRead { _ in
            defer { connection.sqlite.resetStatements() }
            return try body(connection.sqlite)
        }
    }

    /// - Parameter holdsTransactions: a transaction may stay open from one call to the next.
    func open(holdsTransactions: Bool = false) throws -> LedgerFile.Connection {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.allowsUnsafeTransactions = holdsTransactions
        configuration.busyMode = .timeout(Double(options.busyTimeoutMilliseconds) / 1_000)
        let (cache, isImmutable) = (options.readerCacheKibibytes, isImmutable)
        configuration.prepareDatabase { database in
            guard let handle = database.sqliteConnection else { throw EventLogError.closed }
            memledger_disable_checkpoint_on_close(handle)
            sqlite3_wal_autocheckpoint(handle, 0)
            sqlite3_exec(handle, "PRAGMA cache_size = -\(cache)", nil, nil, nil)
            if isImmutable { sqlite3_exec(handle, "PRAGMA locking_mode = EXCLUSIVE", nil, nil, nil) }
        }
        if isImmutable { return try LedgerFile.Connection(path: path, configuration: configuration) }
        // The file and what SQLite keeps beside it are opened together, and a restore replaces them together.
        let presence = try LedgerPresence.share(.opening, of: path, options.busyTimeoutMilliseconds)
        defer { presence?.leave() }
        try checkIdentity()
        let connection = try LedgerFile.Connection(path: path, configuration: configuration)
        _ = try connection.queue.unsafeRead { _ in try connection.sqlite.integer("SELECT 1 FROM sqlite_master LIMIT 1")
        }
        SideFile.shareJournals(of: path)
        return connection
    }

    /// Connections of one pool must be open on one file: where a restore has put another one in its place, those that
    /// are open go on reading the former, and there are no new ones.
    private func checkIdentity() throws {
        guard let found = FileIdentity(path) else { return }
        let isSame = state.withLock { state in
            let known = state.identity ?? found
            state.identity = known
            return known == found
        }
        if isSame { return }
        throw EventLogError(
            .closed, "\(path) was replaced since it was opened, by a restore for instance; open it again.")
    }

    func close() {
        let idle = state.withLock { state in
            state.isClosed = true
            defer { state.idle = [] }
            return state.idle
        }
        for connection in idle { connection.close() }
    }
}

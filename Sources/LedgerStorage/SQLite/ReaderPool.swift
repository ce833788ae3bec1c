import CLedgerShims
import Dispatch
import EventLog
import GRDBSQLite
import Synchronization

/// Read-only connections, made when needed and kept for the next reader.
package final class ReaderPool: Sendable {
    private struct State {
        var idle: [QueuedConnection] = []
        /// Those that are reading.
        var busy = 0
        var waits = ReaderWaits()
        var isClosed = false
        /// The file that the connections are open on.
        var identity: FileIdentity?
    }

    package struct Options: Sendable {
        /// How long a read waits for what SQLite does beside it, in milliseconds.
        package var busyTimeoutMilliseconds: Int
        /// The most connections that read at the same time; further readers wait for one.
        package var maximumReaders: Int
        /// The page cache of each, in KiB.
        package var cacheKibibytes: Int
        /// What is done with each new handle. If it throws, the reader gets that.
        package var prepare: @Sendable (OpaquePointer) throws -> Void = { _ in }

        package init(busyTimeoutMilliseconds: Int, maximumReaders: Int, cacheKibibytes: Int) {
            self.busyTimeoutMilliseconds = busyTimeoutMilliseconds
            self.maximumReaders = maximumReaders
            self.cacheKibibytes = cacheKibibytes
        }
    }

    private let path: String
    private let options: Options
    private let isImmutable: Bool
    private let state = Mutex(State())
    private let places: DispatchSemaphore

    /// - Parameter isImmutable: No process will ever write to the file, so its lock need not be taken for every read.
    package init(path: String, options: Options, isImmutable: Bool = false) {
        self.path = path
        self.options = options
        self.isImmutable = isImmutable
        places = DispatchSemaphore(value: max(1, options.maximumReaders))
    }

    package func read<T>(_ body: (SQLiteConnection) throws -> T) throws -> T {
        let waited = waitForPlace()
        defer { places.signal() }
        let idle = try state.withLock { state in
            if state.isClosed { throw EventLogError.closed }
            state.busy += 1
            state.waits.add(waited)
            return state.idle.popLast()
        }
        let connection: QueuedConnection
        do { connection = try idle ?? open() } catch {
            state.withLock { $0.busy -= 1 }
            throw error
        }
        defer {
            state.withLock { $0.busy -= 1 }
            giveBack(connection)
        }
        return try connection.runUnshared { sqlite in
            defer { sqlite.resetStatements() }
            return try body(sqlite)
        }
    }

    /// - Returns: how long the wait was, in nanoseconds; nil if there was none.
    private func waitForPlace() -> UInt64? {
        if places.wait(timeout: Self.atOnce) == .success { return nil }
        let began = DispatchTime.now().uptimeNanoseconds
        places.wait()
        return DispatchTime.now().uptimeNanoseconds - began
    }

    private static let atOnce = DispatchTime(uptimeNanoseconds: 0)

    /// - Parameter holdsTransactions: a transaction may stay open from one call to the next.
    package func open(holdsTransactions: Bool = false) throws -> QueuedConnection {
        var reading = QueuedConnection.Options()
        reading.isReadOnly = true
        reading.holdsTransactions = holdsTransactions
        reading.busyTimeoutMilliseconds = options.busyTimeoutMilliseconds
        let (cache, isImmutable, prepare) = (options.cacheKibibytes, isImmutable, options.prepare)
        reading.prepare = { handle in
            memledger_disable_checkpoint_on_close(handle)
            sqlite3_wal_autocheckpoint(handle, 0)
            sqlite3_exec(handle, "PRAGMA cache_size = -\(cache)", nil, nil, nil)
            if isImmutable { sqlite3_exec(handle, "PRAGMA locking_mode = EXCLUSIVE", nil, nil, nil) }
            try prepare(handle)
        }
        if isImmutable { return try QueuedConnection(path: path, reading) }
        // The file and what SQLite keeps beside it are opened together, and a restore replaces them together.
        let presence = try LedgerPresence.share(.opening, of: path, options.busyTimeoutMilliseconds)
        defer { presence?.leave() }
        try checkIdentity()
        do {
            let connection = try Self.opened(path, reading)
            SideFile.shareJournals(of: path)
            return connection
        } catch let error where ImmutableFile.isOnlyReadable(path) {
            guard let connection = try? Self.opened(ImmutableFile.uri(path), reading) else { throw error }
            return connection
        }
    }

    /// Opens a file, and reads of it: what SQLite needs beside it shows only then.
    private static func opened(_ path: String, _ options: QueuedConnection.Options) throws -> QueuedConnection {
        let connection = try QueuedConnection(path: path, options)
        _ = try connection.run { try $0.integer("SELECT 1 FROM sqlite_master LIMIT 1") }
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

    /// Keeps a connection for the next reader, if there is room for it.
    private func giveBack(_ connection: QueuedConnection) {
        let isKept = state.withLock { state in
            guard !state.isClosed, state.idle.count < max(1, options.maximumReaders) else { return false }
            state.idle.append(connection)
            return true
        }
        if !isKept { connection.close() }
    }

    package var figures: ReaderPoolFigures {
        let (idle, busy, waits) = state.withLock { ($0.idle, $0.busy, $0.waits) }
        var figures = ReaderPoolFigures(
            open: idle.count + busy, busy: busy, most: max(1, options.maximumReaders), waits: waits)
        for connection in idle {
            // One at a time, so that readers find the others; one that is reading by now is left out.
            let isFree = state.withLock { state in
                guard let index = state.idle.firstIndex(where: { $0 === connection }) else { return false }
                state.idle.remove(at: index)
                return true
            }
            guard isFree else { continue }
            connection.run { sqlite in
                figures.cacheHits += sqlite.cacheCount(SQLITE_DBSTATUS_CACHE_HIT)
                figures.cacheMisses += sqlite.cacheCount(SQLITE_DBSTATUS_CACHE_MISS)
            }
            giveBack(connection)
        }
        return figures
    }

    package func close() {
        let idle = state.withLock { state in
            state.isClosed = true
            defer { state.idle = [] }
            return state.idle
        }
        for connection in idle { connection.close() }
    }
}

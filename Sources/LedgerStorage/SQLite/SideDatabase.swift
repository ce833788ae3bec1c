import EventLog
import Foundation
import Synchronization

/// A database beside the ledger, `<ledger>-rebuild`, in which the next generation is built: no other process reads it
/// and nothing of it must outlive a crash, so it has no journal and waits for no disk.
package final class SideDatabase: Sendable {
    package let path: String
    private let connection: QueuedConnection
    private let isClosed = Atomic<Bool>(false)

    /// Enough for the pages that a batch changes; the rest is written to the file and comes back from the system's
    /// cache.
    package static let cacheKibibytes = 16_384
    /// Rows that are there already are found and changed all over the file: with less room the same pages would be
    /// written again and again.
    private static let existingCacheKibibytes = 262_144

    /// Call it under the rebuild lock: what an interrupted rebuild left is removed.
    package convenience init(beside path: String) throws {
        try self.init(path: path + "-rebuild", rights: FileRights(likeLedger: path))
    }

    /// A database that has no name as soon as it is open, so that nothing is left of it whatever happens: beside the
    /// ledger, or in the temporary folder where nothing can be written beside it.
    ///
    /// - Parameter cacheKibibytes: What of it is in memory; the rest is in the file.
    package static func unnamed(
        beside path: String, cacheKibibytes: Int = cacheKibibytes
    ) throws -> SideDatabase {
        let rights = FileRights(likeLedger: path)
        if let side = try? unnamed(of: path + unnamed, rights, cacheKibibytes) { return side }
        let elsewhere = FileManager.default.temporaryDirectory.appendingPathComponent("memory-ledger" + unnamed).path
        do {
            return try unnamed(of: elsewhere, rights, cacheKibibytes)
        } catch {
            throw SQLiteFailure.translated(error, elsewhere)
        }
    }

    private static func unnamed(of target: String, _ rights: FileRights, _ cacheKibibytes: Int) throws -> SideDatabase {
        let part = try PartFile(of: target, rights: rights)
        return try withExtendedLifetime(part) {
            try SideDatabase(path: part.path, isMade: true, rights: rights, cacheKibibytes: cacheKibibytes)
        }
    }

    /// What stands behind the ledger's name, before the mark of a part.
    private static let unnamed = "-verify"

    /// Removes what processes that were killed have left of unnamed ones, while these still had a name; those of older
    /// versions had a process's number and another in it.
    ///
    /// - Returns: how many are gone.
    @discardableResult
    package static func removeUnnamed(beside ledger: String) -> Int {
        let prefix = URL(fileURLWithPath: ledger).lastPathComponent + unnamed + "-"
        let folder = LedgerPlaces.folder(of: ledger)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let older = names.count { name in
            name.utf8.starts(with: prefix.utf8)
                && name.dropFirst(prefix.count).wholeMatch(of: /[0-9]+-[0-9]+(-journal)?/) != nil
                && unlink(folder + "/" + name) == 0
        }
        return older + PartFile.removeLeftBehind(of: ledger + unnamed)
    }

    /// - Parameters:
    ///   - isNew: What is at the path is removed.
    ///   - isMade: The file is there already, and empty.
    ///   - rights: Of the new file.
    ///   - cacheKibibytes: What of it is in memory; nil: by whether it is new.
    package init(
        path: String, isNew: Bool = true, isMade: Bool = false, rights: FileRights, cacheKibibytes: Int? = nil
    ) throws {
        self.path = path
        if isNew, !isMade {
            Self.removeFiles(path)
            // SQLite would let everybody read it.
            try rights.makeFile(path)
        }
        var options = QueuedConnection.Options()
        // One transaction is open from here to the end.
        options.holdsTransactions = true
        connection = try QueuedConnection(path: path, options)
        try connection.run { sqlite in
            try sqlite.execute("PRAGMA page_size = 16384")
            try sqlite.execute("PRAGMA journal_mode = OFF")
            try sqlite.execute("PRAGMA synchronous = OFF")
            try sqlite.execute("PRAGMA locking_mode = EXCLUSIVE")
            try sqlite.execute("PRAGMA secure_delete = OFF")
            let cache = cacheKibibytes ?? (isNew ? Self.cacheKibibytes : Self.existingCacheKibibytes)
            try sqlite.execute("PRAGMA cache_size = -\(cache)")
            try sqlite.execute("BEGIN")
        }
    }

    /// Runs the body on the database's queue without blocking the caller's thread.
    package func run<T: Sendable>(_ body: @escaping @Sendable (SQLiteConnection) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            connection.schedule { sqlite in continuation.resume(with: Result { try body(sqlite) }) }
        }
    }

    /// The same from another connection's queue, which waits.
    ///
    /// - Throws: what the body throws; `EventLogError.closed` if it was finished or discarded.
    package func runAndWait<T>(_ body: (SQLiteConnection) throws -> T) throws -> T {
        try connection.run { sqlite in
            if isClosed.load(ordering: .relaxed) { throw EventLogError.closed }
            return try body(sqlite)
        }
    }

    /// Writes what is in memory and closes the connection; the file stays. No statement may be left.
    package func finish() throws {
        try runAndWait { try $0.execute("COMMIT") }
        isClosed.store(true, ordering: .relaxed)
        connection.close()
    }

    /// Closes the connection where it is still open, and removes the file.
    ///
    /// - Parameter letGo: drops the statements; called on the database's queue.
    package func discard(_ letGo: () -> Void) {
        if !isClosed.exchange(true, ordering: .relaxed) {
            connection.run { _ in letGo() }
            connection.close()
        }
        Self.removeFiles(path)
    }

    /// Gives the file another name, in the same folder, replacing what has it. Call it after `finish`.
    package func move(to target: String) throws {
        guard rename(path, target) == 0 else {
            throw EventLogError(
                .storage, "Cannot rename \(path) to \(target): \(String(cString: strerror(errno))); check the folder.")
        }
    }

    package static func removeFiles(_ path: String) {
        for suffix in ["", "-journal"] { unlink(path + suffix) }
    }
}

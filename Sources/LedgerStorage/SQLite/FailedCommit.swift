import CLedgerShims
package import EventLog
import GRDBSQLite

/// A commit that failed in such a way that it cannot be said whether it is in the log.
package struct UndecidedCommit: Sendable {
    /// What SQLite reported.
    let cause: String
    /// The events that may have been appended by it; none where it was another change.
    var eventIDs: [EventID] = []

    /// Ids that a message names; the error has all of them.
    private static let namedIDs = 3

    /// For those whose transaction it was.
    package func error(_ ids: [EventID]) -> EventLogError {
        let what = ids.isEmpty ? "the change was made" : "\(Self.named(ids)) appended"
        var error = EventLogError(
            .outcomeUnknown,
            "The disk failed (\(cause)), and whether \(what) is not known; check the disk, then open the ledger again and "
                + "look, before anything is repeated. Nothing more is written until then.")
        error.eventIDs = ids
        return error
    }

    /// For those who come later.
    package var refusal: EventLogError {
        let what = eventIDs.isEmpty ? "an earlier change was made" : "\(Self.named(eventIDs)) appended"
        var error = EventLogError(
            .writingStopped,
            "Nothing was written: the disk failed before (\(cause)), and whether \(what) is not known; open the ledger "
                + "again, or start the program again, and look.")
        error.eventIDs = eventIDs
        return error
    }

    private static func named(_ ids: [EventID]) -> String {
        let names = ids.prefix(namedIDs).map(\.description).joined(separator: ", ")
        if ids.count > namedIDs { return "the events \(names) and \(ids.count - namedIDs) more were" }
        return ids.count == 1 ? "the event \(names) was" : "the events \(names) were"
    }
}

/// What becomes of a transaction whose commit fails.
///
/// SQLite writes the frames of a commit into the write-ahead log, syncs them, and then says in shared memory that they
/// count. Where the sync fails, they do not count for anybody who has the ledger open; but they are in the file, whole,
/// and the next recovery, which reads only the file, applies them. "It failed" would be false after a restart.
///
/// So the frames are taken away, before anybody hears of the failure, by the one who still holds the writer lock:
///
///     COMMIT fails ─▶ cut the log behind the last commit, sync ─────────────────▶ not applied
///                        ╚═ fails ═▶ write a commit that changes nothing over it, sync ─▶ not applied
///                                       ╚═ fails ═▶ unknown; this connection writes no more
///
/// Frames follow one another by a running checksum, so one that is written over makes all behind it void.
extension SQLiteConnection {
    /// Runs what ends in a commit. Where that fails with another error than `outcomeUnknown`, nothing of it is in the
    /// database, and no recovery will bring it there.
    package func committing(_ commit: () throws -> Void) throws {
        do {
            try commit()
        } catch let failure as SQLiteFailure {
            rollBack()
            if takeBackFailedCommit() { throw failure }
            let undecided = UndecidedCommit(cause: failure.message)
            self.undecided = undecided
            throw undecided.error([])
        }
    }

    /// The error of a transaction as one of those whose events it had.
    package func unknown(_ error: EventLogError, _ ids: [EventID]) -> EventLogError {
        undecided?.eventIDs += ids
        return undecided?.error(ids) ?? error
    }

    /// Makes it certain that nothing behind the last commit is ever applied. False where it is not certain.
    func takeBackFailedCommit() -> Bool {
        do {
            // Without a write-ahead log SQLite itself has taken everything back.
            guard try isInWALMode else { return true }
            return try cut() || (try writeOver())
        } catch {
            rollBack()
            return false
        }
    }

    private var isInWALMode: Bool {
        get throws {
            let mode = try statement("PRAGMA main.journal_mode")
            defer { mode.reset() }
            return try mode.step() && mode.text(0).hasSameBytes(as: "wal")
        }
    }

    /// SQLite's own lock is taken too, because other programs know no other.
    private func cut() throws -> Bool {
        try execute("BEGIN IMMEDIATE")
        defer { rollBack() }
        return memledger_wal_cut(handle) == SQLITE_OK
    }

    /// False where nothing is certain. The commit that comes first after the last one decides what of the log is read.
    func writeOver() throws -> Bool {
        guard let version = try integer("PRAGMA main.user_version") else { return false }
        try execute("BEGIN IMMEDIATE")
        try execute("PRAGMA main.user_version = \(version)")
        try execute("COMMIT")
        // Not every commit is synced, as the ledger was opened.
        return memledger_wal_sync(handle) == SQLITE_OK
    }
}

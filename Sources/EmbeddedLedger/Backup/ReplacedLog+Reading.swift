import EventLog
import LedgerCapabilities
import LedgerStorage
import MerkleLog
import Projections
import SQLiteEventLog

/// The ledger in whose place a backup is put, as far as it can be read.
struct LedgerToReplace: Sendable {
    /// Nil where it is damaged, or of format 1.
    var ledger: LedgerID?
    /// Nil where its log cannot be read any more.
    var log: ReplacedLog?
    var epoch: Int64 = 0
    /// What it has lost of what was acknowledged.
    var lost: LostHead?

    /// Looks at the ledger at a path, which is about to give way, and keeps its write-ahead log if that may hold what
    /// was lost. No process has it open for writing.
    ///
    /// - Throws: `EventLogError.storage` where the log cannot be kept; `CancellationError`.
    static func read(
        _ path: String, _ clock: any TimeSource, _ makeHost: (SQLiteEventLog) -> ProjectionStore
    ) async throws -> LedgerToReplace {
        var found = LedgerToReplace()
        found.ledger = try? LedgerFileReading.with(path) { try LedgerID.load($0) }
        do {
            (found.log, found.epoch, found.lost) = try await BackupContents.with(path, clock, makeHost) { contents in
                try contents.log.file.readSnapshot { sqlite in
                    let origin = try LedgerOrigin.current(in: contents.log, sqlite)
                    let tree = try TreeReader(sqlite)
                    let checkpoint = try? CheckpointStore(sqlite: sqlite).last(of: origin, continuedBy: tree)
                    // What it has lost was acknowledged all the same.
                    let lost = contents.log.lostHead
                    let root = try tree.root(at: tree.size)
                    var log =
                        lost?.replaced
                        ?? ReplacedLog(origin: origin.text, size: tree.size, root: root, checkpoint: nil)
                    log.checkpoint = checkpoint.map { String(decoding: $0.bytes, as: UTF8.self) }
                    return (log, max(origin.epoch, lost?.origin.epoch ?? 0), lost)
                }
            }
        } catch let error as CancellationError {
            throw error
        } catch {
            // Nothing is said of what cannot be read: a damaged ledger gives way all the same.
            try LostWriteAheadLog.keep(ofUnreadable: path)
            return found
        }
        if let lost = found.lost { try LostWriteAheadLog.keep(lost) }
        return found
    }
}

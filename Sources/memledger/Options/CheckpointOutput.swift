import EmbeddedLedger
import EventLog
import LedgerStorage
import MemoryLedger
import MerkleLog
import SQLiteEventLog

/// The file that a checkpoint is to be written into. What is there is not lost by a slip.
enum CheckpointOutput {
    /// The checkpoint that is there; nil where there is no file, or it is to be replaced whatever it is.
    static func former(_ path: String, force: Bool) throws -> SignedCheckpoint? {
        guard System.isRegularFile(path) != nil else { return nil }
        if force { return nil }
        let bytes = try? AtomicFile.read(path, maximumBytes: SignedNote.maximumBytes)
        guard let bytes, let signed = try? SignedCheckpoint(bytes) else {
            throw CommandError(
                "\(path) is there and is no checkpoint; name another file, or replace it with --force.")
        }
        return signed
    }

    static func check(
        _ former: SignedCheckpoint, _ path: String, isContinuedBy signed: SignedCheckpoint, _ ledger: MemoryLedger
    ) throws {
        do {
            _ = try ledger.log.inFile.proveConsistency(from: former, to: signed)
        } catch {
            throw CommandError(
                "\(path) has a checkpoint that the new one does not continue, and was not replaced; keep it, and name "
                    + "another file, or replace it with --force.")
        }
    }
}

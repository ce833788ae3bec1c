import EventLog
import MemoryLedger

/// The file that a checkpoint is to be written into. What is there is not lost by a slip.
enum CheckpointOutput {
    /// The checkpoint that is there; nil where there is no file, or it is to be replaced whatever it is.
    static func former(_ path: String, force: Bool) throws -> SignedCheckpoint? {
        guard let isRegular = System.isRegularFile(path) else { return nil }
        guard isRegular else { throw CommandError("\(path) is no regular file; name another one.") }
        guard !System.isDatabase(path) else {
            throw CommandError("\(path) is a database, which this would destroy; name another file.")
        }
        let bytes = try? AtomicFile.read(path, maximumBytes: SignedNote.maximumBytes)
        guard bytes.map({ !isSecret($0) }) ?? true else {
            throw CommandError("\(path) is a key or belongs to one, and would be lost; name another file.")
        }
        if force { return nil }
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
            _ = try ledger.log.proveConsistency(from: former, to: signed)
        } catch {
            throw CommandError(
                "\(path) has a checkpoint that the new one does not continue, and was not replaced; keep it, and name "
                    + "another file, or replace it with --force.")
        }
    }

    /// A signing key, what it has signed, or a master key.
    private static func isSecret(_ bytes: [UInt8]) -> Bool {
        let starts = ["PRIVATE+KEY+", "memoryledger.org/signed@"]
        return starts.contains { bytes.starts(with: $0.utf8) }
            || (try? MasterKey(text: String(decoding: bytes, as: UTF8.self))) != nil
            || bytes.count == MasterKey.byteCount
    }
}

public import EventLog
public import MerkleLog

/// Events that were acknowledged, and that a ledger's file does not have any more.
public struct LostHead: Hashable, Sendable {
    /// The ledger's file.
    public var ledger: String
    /// What was acknowledged: the epoch, the last position, and the Merkle root there.
    public var origin: LedgerOrigin
    public var position: Position
    public var root: MerkleHash
    /// The last position that was found.
    public var found: Position
    /// Where the write-ahead log is kept as it was found; nil where there was none, or it could not be copied.
    public var writeAheadLogCopy: String?

    package init(origin: LedgerOrigin, position: Position, root: MerkleHash, found: Position, in ledger: String) {
        self.ledger = ledger
        (self.origin, self.position, self.root, self.found) = (origin, position, root, found)
    }

    /// One clause.
    public var what: String {
        guard position > found else {
            return "its first \(position) events are not those that were acknowledged"
        }
        let lost = position - found == 1 ? "position \(position) is" : "positions \(found + 1) to \(position) are"
        return "\(position) events were acknowledged, and it has \(found): \(lost) lost"
    }

    /// For people: what was found, and what can be done.
    public var warning: String {
        let kept = writeAheadLogCopy.map { " The write-ahead log is kept as \($0)." } ?? ""
        return
            "\(ledger) has lost events: \(what). It can be read, but is not written until `memledger restore BACKUP` "
            + "brings a backup back, or `memledger restore --accept-loss` goes on without them.\(kept)"
    }

    package var error: EventLogError {
        var error = EventLogError(
            .lostHead,
            "\(ledger) is not written, because it has lost events (\(what)); bring a backup back with "
                + "`memledger restore BACKUP`, or go on without them with `memledger restore --accept-loss`.")
        error.position = position
        return error
    }

    /// As a log that gives way to another one.
    package var replaced: ReplacedLog { ReplacedLog(origin: origin.text, size: position, root: root, checkpoint: nil) }
}

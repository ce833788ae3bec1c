public import EventLog

/// That a leaf is in a tree, at its place: RFC 9162 §2.1.3.
///
/// Pure arithmetic over hashes: it needs neither the ledger nor a key. What the root is worth is the checkpoint's
/// matter.
public struct InclusionProof: Hashable, Sendable {
    /// The leaf's place, counted from 0: an event's position less one.
    public var index: Int64
    /// The leaves of the tree.
    public var size: Int64
    /// The leaf's sibling first, then the siblings of its ancestors, up to the root's child.
    public var hashes: [MerkleHash]

    /// A tree of 2^63 - 1 leaves has no leaf that is further from its root.
    public static let maximumHashes = 63

    public init(index: Int64, size: Int64, hashes: [MerkleHash]) {
        self.index = index
        self.size = size
        self.hashes = hashes
    }

    /// The root that the leaf and the hashes lead to.
    ///
    /// - Throws: `EventLogError` with `indexOutOfRange` or `wrongProofLength`.
    public func root(leaf: MerkleHash) throws -> MerkleHash {
        guard index >= 0, index < size else {
            throw EventLogError(
                .indexOutOfRange,
                "The proof is about leaf \(index), which a tree of \(size) leaves does not have; ask for another proof."
            )
        }
        var (fn, sn) = (index, size - 1)
        var hash = leaf
        for sibling in hashes {
            guard sn > 0 else { throw EventLogError.wrongLength(hashes.count, "too many") }
            if fn & 1 == 1 || fn == sn {
                hash = .node(sibling, hash)
                while fn & 1 == 0, fn != 0 {
                    fn >>= 1
                    sn >>= 1
                }
            } else {
                hash = .node(hash, sibling)
            }
            fn >>= 1
            sn >>= 1
        }
        guard sn == 0 else { throw EventLogError.wrongLength(hashes.count, "too few") }
        return hash
    }

    /// Returns where the leaf is in the tree that has the root.
    ///
    /// - Throws: `EventLogError` with `indexOutOfRange`, `wrongProofLength` or `rootMismatch`.
    public func verify(leaf: MerkleHash, root: MerkleHash) throws {
        let found = try self.root(leaf: leaf)
        guard found == root else {
            throw EventLogError(
                .rootMismatch,
                "The event is not in the log that was signed: the proof leads to the root \(found), not \(root).")
        }
    }
}

extension EventLogError {
    static func wrongLength(_ count: Int, _ judgement: String) -> EventLogError {
        EventLogError(
            .wrongProofLength, "The proof has \(count) hashes, \(judgement) for its tree; ask for the file again.")
    }
}

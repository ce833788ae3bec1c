public import EventLog

/// That a tree's first leaves are those of an earlier tree, so that nothing was changed, cut off or slipped in between
/// the two: RFC 9162 §2.1.4.
public struct ConsistencyProof: Hashable, Sendable {
    /// The leaves of the earlier tree.
    public var oldSize: Int64
    /// The leaves of the later tree, as many or more.
    public var newSize: Int64
    /// In the order of RFC 9162 §2.1.4.1; none where the sizes are equal or the earlier tree is empty.
    public var hashes: [MerkleHash]

    /// One more than a leaf of a tree of 2^63 - 1 leaves needs.
    public static let maximumHashes = InclusionProof.maximumHashes + 1

    public init(oldSize: Int64, newSize: Int64, hashes: [MerkleHash]) {
        self.oldSize = oldSize
        self.newSize = newSize
        self.hashes = hashes
    }

    /// Returns where the later tree continues the earlier one.
    ///
    /// - Throws: `EventLogError` with `indexOutOfRange`, `wrongProofLength` or `rootMismatch`.
    public func verify(oldRoot: MerkleHash, newRoot: MerkleHash) throws {
        guard oldSize >= 0, oldSize <= newSize else {
            throw EventLogError(
                .indexOutOfRange,
                "A log of \(newSize) events does not continue one of \(oldSize); give the earlier checkpoint first.")
        }
        if newSize == 0 || oldSize == 0 || oldSize == newSize {
            guard hashes.isEmpty else { throw EventLogError.wrongLength(hashes.count, "too many") }
            if oldSize == 0 { try Self.compare(oldRoot, .emptyRoot, "earlier") }
            if oldSize == newSize { try Self.compare(newRoot, oldRoot, "later") }
            return
        }
        let roots = try self.roots(oldRoot: oldRoot)
        try Self.compare(roots.old, oldRoot, "earlier")
        try Self.compare(roots.new, newRoot, "later")
    }

    /// What the hashes lead to. Of an earlier tree that is complete its root is the first hash, and is left out.
    private func roots(oldRoot: MerkleHash) throws -> (old: MerkleHash, new: MerkleHash) {
        var path = hashes[...]
        if oldSize & (oldSize - 1) == 0 { path = [oldRoot] + path }
        guard let first = path.popFirst() else { throw EventLogError.wrongLength(hashes.count, "too few") }
        var (fn, sn) = (oldSize - 1, newSize - 1)
        while fn & 1 == 1 {
            fn >>= 1
            sn >>= 1
        }
        var (old, new) = (first, first)
        for hash in path {
            guard sn > 0 else { throw EventLogError.wrongLength(hashes.count, "too many") }
            if fn & 1 == 1 || fn == sn {
                old = .node(hash, old)
                new = .node(hash, new)
                while fn & 1 == 0, fn != 0 {
                    fn >>= 1
                    sn >>= 1
                }
            } else {
                new = .node(new, hash)
            }
            fn >>= 1
            sn >>= 1
        }
        guard sn == 0 else { throw EventLogError.wrongLength(hashes.count, "too few") }
        return (old, new)
    }

    private static func compare(_ found: MerkleHash, _ expected: MerkleHash, _ which: String) throws {
        guard found == expected else {
            throw EventLogError(
                .rootMismatch,
                "The later checkpoint does not continue the earlier one: "
                    + "the \(which) root comes out as \(found), not \(expected).")
        }
    }
}

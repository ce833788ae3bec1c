import EventLog
import MerkleLog

/// The Merkle tree by the recursive definitions of RFC 6962 §2.1, with nothing kept: slow, and obviously right.
struct ReferenceTree {
    var leaves: [MerkleHash]

    init(_ leaves: [MerkleHash]) { self.leaves = leaves }

    init(entries: [[UInt8]]) { leaves = entries.map { MerkleHash.leaf($0) } }

    func root(at size: Int) -> MerkleHash { Self.root(leaves[..<size]) }

    func inclusionProof(of index: Int, in size: Int) -> InclusionProof {
        InclusionProof(index: Int64(index), size: Int64(size), hashes: Self.path(index, leaves[..<size]))
    }

    func consistencyProof(from old: Int, to new: Int) -> ConsistencyProof {
        let hashes = old == 0 || old == new ? [] : Self.subproof(old, leaves[..<new], isWhole: true)
        return ConsistencyProof(oldSize: Int64(old), newSize: Int64(new), hashes: hashes)
    }

    /// MTH.
    private static func root(_ leaves: ArraySlice<MerkleHash>) -> MerkleHash {
        guard let first = leaves.first else { return .emptyRoot }
        if leaves.count == 1 { return first }
        let (left, right) = halves(leaves)
        return .node(root(left), root(right))
    }

    /// PATH.
    private static func path(_ index: Int, _ leaves: ArraySlice<MerkleHash>) -> [MerkleHash] {
        if leaves.count == 1 { return [] }
        let (left, right) = halves(leaves)
        return index < left.count
            ? path(index, left) + [root(right)] : path(index - left.count, right) + [root(left)]
    }

    /// SUBPROOF.
    private static func subproof(_ old: Int, _ leaves: ArraySlice<MerkleHash>, isWhole: Bool) -> [MerkleHash] {
        if old == leaves.count { return isWhole ? [] : [root(leaves)] }
        let (left, right) = halves(leaves)
        return old <= left.count
            ? subproof(old, left, isWhole: isWhole) + [root(right)]
            : subproof(old - left.count, right, isWhole: false) + [root(left)]
    }

    /// Split at the largest power of two that is less than the count.
    private static func halves(
        _ leaves: ArraySlice<MerkleHash>
    ) -> (left: ArraySlice<MerkleHash>, right: ArraySlice<MerkleHash>) {
        var split = 1
        while split * 2 < leaves.count { split *= 2 }
        return (leaves.prefix(split), leaves.dropFirst(split))
    }

    /// The test vectors' leaves of RFC 6962's implementations.
    static let rfc6962 = ReferenceTree(entries: [
        [], [0x00], [0x10], [0x20, 0x21], [0x30, 0x31], [0x40, 0x41, 0x42, 0x43],
        [0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
        [0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f],
    ])
}

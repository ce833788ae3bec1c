import EventLog

/// The Merkle tree by its recursive definition (RFC 6962 §2.1), over all leaves at once: slow and plain.
struct WholeTree {
    var leaves: [MerkleHash]

    func root(_ size: Int? = nil) -> MerkleHash { root(leaves[..<(size ?? leaves.count)]) }

    private func root(_ leaves: ArraySlice<MerkleHash>) -> MerkleHash {
        switch leaves.count {
        case 0: return .emptyRoot
        case 1: return leaves[leaves.startIndex]
        default:
            let middle = leaves.startIndex + split(leaves.count)
            return .node(root(leaves[..<middle]), root(leaves[middle...]))
        }
    }

    /// PATH(m, D[n]).
    func inclusion(_ leaf: Int, _ size: Int) -> [MerkleHash] { path(leaf, leaves[..<size]) }

    private func path(_ leaf: Int, _ leaves: ArraySlice<MerkleHash>) -> [MerkleHash] {
        guard leaves.count > 1 else { return [] }
        let half = split(leaves.count)
        let middle = leaves.startIndex + half
        return leaf < half
            ? path(leaf, leaves[..<middle]) + [root(leaves[middle...])]
            : path(leaf - half, leaves[middle...]) + [root(leaves[..<middle])]
    }

    /// PROOF(m, D[n]).
    func consistency(_ old: Int, _ new: Int) -> [MerkleHash] {
        old == 0 || old == new ? [] : proof(old, leaves[..<new], true)
    }

    private func proof(_ old: Int, _ leaves: ArraySlice<MerkleHash>, _ isWhole: Bool) -> [MerkleHash] {
        if old == leaves.count { return isWhole ? [] : [root(leaves)] }
        let half = split(leaves.count)
        let middle = leaves.startIndex + half
        return old <= half
            ? proof(old, leaves[..<middle], isWhole) + [root(leaves[middle...])]
            : proof(old - half, leaves[middle...], false) + [root(leaves[..<middle])]
    }

    /// The largest power of two below a count.
    private func split(_ count: Int) -> Int {
        var power = 1
        while power * 2 < count { power *= 2 }
        return power
    }
}

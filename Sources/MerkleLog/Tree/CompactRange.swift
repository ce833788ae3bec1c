package import EventLog

/// The roots of the complete subtrees that a growing tree is made of, the largest first: all that its root needs.
package struct CompactRange {
    private var parts: [(height: Int, hash: MerkleHash)] = []

    package init() {}

    /// Adds a complete subtree, no larger than the smallest so far.
    ///
    /// - Parameter merged: called with each larger subtree that this completes, the smallest first.
    package mutating func append(
        _ hash: MerkleHash, height: Int = 0, merged: (_ height: Int, _ hash: MerkleHash) -> Void = { _, _ in }
    ) {
        var (hash, height) = (hash, height)
        while let last = parts.last, last.height == height {
            hash = .node(last.hash, hash)
            height += 1
            parts.removeLast()
            merged(height, hash)
        }
        parts.append((height, hash))
    }

    package var root: MerkleHash {
        guard var root = parts.last?.hash else { return .emptyRoot }
        for part in parts.dropLast().reversed() { root = .node(part.hash, root) }
        return root
    }

    /// The root with some more leaves.
    package func root(appending leaves: some Sequence<MerkleHash>) -> MerkleHash {
        var copy = self
        for leaf in leaves { copy.append(leaf) }
        return copy.root
    }
}

package import EventLog

/// The right edge of the tree: the last tile of each level, as far as it is filled. Pure: it touches no file, and keeps
/// what is to be written until somebody takes it.
package struct TreeEdge {
    package struct Tile {
        package var level: Int
        package var number: Int64
        package var root: MerkleHash
        package var hashes: [MerkleHash]
    }

    package private(set) var size: Int64 = 0
    /// The hashes of the last tile of each level, fewer than a full tile's; the first are leaves.
    private var levels: [[MerkleHash]] = [[]]
    /// Tiles of each level that are full.
    private var fullTiles: [Int64] = [0]
    /// Tiles that have become full.
    private var filled: [Tile] = []
    /// What the root is made of. A tile's root falls off on the way.
    private var range = CompactRange()

    package init() {}

    /// An edge as a file has it, without anything to write.
    ///
    /// - Parameter levels: the hashes of the last tile of each level, with the number of full tiles before it.
    package init(levels: [(full: Int64, hashes: [MerkleHash])]) {
        self.levels = levels.map(\.hashes)
        fullTiles = levels.map(\.full)
        for level in levels.indices.reversed() {
            var rest = levels[level].hashes[...]
            while !rest.isEmpty {
                // The largest complete subtree that they begin with.
                let height = Int.bitWidth - 1 - rest.count.leadingZeroBitCount
                range.append(
                    TreeTiles.root(of: rest.prefix(1 << height)), height: level * TreeTiles.bitsPerLevel + height)
                rest = rest.dropFirst(1 << height)
            }
        }
        size = fullTiles[0] * Int64(TreeTiles.width) + Int64(self.levels[0].count)
    }

    /// The leaves after the last full tile.
    package var tail: [MerkleHash] { levels[0] }

    /// The root of the tree as it is now.
    package var root: MerkleHash { range.root }

    package mutating func append(_ leaf: MerkleHash) {
        size += 1
        levels[0].append(leaf)
        var roots: [MerkleHash] = []
        range.append(leaf) { height, hash in
            if height % TreeTiles.bitsPerLevel == 0 { roots.append(hash) }
        }
        for (level, root) in roots.enumerated() { fill(level, root) }
    }

    /// The last tile of a level is full and has this root, which goes to the level above.
    private mutating func fill(_ level: Int, _ root: MerkleHash) {
        filled.append(Tile(level: level, number: fullTiles[level], root: root, hashes: levels[level]))
        fullTiles[level] += 1
        levels[level].removeAll(keepingCapacity: true)
        if levels.count == level + 1 {
            levels.append([])
            fullTiles.append(0)
        }
        levels[level + 1].append(root)
    }

    /// Hands over the tiles that have become full.
    package mutating func takeTiles() -> [Tile] {
        defer { filled = [] }
        return filled
    }
}

/// The right edge of the tree: the last tile of each level, as far as it is filled. Pure: it touches no file, and keeps
/// what is to be written until somebody takes it.
struct TreeEdge {
    struct Tile {
        var level: Int
        var number: Int64
        var root: MerkleHash
        var hashes: [MerkleHash]
    }

    private(set) var size: Int64 = 0
    /// The hashes of the last tile of each level, fewer than a full tile's; the first are leaves.
    private var levels: [[MerkleHash]] = [[]]
    /// Tiles of each level that are full.
    private var fullTiles: [Int64] = [0]
    /// Tiles that have become full.
    private var filled: [Tile] = []

    init() {}

    /// An edge as a file has it, without anything to write.
    ///
    /// - Parameter levels: the hashes of the last tile of each level, with the number of full tiles before it.
    init(levels: [(full: Int64, hashes: [MerkleHash])]) {
        self.levels = levels.map(\.hashes)
        fullTiles = levels.map(\.full)
        size = fullTiles[0] * Int64(TreeTiles.width) + Int64(self.levels[0].count)
    }

    /// The leaves after the last full tile.
    var tail: [MerkleHash] { levels[0] }

    mutating func append(_ leaf: MerkleHash) {
        size += 1
        levels[0].append(leaf)
        var level = 0
        while levels[level].count == TreeTiles.width {
            let root = TreeTiles.root(of: levels[level])
            filled.append(Tile(level: level, number: fullTiles[level], root: root, hashes: levels[level]))
            fullTiles[level] += 1
            levels[level].removeAll(keepingCapacity: true)
            level += 1
            if levels.count == level {
                levels.append([])
                fullTiles.append(0)
            }
            levels[level].append(root)
        }
    }

    /// Hands over the tiles that have become full.
    mutating func takeTiles() -> [Tile] {
        defer { filled = [] }
        return filled
    }
}

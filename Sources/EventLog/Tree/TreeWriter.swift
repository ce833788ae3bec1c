/// Grows the tree inside the transaction that its owner has begun. It remembers the last tile of each level, so an
/// append costs a hash for the leaf, one for a node, and memory for 32 bytes.
///
/// The leaves after the last full tile are written as they come, a row for each transaction, and become a tile when
/// there are 256: rewriting a growing tile with every commit would cost two to three pages of write-ahead log each.
final class TreeWriter {
    private let sqlite: SQLiteConnection
    private(set) var size: Int64 = 0
    /// The hashes of the last tile of each level, fewer than a full tile's; `levels[0]` is the tail.
    private var levels: [[MerkleHash]] = [[]]
    /// Tiles of each level that are full.
    private var fullTiles: [Int64] = [0]
    /// How many of the tail's leaves have rows in `tree_tail`.
    private var storedTail = 0
    /// Rows of `tree_tail` belong to a tile that has been filled since.
    private var hasOldTail = false
    /// The last tiles of these levels are not as the file has them.
    private var touchedLevels: Set<Int> = []

    init(sqlite: SQLiteConnection) {
        self.sqlite = sqlite
    }

    /// Reads the tree's right edge from the file.
    ///
    /// - Throws: `damagedLog` where the tree does not have a leaf for each event.
    func load(events: Int64) throws {
        var full = try TreeTiles.leafTiles(sqlite)
        let tail = try TreeTiles.readTail(sqlite, after: full * Int64(TreeTiles.width))
        size = full * Int64(TreeTiles.width) + Int64(tail.count)
        guard size == events else {
            throw EventLogError.damagedTree(
                "it has \(size) leaves, and the log \(events) events", at: min(size, events))
        }
        (levels, fullTiles) = ([tail], [full])
        while full > 0 {
            let level = levels.count
            let partial = Int(full % Int64(TreeTiles.width))
            full /= Int64(TreeTiles.width)
            let hashes = partial == 0 ? [] : try TreeTiles.read(level: level, number: full, sqlite) ?? []
            guard hashes.count == partial else {
                throw EventLogError.damagedTree("level \(level) ends with \(hashes.count) hashes", at: size)
            }
            levels.append(hashes)
            fullTiles.append(full)
        }
        (storedTail, hasOldTail, touchedLevels) = (tail.count, false, [])
    }

    func append(_ leaf: MerkleHash) throws {
        size += 1
        levels[0].append(leaf)
        var level = 0
        while levels[level].count == TreeTiles.width {
            let root = TreeTiles.root(of: levels[level])
            try writeTile(level)
            fullTiles[level] += 1
            levels[level].removeAll(keepingCapacity: true)
            if level == 0 {
                if storedTail > 0 { hasOldTail = true }
                storedTail = 0
            }
            touchedLevels.remove(level)
            level += 1
            if levels.count == level {
                levels.append([])
                fullTiles.append(0)
            }
            levels[level].append(root)
            touchedLevels.insert(level)
        }
    }

    /// Writes what is not in the file yet. Call it before the commit.
    func flush() throws {
        if hasOldTail {
            try sqlite.statement("DELETE FROM tree_tail").run()
            hasOldTail = false
        }
        let tail = levels[0]
        if tail.count > storedTail {
            let insert = try sqlite.statement("INSERT INTO tree_tail (first_position, hashes) VALUES (?, ?)")
            insert.bind(1, size - Int64(tail.count - storedTail) + 1)
            insert.bind(2, blob: TreeTiles.bytes(tail[storedTail...]))
            try insert.run()
            storedTail = tail.count
        }
        for level in touchedLevels { try writeTile(level) }
        touchedLevels.removeAll(keepingCapacity: true)
    }

    private func writeTile(_ level: Int) throws {
        let write = try sqlite.statement(
            """
            INSERT INTO tree_tiles (level, number, hashes) VALUES (?1, ?2, ?3)
            ON CONFLICT (level, number) DO UPDATE SET hashes = excluded.hashes
            """)
        write.bind(1, level)
        write.bind(2, fullTiles[level])
        write.bind(3, blob: TreeTiles.bytes(levels[level]))
        try write.run()
    }
}

/// How the tree lies in `tree_tiles` and `tree_tail`.
///
/// Invariants:
/// 1. The tree has a leaf for each event, in the order of the positions: they commit together.
/// 2. A tile is written once, when its 256 hashes are there, and never changed.
/// 3. The hash of every complete subtree with 256^n leaves is the root of a tile of level n - 1, and stands in a tile
///    of level n as soon as that is full.
enum TreeTiles {
    /// Hashes of a full tile. A power of two with an exponent that divides nothing else: eight bits a level.
    static let width = 256
    static let bitsPerLevel = 8
    /// More than positions can have.
    private static let maximumLeafTiles = Int64.max / Int64(2 * width)
    static let tileBytes = width * MerkleHash.byteCount

    /// The hashes of a BLOB, up to a full tile.
    ///
    /// - Throws: `damagedLog` where it is no whole number of hashes.
    static func hashes(_ blob: UnsafeRawBufferPointer, level: Int, _ position: Position) throws -> [MerkleHash] {
        guard blob.count % MerkleHash.byteCount == 0, blob.count <= tileBytes else {
            throw EventLogError.damagedTree("a tile of level \(level) has \(blob.count) bytes", at: position)
        }
        return (0..<blob.count / MerkleHash.byteCount).map { index in
            let start = index * MerkleHash.byteCount
            return MerkleHash(loading: UnsafeRawBufferPointer(rebasing: blob[start..<start + MerkleHash.byteCount]))
        }
    }

    static func bytes(_ hashes: some Collection<MerkleHash>) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: hashes.count * MerkleHash.byteCount) { target, count in
            var start = 0
            for hash in hashes {
                hash.withUnsafeBytes { bytes in
                    UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(target)[start...])
                        .copyMemory(from: bytes)
                }
                start += MerkleHash.byteCount
            }
            count = start
        }
    }

    /// The root of a complete subtree, given the hashes at its foot: a power of two of them.
    static func root(of hashes: some Collection<MerkleHash>) -> MerkleHash {
        var row = Array(hashes)
        var count = row.count
        while count > 1 {
            count /= 2
            for index in 0..<count { row[index] = MerkleHash.node(row[2 * index], row[2 * index + 1]) }
        }
        return row[0]
    }

    /// A tile's hashes; fewer than a full tile's where it is not full yet, none where it has not begun. The tail is not
    /// among them.
    static func read(level: Int, number: Int64, _ sqlite: SQLiteConnection) throws -> [MerkleHash] {
        let row = try sqlite.statement("SELECT hashes FROM tree_tiles WHERE level = ? AND number = ?")
        row.bind(1, level)
        row.bind(2, number)
        defer { row.reset() }
        guard try row.step() else { return level == 0 ? [] : try roots(level: level - 1, inTile: number, sqlite) }
        return try hashes(row.bytes(0), level: level, number << (bitsPerLevel * (level + 1)))
    }

    /// The leaves of a full tile; nil where there is none.
    static func readLeaves(_ number: Int64, _ sqlite: SQLiteConnection) throws -> [MerkleHash]? {
        let tile = try read(level: 0, number: number, sqlite)
        return tile.isEmpty ? nil : tile
    }

    /// The roots of the tiles that a tile of the level above is made of.
    private static func roots(level: Int, inTile number: Int64, _ sqlite: SQLiteConnection) throws -> [MerkleHash] {
        let rows = try sqlite.statement(
            "SELECT number, root FROM tree_tiles WHERE level = ? AND number BETWEEN ? AND ? ORDER BY number")
        let first = number * Int64(width)
        rows.bind(1, level)
        rows.bind(2, first)
        rows.bind(3, first + Int64(width) - 1)
        defer { rows.reset() }
        var roots: [MerkleHash] = []
        while try rows.step() {
            let position = rows.int64(0) << (bitsPerLevel * (level + 1))
            guard rows.int64(0) == first + Int64(roots.count), rows.bytes(1).count == MerkleHash.byteCount else {
                throw EventLogError.damagedTree("a tile of level \(level) is missing or has no root", at: position)
            }
            roots.append(MerkleHash(loading: rows.bytes(1)))
        }
        return roots
    }

    /// The leaves after the last tile of level 0.
    static func readTail(_ sqlite: SQLiteConnection, after leaves: Int64) throws -> [MerkleHash] {
        let rows = try sqlite.statement("SELECT first_position, hashes FROM tree_tail ORDER BY first_position")
        defer { rows.reset() }
        var tail: [MerkleHash] = []
        while try rows.step() {
            let next = leaves + Int64(tail.count) + 1
            guard rows.int64(0) == next else {
                throw EventLogError.damagedTree("its tail goes on at \(rows.int64(0)) instead", at: next)
            }
            tail += try hashes(rows.bytes(1), level: 0, next)
            guard tail.count < width else {
                throw EventLogError.damagedTree("its tail has \(tail.count) hashes", at: next)
            }
        }
        return tail
    }

    /// How many tiles of level 0 there are.
    static func leafTiles(_ sqlite: SQLiteConnection) throws -> Int64 {
        guard let last = try sqlite.integer("SELECT max(number) FROM tree_tiles WHERE level = 0") else { return 0 }
        guard last >= 0, last < maximumLeafTiles else {
            throw EventLogError.damagedTree("a tile of level 0 has the number \(last)", at: 0)
        }
        return last + 1
    }

    static func exists(_ sqlite: SQLiteConnection) throws -> Bool {
        try sqlite.integer("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'tree_tail'") != nil
    }
}

extension EventLogError {
    static func damagedTree(_ what: String, at position: Position) -> EventLogError {
        var error = EventLogError(
            .damagedLog,
            "The Merkle tree is damaged at position \(position) (\(what)); `memledger verify` tells what else is.")
        error.position = position
        return error
    }

    static let noTree = EventLogError(
        .noTree, "The ledger has format 1, without a Merkle tree; open it for writing once, which makes the tree.")
}

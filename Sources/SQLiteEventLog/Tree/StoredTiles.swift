package import EventLog
package import LedgerStorage
import MerkleLog

/// The tree's tables, `tree_tiles` and `tree_tail`, in one read transaction.
package struct StoredTiles: TileSource {
    private let sqlite: SQLiteConnection

    package init(_ sqlite: SQLiteConnection) { self.sqlite = sqlite }

    /// More than positions can have.
    private static let maximumLeafTiles = Int64.max / Int64(2 * TreeTiles.width)

    package func tile(level: Int, number: Int64) throws -> [MerkleHash] {
        let row = try sqlite.statement("SELECT hashes FROM tree_tiles WHERE level = ? AND number = ?")
        row.bind(1, level)
        row.bind(2, number)
        defer { row.reset() }
        guard try row.step() else { return level == 0 ? [] : try roots(level: level - 1, inTile: number) }
        return try TreeTiles.hashes(row.bytes(0), level: level, number << (TreeTiles.bitsPerLevel * (level + 1)))
    }

    /// The leaves of a full tile; nil where there is none.
    func leaves(_ number: Int64) throws -> [MerkleHash]? {
        let tile = try tile(level: 0, number: number)
        return tile.isEmpty ? nil : tile
    }

    /// The roots of the tiles that a tile of the level above is made of.
    private func roots(level: Int, inTile number: Int64) throws -> [MerkleHash] {
        // Where they end is seen here: SQLite would read all of a row, 8 KiB, to compare its key with an upper bound.
        let rows = try sqlite.statement(
            "SELECT level, number, root FROM tree_tiles WHERE (level, number) >= (?, ?) ORDER BY level, number")
        let first = number * Int64(TreeTiles.width)
        rows.bind(1, level)
        rows.bind(2, first)
        defer { rows.reset() }
        var roots: [MerkleHash] = []
        while try rows.step(), rows.int(0) == level, rows.int64(1) < first + Int64(TreeTiles.width) {
            let position = rows.int64(1) << (TreeTiles.bitsPerLevel * (level + 1))
            guard rows.int64(1) == first + Int64(roots.count), rows.bytes(2).count == MerkleHash.byteCount else {
                throw EventLogError.damagedTree("a tile of level \(level) is missing or has no root", at: position)
            }
            roots.append(MerkleHash(loading: rows.bytes(2)))
        }
        return roots
    }

    package func tail(after leaves: Int64) throws -> [MerkleHash] {
        let rows = try sqlite.statement("SELECT first_position, hashes FROM tree_tail ORDER BY first_position")
        defer { rows.reset() }
        var tail: [MerkleHash] = []
        while try rows.step() {
            let next = leaves + Int64(tail.count) + 1
            guard rows.int64(0) == next else {
                throw EventLogError.damagedTree("its tail goes on at \(rows.int64(0)) instead", at: next)
            }
            tail += try TreeTiles.hashes(rows.bytes(1), level: 0, next)
            guard tail.count < TreeTiles.width else {
                throw EventLogError.damagedTree("its tail has \(tail.count) hashes", at: next)
            }
        }
        return tail
    }

    package func leafTiles() throws -> Int64 {
        guard let last = try sqlite.integer("SELECT max(number) FROM tree_tiles WHERE level = 0") else { return 0 }
        guard last >= 0, last < Self.maximumLeafTiles else {
            throw EventLogError.damagedTree("a tile of level 0 has the number \(last)", at: 0)
        }
        return last + 1
    }

    /// The ledger has a tree.
    package var exist: Bool {
        get throws {
            try sqlite.integer("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'tree_tail'") != nil
        }
    }
}

extension TreeReader {
    /// - Throws: `noTree` in a ledger of format 1; `damagedLog` if the tree is not whole.
    package convenience init(_ sqlite: SQLiteConnection) throws {
        let tiles = StoredTiles(sqlite)
        guard try tiles.exist else { throw EventLogError.noTree }
        try self.init(tiles)
    }
}

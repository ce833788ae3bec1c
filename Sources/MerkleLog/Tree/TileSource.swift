package import EventLog

/// Where a tree's hashes are kept, in the tiles that `TreeTiles` describes: tables of a database, files, a server.
package protocol TileSource {
    /// How many tiles of level 0 are full.
    ///
    /// - Throws: `damagedLog` if that cannot be.
    func leafTiles() throws -> Int64

    /// The leaves after the last full tile of level 0, fewer than a tile's.
    ///
    /// - Parameter leaves: those in full tiles.
    /// - Throws: `damagedLog` if they do not follow these.
    func tail(after leaves: Int64) throws -> [MerkleHash]

    /// A tile's hashes; fewer than a full tile's if it is not full yet, none if it has not begun. The tail is not among
    /// them.
    ///
    /// - Throws: `damagedLog` if it is no whole number of hashes.
    func tile(level: Int, number: Int64) throws -> [MerkleHash]
}

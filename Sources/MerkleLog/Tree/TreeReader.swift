package import EventLog

/// Reads hashes and proofs out of a tree that does not change meanwhile. It keeps the tiles that it has read.
///
/// A proof reads at most one tile per level and side: three at 1,000,000 events.
package final class TreeReader {
    private let source: any TileSource
    /// How many leaves the tree has.
    package let size: Int64
    private let tail: [MerkleHash]
    private var tiles: [TileID: [MerkleHash]] = [:]

    private struct TileID: Hashable {
        var level: Int
        var number: Int64
    }

    /// Tiles that are kept at the most, 8 KiB each.
    private static let maximumKeptTiles = 1_024

    /// - Throws: `damagedLog` if the tree is not whole.
    package init(_ source: any TileSource) throws {
        self.source = source
        let full = try source.leafTiles() * Int64(TreeTiles.width)
        tail = try source.tail(after: full)
        size = full + Int64(tail.count)
    }

    /// The root of the tree over the first events.
    ///
    /// - Throws: `unknownMoment` where the tree has fewer leaves, or the size is negative.
    package func root(at size: Int64) throws -> MerkleHash {
        try check(size)
        return size == 0 ? .emptyRoot : try hash(of: 0..<size)
    }

    package func leaf(at position: Position) throws -> MerkleHash {
        guard position >= 1, position <= size else { throw EventLogError.notInTree(position, size: size) }
        return try subtree(height: 0, number: position - 1)
    }

    /// The audit path of an event: RFC 6962 §2.1.1, from the leaf upwards.
    package func inclusionProof(of position: Position, in size: Int64) throws -> [MerkleHash] {
        try check(size)
        guard position >= 1, position <= size else { throw EventLogError.notInTree(position, size: size) }
        var path: [MerkleHash] = []
        try climb(to: position - 1, in: 0..<size, &path)
        return path
    }

    /// The proof that the first `old` leaves of the tree of size `new` are the tree of size `old`: RFC 6962 §2.1.2.
    package func consistencyProof(from old: Int64, to new: Int64) throws -> [MerkleHash] {
        try check(new)
        guard old >= 0, old <= new else { throw EventLogError.notInTree(old, size: new) }
        guard old > 0, old < new else { return [] }
        var path: [MerkleHash] = []
        try prove(old, in: 0..<new, isWhole: true, &path)
        return path
    }

    private func check(_ size: Int64) throws {
        guard size >= 0, size <= self.size else { throw EventLogError.notInTree(size, size: self.size) }
    }

    // MARK: Ranges

    /// The largest power of two below a count of two or more.
    private static func split(_ count: Int64) -> Int64 { 1 << (63 - (count - 1).leadingZeroBitCount) }

    private func climb(to leaf: Int64, in range: Range<Int64>, _ path: inout [MerkleHash]) throws {
        guard range.count > 1 else { return }
        let middle = range.lowerBound + Self.split(Int64(range.count))
        if leaf < middle {
            try climb(to: leaf, in: range.lowerBound..<middle, &path)
            path.append(try hash(of: middle..<range.upperBound))
        } else {
            try climb(to: leaf, in: middle..<range.upperBound, &path)
            path.append(try hash(of: range.lowerBound..<middle))
        }
    }

    private func prove(
        _ old: Int64, in range: Range<Int64>, isWhole: Bool, _ path: inout [MerkleHash]
    ) throws {
        if old == range.upperBound {
            if !isWhole { path.append(try hash(of: range)) }
            return
        }
        let middle = range.lowerBound + Self.split(Int64(range.count))
        if old <= middle {
            try prove(old, in: range.lowerBound..<middle, isWhole: isWhole, &path)
            path.append(try hash(of: middle..<range.upperBound))
        } else {
            try prove(old, in: middle..<range.upperBound, isWhole: false, &path)
            path.append(try hash(of: range.lowerBound..<middle))
        }
    }

    /// The root over leaves that begin where a subtree of their size would.
    private func hash(of range: Range<Int64>) throws -> MerkleHash {
        let count = Int64(range.count)
        if count & (count - 1) == 0 {
            let height = count.trailingZeroBitCount
            return try subtree(height: height, number: range.lowerBound >> height)
        }
        let middle = range.lowerBound + Self.split(count)
        return MerkleHash.node(try hash(of: range.lowerBound..<middle), try hash(of: middle..<range.upperBound))
    }

    // MARK: Tiles

    /// The root of a complete subtree with 2^height leaves.
    private func subtree(height: Int, number: Int64) throws -> MerkleHash {
        let (level, within) = height.quotientAndRemainder(dividingBy: TreeTiles.bitsPerLevel)
        let first = number << within
        let tile = try tile(level: level, number: first / Int64(TreeTiles.width))
        let start = Int(first % Int64(TreeTiles.width))
        guard start + 1 << within <= tile.count else {
            throw EventLogError.damagedTree("a tile of level \(level) is too short", at: number << height)
        }
        return TreeTiles.root(of: tile[start..<start + 1 << within])
    }

    private func tile(level: Int, number: Int64) throws -> [MerkleHash] {
        let id = TileID(level: level, number: number)
        if let known = tiles[id] { return known }
        if level == 0, number == (size - Int64(tail.count)) / Int64(TreeTiles.width) { return tail }
        let tile = try source.tile(level: level, number: number)
        if tiles.count >= Self.maximumKeptTiles { tiles.removeAll() }
        tiles[id] = tile
        return tile
    }
}

extension EventLogError {
    fileprivate static func notInTree(_ position: Position, size: Int64) -> EventLogError {
        var error = EventLogError(
            .unknownMoment, "There is no \(position) in a tree of \(size) events; give 0 to \(size).")
        error.position = position
        return error
    }

    static func malformedEntry(_ reason: String) -> EventLogError {
        EventLogError(.malformedProof, "This is not an event in its canonical encoding: \(reason).")
    }
}

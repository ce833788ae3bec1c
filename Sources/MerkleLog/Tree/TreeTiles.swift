package import EventLog

/// How the tree lies in `tree_tiles` and `tree_tail`.
///
/// Invariants:
/// 1. The tree has a leaf for each event, in the order of the positions: they commit together.
/// 2. A tile is written once, when its 256 hashes are there, and never changed.
/// 3. The hash of every complete subtree with 256^n leaves is the root of a tile of level n - 1, and stands in a tile
///    of level n as soon as that is full.
package enum TreeTiles {
    /// Hashes of a full tile. A power of two with an exponent that divides nothing else: eight bits a level.
    package static let width = 256
    package static let bitsPerLevel = 8
    package static let tileBytes = width * MerkleHash.byteCount

    /// The hashes of a BLOB, up to a full tile.
    ///
    /// - Throws: `damagedLog` where it is no whole number of hashes.
    package static func hashes(_ blob: UnsafeRawBufferPointer, level: Int, _ position: Position) throws -> [MerkleHash]
    {
        guard blob.count % MerkleHash.byteCount == 0, blob.count <= tileBytes else {
            throw EventLogError.damagedTree("a tile of level \(level) has \(blob.count) bytes", at: position)
        }
        return (0..<blob.count / MerkleHash.byteCount).map { index in
            let start = index * MerkleHash.byteCount
            return MerkleHash(loading: UnsafeRawBufferPointer(rebasing: blob[start..<start + MerkleHash.byteCount]))
        }
    }

    package static func bytes(_ hashes: some Collection<MerkleHash>) -> [UInt8] {
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
    package static func root(of hashes: some Collection<MerkleHash>) -> MerkleHash {
        var row = Array(hashes)
        var count = row.count
        while count > 1 {
            count /= 2
            for index in 0..<count { row[index] = MerkleHash.node(row[2 * index], row[2 * index + 1]) }
        }
        return row[0]
    }
}

extension EventLogError {
    package static func damagedTree(_ what: String, at position: Position) -> EventLogError {
        var error = EventLogError(
            .damagedLog,
            "The Merkle tree is damaged at position \(position) (\(what)); `memledger verify` tells what else is.")
        error.position = position
        return error
    }

    package static let noTree = EventLogError(
        .noTree, "The ledger has format 1, without a Merkle tree; open it for writing once, which makes the tree.")
}

package import EventLog
import MerkleLog

/// Events in their canonical encoding with their proofs against one checkpoint. Neighbours share most of their hashes,
/// so each hash is there once.
package struct ProvedEvents: Sendable {
    package struct Entry: Sendable {
        package var position: Position
        /// The canonical encoding.
        package var bytes: [UInt8]
        /// Indexes of the proof's hashes in `nodes`.
        package var proof: [Int]

        package init(position: Position, bytes: [UInt8], proof: [Int]) {
            self.position = position
            self.bytes = bytes
            self.proof = proof
        }
    }

    package private(set) var nodes: [MerkleHash] = []
    /// In the order of the groups that were asked for.
    package private(set) var groups: [[Entry]] = []
    private var indexes: [MerkleHash: Int] = [:]

    package init() {}

    package mutating func add(_ hashes: [MerkleHash]) -> [Int] {
        hashes.map { hash in
            if let known = indexes[hash] { return known }
            indexes[hash] = nodes.count
            nodes.append(hash)
            return nodes.count - 1
        }
    }

    package mutating func add(group: [Entry]) { groups.append(group) }
}

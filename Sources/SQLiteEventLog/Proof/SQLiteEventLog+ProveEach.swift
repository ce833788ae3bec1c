package import EventLog
package import LedgerCapabilities
package import MerkleLog

extension SQLiteEventLog {
    /// Proves events in one snapshot of the log; each proof is verified before it is answered.
    ///
    /// - Parameters:
    ///   - groups: positions that the checkpoint covers.
    ///   - maximumBytes: of all encodings together.
    /// - Throws: as `prove`; `limitExceeded`, naming `limitName`, where the encodings take more.
    package func proveEach(
        of groups: [[Position]], in signed: SignedCheckpoint, maximumBytes: Int, limitName: String
    ) throws -> ProvedEvents {
        try file.readSnapshot { sqlite in
            let tree = try TreeReader(sqlite)
            let (size, root) = (signed.checkpoint.size, signed.checkpoint.root)
            guard size <= tree.size else { throw Self.shorter(than: size, tree.size) }
            var proved = ProvedEvents()
            var total = 0
            for group in groups {
                var entries: [ProvedEvents.Entry] = []
                for position in group {
                    let (bytes, leaf) = try entry(at: position, sqlite)
                    total += bytes.count
                    guard total <= maximumBytes else {
                        throw EventLogError.limit(
                            limitName, allowed: maximumBytes, found: total, what: "The size of the events in bytes")
                    }
                    let hashes = try tree.inclusionProof(of: position, in: size)
                    try InclusionProof(index: position - 1, size: size, hashes: hashes).verify(leaf: leaf, root: root)
                    entries.append(.init(position: position, bytes: bytes, proof: proved.add(hashes)))
                }
                proved.add(group: entries)
            }
            return proved
        }
    }

    /// The newest checkpoint of the ledger's own that the log still bears out; nil where there is none.
    package func newestCheckpoint() throws -> SignedCheckpoint? {
        try file.readSnapshot { sqlite in
            let tree = try TreeReader(sqlite)
            return try CheckpointStore(sqlite: sqlite).newest(limit: Self.triedCheckpoints).map(\.signed).first {
                let checkpoint = $0.checkpoint
                return try checkpoint.size <= tree.size && tree.root(at: checkpoint.size) == checkpoint.root
            }
        }
    }
}

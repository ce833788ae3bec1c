import EventLog
import LedgerStorage
import Projections

extension MemoryReading {
    /// A digest of each projection table, and the position of the log that they stand at. Reads that still wait to be
    /// counted are appended first.
    public func digest() async throws -> LedgerDigest {
        let base = source.base
        try await base.counter?.flush()
        return try await base.tables().readSnapshot { sqlite in
            LedgerDigest(
                position: try base.moment?.position ?? base.ledger.host.position(sqlite),
                tables: try base.ledger.host.digests(of: sqlite))
        }
    }
}

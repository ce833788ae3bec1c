import EventLog
import LedgerStorage
import Projections

extension MemoryReading {
    /// A digest of each projection table, and the position of the log that they stand at. Reads that still wait to be
    /// counted are appended first.
    public func digest() async throws -> LedgerDigest {
        let (source, parts) = (source, source.parts)
        try await source.counter?.flush()
        return try await source.tables().readSnapshot { sqlite in
            LedgerDigest(
                position: try source.moment?.position ?? parts.store.position(sqlite),
                tables: try parts.store.digests(of: sqlite))
        }
    }
}

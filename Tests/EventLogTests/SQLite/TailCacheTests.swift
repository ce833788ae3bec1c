import EventLog
import LedgerStorage
import Testing

@testable import SQLiteEventLog

/// Goal: a reader's snapshot decides what it sees of the tail, also when another reader's newer snapshot has filled the
/// shared cache, and the other way round.
/// Method: two read transactions of different age ask one cache in turn, before and after a segment is made.
@Suite struct TailCacheTests {
    @Test func oldAndNewSnapshotsShareOneCache() async throws {
        let file = try LogFile()
        let log = try file.open()
        _ = try await log.append(to: "a", file.events(3))
        let tails = TailCache()
        func version(_ raw: RawSQLite, _ stream: StreamName) throws -> StreamVersion {
            try tails.head(of: stream, TailCache.Snapshot(raw.sqlite), raw.sqlite)?.version ?? 0
        }
        func begin() throws -> RawSQLite {
            let raw = try RawSQLite(file.path)
            try raw.sqlite.execute("BEGIN; SELECT count(*) FROM events")
            return raw
        }
        let old = try begin()
        #expect(try version(old, "a") == 3 && version(old, "b") == 0)
        _ = try await log.append(to: "a", file.events(2))
        _ = try await log.append(to: "b", file.events(1))
        let new = try begin()
        for _ in 0..<2 {
            #expect(try version(new, "a") == 5 && version(new, "b") == 1)
            #expect(try version(old, "a") == 3 && version(old, "b") == 0)
        }
        await log.close()
        try await SegmentTests.index(file)
        let again = try file.open()
        _ = try await again.append(to: "a", file.events(1))
        let indexed = try begin()
        for _ in 0..<2 {
            #expect(try version(indexed, "a") == 6 && version(indexed, "b") == 1)
            #expect(try version(new, "a") == 5 && version(new, "b") == 1)
            #expect(try version(old, "a") == 3 && version(old, "b") == 0)
        }
        await again.close()
    }
}

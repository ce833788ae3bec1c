import EventLog
import Foundation
import LedgerStorage
import Testing

/// Goal: who waits for a connection is counted, and how long. Method: one connection, which a reader keeps until
/// another one has had time to wait for it.
@Suite struct ReaderPoolTests {
    private func pool(readers: Int) throws -> ReaderPool {
        let folder = FileManager.default.temporaryDirectory.appending(path: "pool-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let path = folder.appending(path: "file").path
        var options = QueuedConnection.Options()
        options.isReadOnly = false
        let writer = try QueuedConnection(path: path, options)
        try writer.run { try $0.execute("PRAGMA journal_mode = WAL; CREATE TABLE t (a)") }
        writer.close()
        return ReaderPool(
            path: path,
            options: ReaderPool.Options(
                busyTimeoutMilliseconds: 1_000, maximumReaders: readers, cacheKibibytes: 64))
    }

    @Test func waitsAreCounted() throws {
        let pool = try pool(readers: 1)
        var rounds = 0
        // On a busy machine the other reader may come too late to wait.
        while pool.figures.waits.waits == 0, rounds < 100 {
            rounds += 1
            let (reads, begins) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
            let other = Thread {
                begins.signal()
                _ = try? pool.read { try $0.integer("SELECT count(*) FROM t") }
                reads.signal()
            }
            try pool.read { sqlite in
                other.start()
                begins.wait()
                Thread.sleep(forTimeInterval: 0.02)
                let rows = try sqlite.integer("SELECT count(*) FROM t")
                #expect(rows == 0)
            }
            reads.wait()
        }
        let figures = pool.figures
        #expect(figures.most == 1 && figures.open == 1 && figures.busy == 0)
        #expect(figures.waits.reads == UInt64(2 * rounds) && figures.waits.waits == 1)
        #expect(figures.waits.nanoseconds > 0 && figures.waits.longestNanoseconds == figures.waits.nanoseconds)
        pool.close()
    }

    @Test func whoFindsAConnectionDoesNotWait() throws {
        let pool = try pool(readers: 2)
        try pool.read { _ in _ = try pool.read { try $0.integer("SELECT 1") } }
        #expect(pool.figures.waits.reads == 2 && pool.figures.waits.waits == 0 && pool.figures.open == 2)
        pool.close()
    }
}

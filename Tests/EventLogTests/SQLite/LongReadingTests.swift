import EventLog
import Foundation
import LedgerCapabilities
import LedgerStorage
import Testing

@testable import SQLiteEventLog

/// Goal: a statement that keeps SQLite busy for long ends with its task. Method: one without an end.
@Suite struct LongReadingTests {
    @Test(.timeLimit(.minutes(10))) func aStatementEndsWithItsTask() async throws {
        let file = try LogFile()
        let log = try file.open()
        let looks = AsyncStream<Void>.makeStream()
        let reading = Task { @concurrent in
            try await log.file.longRead {
                looks.continuation.yield()
            } _: { sqlite in
                try sqlite.integer(
                    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n")
            }
        }
        for await _ in looks.stream { break }
        reading.cancel()
        await #expect(throws: CancellationError.self) { _ = try await reading.value }
        // The connection goes on.
        #expect(try await log.head() == 0)
        await log.close()
    }

    @Test func aCopyThatIsNotWantedIsNotMade() async throws {
        let file = try LogFile()
        try await file.make((0..<200).map { _ in [UInt8](repeating: 7, count: 2_000) })
        let log = try file.open(.test(.readOnly))
        let target = file.folder.path("copy.sqlite")
        let copying = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await log.file.copy(to: target)
        }
        await #expect(throws: CancellationError.self) { try await copying.value }
        await log.close()
    }
}

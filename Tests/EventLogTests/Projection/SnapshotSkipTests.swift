import EventLog
import Foundation
import LedgerStorage
import Synchronization
import Testing

@testable import Projections
@testable import SQLiteEventLog

/// Goal: a snapshot says which events its projectors did without, whenever those are chosen.
/// Method: the clock, which is asked between the writing of a snapshot and its registration, skips an event.
@Suite struct SnapshotSkipTests {
    private final class SkippingClock: TimeSource {
        private let skip: Mutex<(@Sendable () -> Void)?>

        init(_ skip: @escaping @Sendable () -> Void) { self.skip = Mutex(skip) }

        func now() -> Timestamp {
            let skip = skip.withLock { skip in
                defer { skip = nil }
                return skip
            }
            skip?()
            return Timestamp(milliseconds: 1)
        }
    }

    @Test func anEventThatIsSkippedMeanwhile() async throws {
        let test = try await ProjectedLog(LogFile())
        try await test.append(12)
        let (log, state) = (test.log, try #require(try test.state()))
        let clock = SkippingClock {
            try? log.file.withWriterLock { try DeadLetters.skip(2, state, at: Timestamp(milliseconds: 0), $0) }
        }
        let keeper = SnapshotKeeper(
            test.host, rule: .growing(events: 4, divisor: 1_000), clock: clock, alwaysUses: true)
        let error = await #expect(throws: EventLogError.self) { try await keeper.takeDue() }
        #expect(error?.code == .busy)
        #expect(try keeper.all() == [])
        #expect(!FileManager.default.fileExists(atPath: keeper.store.file(4)))

        let taken = try await keeper.takeDue()
        #expect(taken.map(\.position) == [4, 8, 12])
        #expect(taken.allSatisfy { $0.projectors == "tally:1-2" })
        let folder = ViewFolder(ledgerPath: log.path)
        let moment = LogMoment(position: 12, time: Timestamp(milliseconds: 1))
        let view = try await test.host.openView(at: moment, in: folder, from: keeper.store)
        #expect(try view.read { try $0.integer("SELECT sum(events) FROM tally") } == 11)
        view.close()
        await keeper.close()
        await log.close()
    }
}

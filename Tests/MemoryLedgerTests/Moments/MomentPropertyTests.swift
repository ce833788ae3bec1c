import EventLog
import Foundation
import Projections
import SQLiteEventLog
import Testing

@testable import MemoryLedger

/// Goal: a view of any position answers what the ledger answered there, with and without snapshots, and a checkout of
/// it has the same tables.
/// Method: a log of random commands is appended event by event to a second ledger, whose live answers at random
/// positions are kept; then these positions are opened in the first. Each costs two replays, so a test run takes a few
/// dozen; `Tools/soak` takes hundreds, by way of `MEMLEDGER_SOAK_POSITIONS`.
@Suite(.onEveryBackend) struct MomentPropertyTests {
    private static let events: Position = 1_500
    private static let positions =
        ProcessInfo.processInfo.environment["MEMLEDGER_SOAK_POSITIONS"].flatMap { Int($0) } ?? 30

    /// A seed that never changes, and one that is new in every run; `MEMLEDGER_SEED` repeats it.
    private static let cases: [(seed: UInt64, snapshots: SnapshotRule)] = [
        (1, .off),
        (
            ProcessInfo.processInfo.environment["MEMLEDGER_SEED"].flatMap { UInt64($0) }
                ?? .random(in: 100 ... .max),
            .growing(events: 97, divisor: 1_000)
        ),
    ]

    @Test(arguments: cases)
    func everyPositionAnswersAsItDid(seed: UInt64, snapshots: SnapshotRule) async throws {
        print("MEMLEDGER_SEED=\(seed)")
        let test = try await RandomLedger.make(seed: seed, events: Self.events) { $0.snapshots = snapshots }
        let ledger = test.ledger
        let head = try await ledger.log.head()
        var random = SeededGenerator(seed: seed)
        // The ends, too.
        let positions = [1, head] + (0..<Self.positions).map { _ in Position.random(in: 1...head, using: &random) }
        let expected = try await PastAnswers.of(ledger, at: Set(positions))
        _ = try await ledger.takeDueSnapshots()
        #expect(try ledger.snapshots().isEmpty == (snapshots == .off))
        for (turn, position) in positions.enumerated() {
            let expected = try #require(expected[position])
            try await compare(ledger, position, expected, seed)
            let report = try await ledger.checkout(
                at: .position(position), to: test.folder.file("checkout-\(turn).sqlite"))
            #expect(report.digests == expected.digests, "seed \(seed), position \(position)")
        }
        await ledger.close()
    }

    private func compare(
        _ ledger: MemoryLedger, _ position: Position, _ expected: PastAnswers, _ seed: UInt64
    ) async throws {
        let view = try await ledger.asOf(.position(position))
        let memories = try await view.list(MemoryQuery(limit: MemoryQuery.maximumLimit)).memories
        #expect(memories == expected.memories, "seed \(seed), position \(position)")
        let namespaces = try await view.statistics().namespaces
        #expect(namespaces == expected.namespaces, "seed \(seed), position \(position)")
        let known = Dictionary(uniqueKeysWithValues: expected.memories.map { ($0.id, $0) })
        for key in RandomLedger.keys {
            let meaning = try await view.resolve(key)
            #expect(try await view.get(key) == known[meaning], "seed \(seed), position \(position), \(key)")
        }
    }
}

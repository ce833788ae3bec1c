import EventLog
import MemoryLedger
import MemoryLedgerTesting
import Testing

/// Goal: nothing in a test's ledger depends on the time, the machine or chance.
@Suite struct FixedValuesTests {
    @Test func theClockMovesWhenToldTo() {
        let clock = FixedClock()
        #expect(clock.now().rfc3339 == "2026-01-01T00:00:00.000Z")
        clock.advance(by: .milliseconds(1_500))
        #expect(clock.now().rfc3339 == "2026-01-01T00:00:01.500Z")
        clock.advance(by: .seconds(-2))
        #expect(clock.now().rfc3339 == "2025-12-31T23:59:59.500Z")
        clock.set(Timestamp(milliseconds: 0))
        #expect(clock.now().milliseconds == 0)
    }

    @Test func idsAscendAndAreOfVersionSeven() {
        let ids = FixedIDs()
        let given = (0..<300).map { _ in ids.next(at: FixedClock.start) }
        #expect(given == given.sorted())
        #expect(Set(given).count == 300)
        #expect(given[0].description == "00000000-0000-7000-8000-000000000001")
        #expect(FixedIDs.id(300) == given[299])
    }

    /// The values are SplitMix64's, so that a seed means the same for ever.
    @Test func randomnessFollowsFromTheSeed() {
        var random = SeededRandom(1_234_567)
        let drawn = (0..<3).map { _ in random.next() }
        #expect(drawn == [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423])
    }

    @Test func theSameCommandsMakeTheSameLogByteForByte() async throws {
        func run() async throws -> ([RecordedEvent], LedgerDigest) {
            let ledger = try await MemoryLedger.forTesting()
            try await ledger.add(tea, MemoryContent(summary: "Likes tea"))
            _ = try await ledger.access(tea)
            try await ledger.rename(tea, to: "green-tea")
            return (try await ledger.recordedEvents(), try await ledger.digest())
        }
        let (first, second) = (try await run(), try await run())
        #expect(first.0 == second.0)
        #expect(first.1 == second.1)
        #expect(first.0.map(\.position) == [1, 2, 3, 4])
        #expect(first.0.map(\.id) == (1...4).map { FixedIDs.id($0) })
    }
}

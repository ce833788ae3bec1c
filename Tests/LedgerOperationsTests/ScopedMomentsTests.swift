import EventLog
import EventLogTesting
import MemoryLedger
import MemoryLedgerTesting
import Testing

@testable import LedgerOperations

/// Goal: a moment costs one who reads some namespaces a bounded number of reads, whatever the call names. Method:
/// namespaces that are named again, and a bound below the number of events.
@Suite struct ScopedMomentsTests {
    private static let grant = AccessGrant(.read, namespaces: ["here", "caf\u{e9}", "cafe\u{301}"])

    @Test func aNamespaceIsLookedIntoOnce() async throws {
        let ledger = try await MemoryLedger.forTesting()
        let request = OperationRequest(ledger, grant: Self.grant)
        let named = Array(repeating: "here", count: 1_000) + ["caf\u{e9}", "cafe\u{301}", "here", "caf\u{e9}"]
        let moments = try #require(ScopedMoments(request, named))
        // Texts that look alike are not the same.
        let once = ["here", "caf\u{e9}", "cafe\u{301}"]
        #expect(moments.namespaces.map { Array($0.utf8) } == once.map { Array($0.utf8) })
        await ledger.close()
    }

    @Test func theSearchForWhatHadOccurredEnds() async throws {
        let clock = FixedClock()
        let ledger = try await MemoryLedger.forTesting(clock: clock)
        for key in ["a", "b", "c", "d"] {
            try await ledger.add(MemoryKey(namespace: "here", key: key), MemoryContent())
        }
        try await ledger.add(MemoryKey(namespace: "there", key: "e"), MemoryContent())
        let request = OperationRequest(ledger, grant: Self.grant)
        let early = Timestamp(milliseconds: FixedClock.start.milliseconds - 1)
        func refusal(_ maximum: Int) async throws -> String {
            let moments = try #require(ScopedMoments(request, ["here"], maximumSearched: maximum))
            let error = await #expect(throws: EventLogError.self) { _ = try await moments.moment(.occurred(early)) }
            #expect(error?.code == .unknownMoment)
            return error.map { "\($0)" } ?? ""
        }
        #expect(try await refusal(3).contains("None of the first 3 events here had occurred"))
        #expect(try await refusal(4).contains("Nothing had happened here"))
        // What has occurred is found if it is within the bound.
        let moments = try #require(ScopedMoments(request, ["here"], maximumSearched: 1))
        #expect(try await moments.moment(.occurred(FixedClock.start)) == .occurred(FixedClock.start))
        await ledger.close()
    }
}

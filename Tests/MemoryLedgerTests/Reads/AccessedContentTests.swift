import EventLog
import LedgerCapabilities
import Testing

@testable import MemoryLedger

/// Goal: reading what is written in a memory counts as `access` and `traverse` do one after the other, and shows as
/// little. Method: the events that come of it, for memories that are there, that are not, and that are held back.
@Suite(.onEveryBackend) struct AccessedContentTests {
    private static let me = Attribution(actor: "ada", correlationID: "r")

    private func open(configure: (inout MemoryLedgerOptions) -> Void = { _ in }) async throws -> TestLedger {
        let test = try await TestLedger.open(configure: configure)
        for key in ["a", "b", "held"] {
            try await test.ledger.add(MemoryKey(key: key), MemoryContent(summary: key), by: Self.me)
        }
        try await test.ledger.add("other", MemoryContent(summary: "o"), by: Attribution(actor: "mallory"))
        _ = try await test.ledger.quarantine(.actor("mallory"), by: Self.me)
        return test
    }

    /// What was counted since, as type and stream.
    private func counted(_ ledger: MemoryLedger) async throws -> [String] {
        try await ledger.flushReads()
        return try await ledger.events(EventFilter(types: ["MemoryAccessed", "MemoryTraversed"])).map {
            #expect($0.attribution == Self.me)
            return "\($0.type.rawValue) \($0.stream.rawValue)"
        }
    }

    @Test func bothAreCountedInTheirOrder() async throws {
        let test = try await open()
        let alone = try #require(try await test.ledger.content(accessing: "mem:a", by: Self.me))
        #expect(alone.memory == "a" && alone.content.summary == "a")
        let (isWayThere, found) = try await test.ledger.content(accessing: "mem:b", through: "mem:a", by: Self.me)
        #expect(isWayThere && found?.memory == "b" && found?.content == MemoryContent(summary: "b"))
        _ = try await test.ledger.content(accessing: "a", through: "a", by: Self.me)
        #expect(
            try await counted(test.ledger) == [
                "MemoryAccessed mem/a", "MemoryTraversed mem/a", "MemoryAccessed mem/b", "MemoryTraversed mem/a",
                "MemoryAccessed mem/a",
            ])
        let meta = try #require(try await test.ledger.get("a")).meta
        #expect(meta.accessCount == 2 && meta.traverseCount == 2)
        await test.ledger.close()
    }

    @Test(arguments: ["none", "other"]) func whatIsNotShownIsNotCounted(hidden: String) async throws {
        let test = try await open()
        let hidden = MemoryKey(key: hidden)
        #expect(try await test.ledger.content(accessing: hidden, by: Self.me) == nil)
        let lost = try await test.ledger.content(accessing: "a", through: hidden, by: Self.me)
        #expect(!lost.isWayThere && lost.found == nil)
        #expect(try await counted(test.ledger).isEmpty)
        let gone = try await test.ledger.content(accessing: hidden, through: "a", by: Self.me)
        #expect(gone.isWayThere && gone.found == nil)
        #expect(try await counted(test.ledger) == ["MemoryTraversed mem/a"])
        await test.ledger.close()
    }

    @Test func whoMustBeNamedIsRefusedBeforeAnythingIsCounted() async throws {
        let test = try await open()
        _ = try await test.ledger.setPolicy(LedgerPolicyChange(requiresActor: true), by: Self.me)
        for way: MemoryKey? in [nil, "b"] {
            let error = await #expect(throws: EventLogError.self) {
                if let way {
                    _ = try await test.ledger.content(accessing: "a", through: way, by: Attribution())
                } else {
                    _ = try await test.ledger.content(accessing: "a", by: Attribution())
                }
            }
            #expect(error?.code == .actorRequired)
        }
        #expect(try await counted(test.ledger).isEmpty)
        await test.ledger.close()
    }
}

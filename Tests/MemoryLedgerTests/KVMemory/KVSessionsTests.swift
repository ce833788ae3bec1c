import EventLog
import Testing

import class EventLogTesting.FixedClock

@testable import MemoryLedger

/// Goal: sessions live five minutes after their last write, and a read in one counts in the old order. Method: a clock
/// that stands just before and at the end; the counts after each read.
@Suite(.onEveryBackend) struct KVSessionsTests {
    private static let lifetime: Int64 = 300_000

    @Test func aSessionBeginsWithItsNamespaceAndNoKey() async throws {
        let sessions = KVSessions(clock: FixedClock(.start))
        #expect(KVSessions.lifetimeMilliseconds == Self.lifetime)
        let id = sessions.open(namespace: "mem:project")
        #expect(sessions.session(id) == KVSession(namespace: "mem:project", lastMemoryKey: ""))
        let json = sessions.session(id)?.json
        #expect(json?.description == #"{"kv_namespace":"mem:project","last_memory_key":""}"#)
        let standard = sessions.open()
        #expect(sessions.session(standard)?.namespace == "mem")
    }

    @Test func idsAreThirtyTwoHexadecimalDigitsAndRandom() async throws {
        let sessions = KVSessions(clock: FixedClock(.start))
        var ids: Set<String> = []
        for _ in 0..<1_000 { ids.insert(sessions.open()) }
        #expect(ids.count == 1_000)
        #expect(ids.allSatisfy { $0.utf8.count == 32 && $0.allSatisfy { "0123456789abcdef".contains($0) } })
        // Small numbers are written in full.
        let zero = KVSessions(clock: FixedClock(.start)) { 1 }
        #expect(zero.open() == "00000000000000010000000000000001")
    }

    @Test func readingDoesNotRenew() async throws {
        let clock = FixedClock(.start)
        let sessions = KVSessions(clock: clock)
        let id = sessions.open()
        clock.advance(Self.lifetime - 1)
        #expect(sessions.session(id) != nil)
        clock.advance(1)
        #expect(sessions.session(id) == nil)
        sessions.remember("a", in: id)
        #expect(sessions.session(id) == nil)
        #expect(sessions.session("none") == nil)
    }

    @Test func writingRenews() async throws {
        let clock = FixedClock(.start)
        let sessions = KVSessions(clock: clock)
        let id = sessions.open()
        for round in 0..<3 {
            clock.advance(Self.lifetime - 1)
            sessions.remember("k\(round)", in: id)
            #expect(sessions.session(id)?.lastMemoryKey == "k\(round)")
        }
        clock.advance(Self.lifetime)
        #expect(sessions.session(id) == nil)
    }

    @Test func endedSessionsMakeRoomForNewOnes() async throws {
        let clock = FixedClock(.start)
        let sessions = KVSessions(clock: clock)
        let mine = sessions.open(owner: "me")
        for _ in 1..<KVSessions.maximumSessions - 1 { _ = sessions.open(owner: "them") }
        clock.advance(Self.lifetime - 1)
        sessions.remember("a", in: mine)
        let last = sessions.open(owner: "me")
        clock.advance(1)
        // All of theirs have ended, so none of mine has to go.
        _ = sessions.open(owner: "them")
        #expect(sessions.session(mine)?.lastMemoryKey == "a")
        #expect(sessions.session(last) != nil)
    }

    /// Who opens more than there is room for loses its own, the one first that was not used for longest.
    @Test func oneWhoOpensTooManyPushesNobodyElseOut() async throws {
        let clock = FixedClock(.start)
        let sessions = KVSessions(clock: clock)
        let mine = sessions.open(owner: "me")
        let unnamed = sessions.open()
        let (first, second) = (sessions.open(owner: "them"), sessions.open(owner: "them"))
        for _ in 4..<KVSessions.maximumSessions { _ = sessions.open(owner: "them") }
        clock.advance(1)
        sessions.remember("a", in: first)
        _ = sessions.open(owner: "others")
        #expect(sessions.session(second) == nil)
        for id in [mine, unnamed, first] { #expect(sessions.session(id) != nil) }
        // They may have as many as there is room for, and no more.
        for _ in 0..<KVSessions.maximumSessions { _ = sessions.open(owner: "them") }
        #expect(sessions.session(first) == nil)
        for id in [mine, unnamed] { #expect(sessions.session(id) != nil) }
    }

    /// A session that is written again and again takes the room of one.
    @Test func writingOftenTakesNoRoom() async throws {
        let sessions = KVSessions(clock: FixedClock(.start))
        let (busy, idle) = (sessions.open(), sessions.open())
        for round in 0..<1_000 { sessions.remember("k\(round)", in: busy) }
        for _ in 2..<KVSessions.maximumSessions { _ = sessions.open() }
        #expect(sessions.session(busy)?.lastMemoryKey == "k999")
        _ = sessions.open()
        #expect(sessions.session(idle) == nil)
        #expect(sessions.session(busy) != nil)
    }

    // MARK: Reading in a session

    private struct Client {
        let test: TestLedger
        let service: KVMemoryService
        let id: String

        init() async throws {
            test = try await TestLedger.open()
            service = KVMemoryService(test.ledger)
            for key in ["a", "b"] { try await service.addMemory("mem", key, MemoryContent(summary: key)) }
            id = service.sessions.open()
        }

        func get(_ key: String) async throws -> String? {
            try await service.getMemory(session: id, key)?.content.summary
        }

        /// Accesses and traversals of a and b.
        func counts() async throws -> [Int] {
            let memories = try await test.ledger.all()
            return memories.flatMap { [$0.meta.accessCount, $0.meta.traverseCount] }
        }

        func lastKey() -> String? { service.sessions.session(id)?.lastMemoryKey }
    }

    @Test func theLastMemoryIsTraversedBeforeTheNextIsRead() async throws {
        let client = try await Client()
        #expect(try await client.get("a") == "a")
        #expect(try await client.counts() == [1, 0, 0, 0])
        client.test.clock.advance(5)
        #expect(try await client.get("mem:b") == "b")
        #expect(try await client.counts() == [1, 1, 1, 0])
        #expect(client.lastKey() == "mem:b")
        #expect(try await client.get("b") == "b")
        #expect(try await client.counts() == [1, 1, 2, 1])
        try await client.test.ledger.flushReads()
        let types = try await client.test.ledger.events().dropFirst(2).map { "\($0.stream) \($0.type)" }
        #expect(
            types == [
                "mem/a MemoryAccessed", "mem/a MemoryTraversed", "mem/b MemoryAccessed", "mem/b MemoryTraversed",
                "mem/b MemoryAccessed",
            ])
        await client.test.ledger.close()
    }

    @Test func aReadThatFindsNothingTraversesAndRenewsNothing() async throws {
        let client = try await Client()
        _ = try await client.get("a")
        client.test.clock.advance(Self.lifetime - 1)
        #expect(try await client.get("none") == nil)
        #expect(try await client.counts() == [1, 1, 0, 0])
        #expect(client.lastKey() == "a")
        client.test.clock.advance(1)
        await #expect(throws: KVSessionError.invalidSession) { try await client.get("a") }
        #expect(try await client.counts() == [1, 1, 0, 0])
        await client.test.ledger.close()
    }

    @Test func aSuccessfulReadRenews() async throws {
        let client = try await Client()
        for _ in 0..<3 {
            client.test.clock.advance(Self.lifetime - 1)
            #expect(try await client.get("a") == "a")
        }
        await client.test.ledger.close()
    }

    @Test func aLastMemoryThatIsGoneIsNoProblem() async throws {
        let client = try await Client()
        _ = try await client.get("a")
        try await client.test.ledger.rename("a", to: "c")
        #expect(try await client.get("b") == "b")
        _ = try await client.get("c")
        try await client.test.ledger.delete("c")
        #expect(try await client.get("b") == "b")
        await client.test.ledger.close()
    }

    @Test(arguments: ["", "none", "00000000000000000000000000000000"])
    func anInvalidSessionSaysSo(id: String) async throws {
        let client = try await Client()
        let error = await #expect(throws: KVSessionError.self) {
            try await client.service.getMemory(session: id, "a")
        }
        #expect(error.map { "\($0)" } == "invalid session")
        #expect(try await client.counts() == [0, 0, 0, 0])
        await client.test.ledger.close()
    }
}

import EventLog
import LedgerCapabilities
import LedgerStorage
import Projections
import Synchronization
import Testing

import class EventLogTesting.FixedClock

@testable import MemoryLedger

/// Goal: a ledger from before there were tokens opens at once: its tables are not built again and its log is not read.
/// Method: the table and what is noted of it are taken away from ledgers with and without tokens, and what opening them
/// does is counted.
@Suite(.onEveryBackend) struct AccessTokenUpgradeTests {
    /// As a program left it that knows no tokens.
    private static func forget(_ test: TestLedger) throws {
        let database = try TestDatabase(test.path)
        try database.execute(
            """
            DROP TABLE access_tokens;
            DELETE FROM projection_positions WHERE projector = 'access_tokens';
            DELETE FROM projection_generations WHERE projector = 'access_tokens';
            DELETE FROM projection_tables WHERE projection = 'access_tokens';
            """)
        database.close()
    }

    private static func ledger(withTokens: Bool) async throws -> (TestLedger, NewAccessToken?) {
        let test = try await TestLedger.open { $0.file.randomness = SeededBytes() }
        for number in 0..<20 { try await test.ledger.add(MemoryKey(key: "\(number)"), MemoryContent()) }
        let request = AccessTokenRequest(.read, namespaces: nil)
        let made = withTokens ? try await test.ledger.createAccessToken(request) : nil
        await test.ledger.close()
        try forget(test)
        return (test, made)
    }

    @Test(.inAFile) func nothingIsBuiltForALedgerWithoutTokens() async throws {
        let (test, _) = try await Self.ledger(withTokens: false)
        let statuses = Mutex(0)
        var options = MemoryLedgerOptions(clock: test.clock)
        options.file.randomness = SeededBytes()
        let ledger = try await MemoryLedger.open(at: test.path, options: options) { _ in
            statuses.withLock { $0 += 1 }
        }
        #expect(statuses.withLock { $0 } == 0)
        let states = try ledger.host.states()
        #expect(states.allSatisfy { $0.generation == 1 && $0.position == 20 })
        #expect(states.contains { $0.name == "access_tokens" })
        let made = try await ledger.createAccessToken(AccessTokenRequest(.read, namespaces: nil))
        #expect(try await ledger.accessToken(for: made.text.revealed, now: test.clock.now()) == made.token)
        #expect(try await ledger.verifyProjections().isEqual)
        await ledger.close()
    }

    /// Reading goes by positions: what cannot be read would be noticed.
    @Test(.inAFile) func theLogIsNotRead() async throws {
        let (test, _) = try await Self.ledger(withTokens: false)
        let database = try TestDatabase(test.path)
        try database.execute("DROP TRIGGER events_are_never_updated")
        try database.execute("UPDATE events SET payload = x'ff', codec = 1, size = 9 WHERE position = 7")
        database.close()
        let again = try await test.another()
        #expect(try await again.ledger.accessTokens(all: true).tokens.isEmpty)
        await #expect(throws: EventLogError.self) { try await again.ledger.rebuild(["access_tokens"]) }
        await again.ledger.close()
    }

    @Test func tokensThatAreInTheLogAreInTheTable() async throws {
        let (test, made) = try await Self.ledger(withTokens: true)
        let again = try await test.another()
        let token = try #require(made)
        #expect(try await again.ledger.accessToken(for: token.text.revealed, now: test.clock.now()) == token.token)
        #expect(try again.ledger.host.states().allSatisfy { $0.position == 21 })
        await again.ledger.close()
    }

    /// It may lie where nothing can be written.
    @Test(.inAFile) func aLedgerThatIsOnlyReadIsLeftAsItIs() async throws {
        let (test, _) = try await Self.ledger(withTokens: false)
        let reader = try await test.another(access: .readOnly)
        #expect(try await reader.ledger.all().count == 20)
        #expect(try await reader.ledger.accessTokens(all: true).tokens.isEmpty)
        let text = try AccessTokenText(SeededBytes(3))
        let verdict = try await reader.ledger.verifyAccessToken(text.revealed, now: test.clock.now())
        #expect(verdict == .refused(.unknown, id: text.id))
        #expect(try reader.ledger.tables.read { try !$0.hasTable("access_tokens") })
        _ = try await reader.ledger.projections()
        await reader.ledger.close()
        // One with tokens is not: what holds must be told.
        let (other, made) = try await Self.ledger(withTokens: true)
        let second = try await other.another(access: .readOnly)
        let known = try await second.ledger.accessToken(
            for: try #require(made).text.revealed, now: other.clock.now())
        #expect(known == made?.token)
        await second.ledger.close()
    }
}

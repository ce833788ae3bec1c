import EmbeddedLedger
import EventLog
import Foundation
import LedgerCapabilities
import SQLiteEventLog
import Testing

import class EventLogTesting.FixedClock

@testable import MemoryLedger

/// Goal: a backup from before a revocation does not bring the token back to life, and who restores is told if it may.
/// Method: real files; tokens that were revoked before and after the backup, and some that hold.
@Suite struct AccessTokenRestoreTests {
    private struct Tokens {
        let test: TestLedger
        /// Holds; revoked after the backup; revoked before it; revoked after it, with a reason.
        let made: [NewAccessToken]

        var now: Timestamp { test.clock.now() }

        func hold(in ledger: MemoryLedger) async throws -> [Bool] {
            var hold: [Bool] = []
            for token in made { hold.append(try await ledger.accessToken(for: token.text.revealed, now: now) != nil) }
            return hold
        }
    }

    private static let admin = Attribution(actor: "admin")

    private static func backedUp() async throws -> Tokens {
        let test = try await TestLedger.open { $0.file.randomness = SeededBytes() }
        let request = AccessTokenRequest(.write, namespaces: nil)
        var made: [NewAccessToken] = []
        for _ in 0..<4 { made.append(try await test.ledger.createAccessToken(request, by: admin)) }
        try await test.ledger.revokeAccessToken(made[2].token.id, by: admin)
        try await test.ledger.backUp(to: test.backup)
        try await test.ledger.revokeAccessToken(made[1].token.id, by: admin)
        try await test.ledger.revokeAccessToken(made[3].token.id, reason: "stolen", by: admin)
        _ = try await test.ledger.createAccessToken(request, by: admin)
        await test.ledger.close()
        return Tokens(test: test, made: made)
    }

    @Test func whatWasRevokedStaysRevoked() async throws {
        let tokens = try await Self.backedUp()
        let test = tokens.test
        let report = try await test.restore { $0.attribution = Attribution(actor: "keeper") }
        #expect(report.revocationsCarried == 2 && !report.mayLackRevocations)
        #expect(report.restoredSize == 5 && report.position == 6)
        let restored = try await test.another()
        #expect(try await tokens.hold(in: restored.ledger) == [true, false, false, false])
        // As events, by who restored, with the reasons.
        let events = try await restored.ledger.events()
        #expect(events.count == 8 && events[5].type == "EpochStarted")
        let carried = try events.suffix(2).map { event in
            #expect(event.stream == "$ledger/tokens" && event.attribution.actor == "keeper")
            return try #require(try restored.ledger.events.body(of: event) as? AccessTokenEvent)
        }
        let expected = [(tokens.made[1], String?.none), (tokens.made[3], "stolen")].map { made, reason in
            AccessTokenEvent.revoked(id: made.token.id, reason: reason, isCarriedOver: true)
        }
        #expect(Set(carried) == Set(expected))
        #expect(try restored.ledger.events.words(of: try #require(events.last)).contains("carried over by a restore"))
        #expect(try await restored.ledger.log.inFile.verify().isClean)
        try await restored.expectRebuildChangesNothing()
        await restored.ledger.close()
        // What was made after the backup is not there.
        #expect(try await test.another().ledger.accessTokens(all: true).tokens.count == 4)
    }

    @Test func aSecondRestoreCarriesThemToo() async throws {
        let tokens = try await Self.backedUp()
        try await tokens.test.restore()
        let report = try await tokens.test.restore()
        #expect(report.revocationsCarried == 2)
        let restored = try await tokens.test.another()
        #expect(try await tokens.hold(in: restored.ledger) == [true, false, false, false])
        await restored.ledger.close()
    }

    /// There is no ledger to carry anything over from.
    @Test func toAnotherPathThereIsNothingToCarry() async throws {
        let tokens = try await Self.backedUp()
        let path = tokens.test.folder.file("other.sqlite")
        let report = try await tokens.test.restore(to: path)
        #expect(report.revocationsCarried == 0 && !report.mayLackRevocations)
        let other = try await MemoryLedger.open(at: path)
        #expect(try await tokens.hold(in: other) == [true, true, false, true])
        await other.close()
    }

    /// By the ledger that is there, whether or not it is the one of the backup.
    @Test func anotherLedgerRevokesNothing() async throws {
        let tokens = try await Self.backedUp()
        let other = try await TestLedger.open { $0.file.randomness = SeededBytes(77) }
        let made = try await other.ledger.createAccessToken(AccessTokenRequest(.read, namespaces: nil))
        try await other.ledger.revokeAccessToken(made.token.id)
        await other.ledger.close()
        let report = try await tokens.test.restore(to: other.path) { $0.allowsOtherLedger = true }
        #expect(report.revocationsCarried == 0 && !report.mayLackRevocations)
        let restored = try await other.another()
        #expect(try await tokens.hold(in: restored.ledger) == [true, true, false, true])
        await restored.ledger.close()
    }

    /// A ledger that cannot be read cannot tell, which is said.
    @Test(arguments: [true, false]) func aDamagedLedgerCannotTell(withTokens: Bool) async throws {
        let tokens = try await Self.backedUp()
        let test = tokens.test
        var backup = test.backup
        if !withTokens {
            let plain = try await TestLedger.open()
            try await plain.ledger.add("tea", MemoryContent())
            backup = plain.backup
            try await plain.ledger.backUp(to: backup)
            await plain.ledger.close()
            try FileManager.default.copyItem(atPath: backup, toPath: test.folder.file("plain.sqlite"))
            backup = test.folder.file("plain.sqlite")
        }
        let file = try FileHandle(forWritingTo: URL(filePath: test.path))
        try file.seek(toOffset: 100)
        try file.write(contentsOf: Data(repeating: 0xff, count: 100_000))
        try file.close()
        let report = try await test.restore(from: backup) { $0.allowsOtherLedger = true }
        #expect(report.revocationsCarried == 0 && report.mayLackRevocations == withTokens)
    }

    /// The restored ledger demands actors, and everything that a restore appends has one.
    @Test func whereActorsAreDemandedTheRestoreNeedsOne() async throws {
        let test = try await TestLedger.open { $0.file.randomness = SeededBytes() }
        try await test.ledger.setPolicy(LedgerPolicyChange(requiresActor: true), by: Self.admin)
        let made = try await test.ledger.createAccessToken(AccessTokenRequest(.read, namespaces: nil), by: Self.admin)
        try await test.ledger.backUp(to: test.backup)
        try await test.ledger.revokeAccessToken(made.token.id, by: Self.admin)
        await test.ledger.close()
        await expectLogError(.actorRequired) { try await test.restore() }
        let report = try await test.restore { $0.attribution = Self.admin }
        #expect(report.revocationsCarried == 1)
    }

    @Test func aBackupFromBeforeThereWereTokensIsRestored() async throws {
        let test = try await TestLedger.open()
        try await test.ledger.add("tea", MemoryContent())
        await test.ledger.close()
        let database = try TestDatabase(test.path)
        try database.execute(
            """
            DROP TABLE access_tokens; DELETE FROM projection_positions WHERE projector = 'access_tokens';
            DELETE FROM projection_generations WHERE projector = 'access_tokens';
            """)
        database.close()
        let other = test.folder.file("other.sqlite")
        let report = try await test.restore(from: test.path, to: other)
        #expect(report.projections == RestoredProjections() && report.revocationsCarried == 0)
        #expect(try await TestLedger.digest(at: other, clock: test.clock).position == 2)
    }
}

import EventLog
import LedgerCapabilities
import LedgerStorage
import Synchronization
import Testing

import class EventLogTesting.FixedClock
import struct EventLogTesting.SeededRandom

@testable import MemoryLedger

/// Bytes that are the same in every run.
final class SeededBytes: RandomSource {
    private let random: Mutex<SeededRandom>

    init(_ seed: UInt64 = 5) { random = Mutex(SeededRandom(seed)) }

    func bytes(_ count: Int) -> [UInt8] {
        random.withLock { random in (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) } }
    }
}

/// Goal: a token holds from when it is made until it expires or is revoked, for who has its secret and no one else.
/// Method: tokens of each kind, asked at every moment that makes a difference; texts that are no tokens.
@Suite(.onEveryBackend) struct AccessTokenTests {
    private static let admin = Attribution(actor: "admin", correlationID: "request")
    private static let research = AccessTokenRequest(.write, namespaces: ["research", "notes"], actor: "writer")

    private static func ledger(
        configure: (inout MemoryLedgerOptions) -> Void = { _ in }
    ) async throws -> TestLedger {
        try await TestLedger.open { options in
            options.file.randomness = SeededBytes()
            configure(&options)
        }
    }

    @Test func aTokenSaysWhatItWasMadeFor() async throws {
        let test = try await Self.ledger()
        let made = try await test.ledger.createAccessToken(Self.research, by: Self.admin)
        let (token, text) = (made.token, made.text.revealed)
        #expect(token.actor == "writer" && token.scope == .write && token.namespaces == ["research", "notes"])
        #expect(token.expiresAt == nil && token.revocation == nil && token.state(at: test.clock.now()) == .inForce)
        #expect(token.position == 1 && token.createdBy == "admin" && token.createdAt == test.clock.now())
        #expect(text.wholeMatch(of: /mlt_[0-9a-f]{16}_[0-9a-f]{64}/) != nil && text.contains(token.id))
        #expect(try await test.ledger.accessToken(for: text, now: test.clock.now()) == token)
        #expect(try await test.ledger.verifyAccessToken(text, now: test.clock.now()) == .valid(token))
        let event = try #require(try await test.ledger.events().first)
        #expect(event.stream == "$ledger/tokens" && event.type == "AccessTokenCreated")
        #expect(event.attribution == Self.admin)
        // What is not said.
        let all = try await test.ledger.createAccessToken(AccessTokenRequest(.read, namespaces: nil))
        #expect(all.token.namespaces == nil && all.token.actor == "token-\(all.token.id)")
        #expect(all.token.createdBy == nil && all.token.id != token.id)
        await test.ledger.close()
    }

    @Test func itHoldsUntilItExpires() async throws {
        let test = try await Self.ledger()
        let request = AccessTokenRequest(.read, namespaces: nil, expiry: .after(milliseconds: 1_000))
        let made = try await test.ledger.createAccessToken(request)
        let (text, end) = (made.text.revealed, test.clock.now().milliseconds + 1_000)
        #expect(made.token.expiresAt == Timestamp(milliseconds: end))
        let last = Timestamp(milliseconds: end - 1)
        #expect(try await test.ledger.accessToken(for: text, now: last) == made.token)
        let over = try await test.ledger.verifyAccessToken(text, now: Timestamp(milliseconds: end))
        #expect(over == .refused(.expired, id: made.token.id))
        #expect(try await test.ledger.accessToken(for: text, now: Timestamp(milliseconds: end)) == nil)
        #expect(try await test.ledger.accessTokens().tokens == [made.token])
        test.clock.advance(1_000)
        #expect(try await test.ledger.accessTokens().tokens.isEmpty)
        #expect(try await test.ledger.accessTokens(all: true).tokens == [made.token])
        // What has expired can be revoked, so that a clock that goes back does not bring it back.
        try await test.ledger.revokeAccessToken(made.token.id)
        #expect(try await test.ledger.accessToken(for: text, now: last) == nil)
        await test.ledger.close()
    }

    @Test func itHoldsUntilItIsRevoked() async throws {
        let test = try await Self.ledger()
        let made = try await test.ledger.createAccessToken(Self.research, by: Self.admin)
        let other = try await test.ledger.createAccessToken(Self.research, by: Self.admin)
        test.clock.advance(5)
        let revoked = try await test.ledger.revokeAccessToken(
            made.token.id, reason: "stolen", by: Attribution(actor: "keeper"))
        let revocation = AccessToken.Revocation(
            position: 3, at: test.clock.now(), by: "keeper", reason: "stolen")
        #expect(revoked.revocation == revocation && revoked.state(at: test.clock.now()) == .revoked)
        let verdict = try await test.ledger.verifyAccessToken(made.text.revealed, now: test.clock.now())
        #expect(verdict == .refused(.revoked, id: made.token.id))
        #expect(try await test.ledger.accessToken(for: other.text.revealed, now: test.clock.now()) == other.token)
        #expect(try await test.ledger.accessTokens().tokens == [other.token])
        #expect(try await test.ledger.accessTokens(all: true).tokens == [revoked, other.token])
        let again = await expectError(.tokenRevoked) { try await test.ledger.revokeAccessToken(made.token.id) }
        #expect(again?.message.contains(made.token.id) == true)
        #expect(try await test.ledger.events().count == 3)
        await test.ledger.close()
    }

    @Test func whoHasNotTheSecretIsRefused() async throws {
        let test = try await Self.ledger()
        let made = try await test.ledger.createAccessToken(Self.research)
        let (text, id) = (made.text.revealed, made.token.id)
        let other = try AccessTokenText(SeededBytes(9)).revealed
        let secret = text.suffix(64)
        // Each digit of the secret counts.
        for index in [0, 31, 63] {
            var digits = Array(secret)
            digits[index] = digits[index] == "0" ? "1" : "0"
            let verdict = try await test.ledger.verifyAccessToken(
                "mlt_\(id)_\(String(digits))", now: test.clock.now())
            #expect(verdict == .refused(.wrongSecret, id: id))
        }
        let unknown = try await test.ledger.verifyAccessToken(other, now: test.clock.now())
        #expect(unknown == .refused(.unknown, id: String(other.dropFirst(4).prefix(16))))
        let malformed = [
            "", "mlt_", id, String(secret), text + "0", String(text.dropLast()), " " + text, text.uppercased(),
            text.replacing("mlt_", with: "mlx_"), "mlt_\(id)-\(secret)", "mlt_\(id)_\(secret.dropLast(2))é",
            "mlt_\(id)_\(secret)\u{0}", String(repeating: "mlt_", count: 1 << 18),
        ]
        for text in malformed {
            let verdict = try await test.ledger.verifyAccessToken(text, now: test.clock.now())
            #expect(verdict == .refused(.malformed, id: nil))
            #expect(try await test.ledger.accessToken(for: text, now: test.clock.now()) == nil)
        }
        await test.ledger.close()
    }

    /// As two processes would have it.
    @Test func whatAnotherOneRevokesIsRefusedAtOnce() async throws {
        let test = try await Self.ledger()
        let made = try await test.ledger.createAccessToken(Self.research)
        let other = try await test.another()
        #expect(try await other.ledger.accessToken(for: made.text.revealed, now: test.clock.now()) == made.token)
        try await test.ledger.revokeAccessToken(made.token.id)
        #expect(try await other.ledger.accessToken(for: made.text.revealed, now: test.clock.now()) == nil)
        let head = try await other.ledger.log.head()
        #expect(head == 2)
        await other.ledger.close()
        await test.ledger.close()
    }

    @Test(.inAFile) func aLedgerThatIsOnlyReadTellsAsWell() async throws {
        let test = try await Self.ledger()
        let made = try await test.ledger.createAccessToken(Self.research)
        let reader = try await test.another(access: .readOnly)
        #expect(try await reader.ledger.accessToken(for: made.text.revealed, now: test.clock.now()) == made.token)
        try await test.ledger.revokeAccessToken(made.token.id)
        #expect(try await reader.ledger.accessToken(for: made.text.revealed, now: test.clock.now()) == nil)
        await expectLogError(.readOnly) { _ = try await reader.ledger.createAccessToken(Self.research) }
        await reader.ledger.close()
        await test.ledger.close()
    }

    // MARK: What is refused

    @Test func whatCannotBeIsRefused() async throws {
        let test = try await Self.ledger()
        let ledger = test.ledger
        for namespaces in [[], (0...AccessToken.maximumNamespaces).map { "n\($0)" }] {
            await expectError(.invalidArgument) {
                _ = try await ledger.createAccessToken(AccessTokenRequest(.read, namespaces: namespaces))
            }
        }
        await expectLimit(.namespaceBytes, "namespace") {
            _ = try await ledger.createAccessToken(AccessTokenRequest(.read, namespaces: ["a", ""]))
        }
        for actor in ["", "a\nb"] {
            await expectLogError(.invalidArgument) {
                _ = try await ledger.createAccessToken(AccessTokenRequest(.read, namespaces: nil, actor: actor))
            }
        }
        let longest = Int64(AccessToken.maximumLifetimeDays) * 86_400_000
        let now = test.clock.now()
        let times: [AccessTokenExpiry] = [
            .after(milliseconds: 0), .after(milliseconds: -1), .after(milliseconds: longest + 1),
            .after(milliseconds: .max), .at(now), .at(Timestamp(milliseconds: now.milliseconds + longest + 1)),
            .at(Timestamp(milliseconds: .min)), .at(Timestamp(milliseconds: .max)),
        ]
        for time in times {
            await expectError(.invalidArgument, "\(time)") {
                _ = try await ledger.createAccessToken(AccessTokenRequest(.read, namespaces: nil, expiry: time))
            }
        }
        let long = String(repeating: "x", count: AccessToken.maximumReasonBytes + 1)
        await expectError(.invalidArgument) {
            try await ledger.revokeAccessToken("0123456789abcdef", reason: long)
        }
        await expectError(.invalidArgument) { _ = try await ledger.accessTokens(limit: 0) }
        #expect(try await ledger.log.head() == 0)
        // Named twice it is one; two texts that look the same are two.
        let names = ["caf\u{e9}", "cafe\u{301}", "caf\u{e9}"]
        let made = try await ledger.createAccessToken(AccessTokenRequest(.read, namespaces: names))
        #expect(made.token.namespaces?.map { $0.unicodeScalars.count } == [4, 5])
        // So it may live, and not longer.
        _ = try await ledger.createAccessToken(
            AccessTokenRequest(.read, namespaces: nil, expiry: .after(milliseconds: longest)))
        await ledger.close()
    }

    /// A token that is given in the place of its id is in no message.
    @Test func anUnknownTokenIsNotRevoked() async throws {
        let test = try await Self.ledger()
        let made = try await test.ledger.createAccessToken(Self.research)
        for id in ["0123456789abcdef", "", "token", made.text.revealed, String(made.text.revealed.suffix(64))] {
            let error = await expectError(.unknownToken) { try await test.ledger.revokeAccessToken(id) }
            #expect(error?.message.contains(made.text.revealed.suffix(64)) == false)
        }
        #expect(try await test.ledger.accessTokens().tokens == [made.token])
        await test.ledger.close()
    }

    @Test func whereActorsAreDemandedATokenNeedsOne() async throws {
        let test = try await Self.ledger()
        let made = try await test.ledger.createAccessToken(Self.research)
        try await test.ledger.setPolicy(LedgerPolicyChange(requiresActor: true), by: Self.admin)
        await expectLogError(.actorRequired) { _ = try await test.ledger.createAccessToken(Self.research) }
        await expectLogError(.actorRequired) { try await test.ledger.revokeAccessToken(made.token.id) }
        try await test.ledger.revokeAccessToken(made.token.id, by: Self.admin)
        await test.ledger.close()
    }

    @Test func randomnessThatRepeatsIsRefused() async throws {
        struct Constant: RandomSource { func bytes(_ count: Int) -> [UInt8] { Array(repeating: 7, count: count) } }
        struct Short: RandomSource { func bytes(_ count: Int) -> [UInt8] { [7] } }
        let test = try await Self.ledger()
        let first = try await test.ledger.createAccessToken(Self.research, randomness: Constant())
        for source in [Constant(), Short()] as [any RandomSource] {
            await expectError(.invalidArgument) {
                _ = try await test.ledger.createAccessToken(Self.research, randomness: source)
            }
        }
        #expect(try await test.ledger.accessTokens().tokens == [first.token])
        await test.ledger.close()
    }

    @Test(arguments: [
        ("1m", 60_000), ("12h", 43_200_000), ("30d", 2_592_000_000), ("8w", 4_838_400_000), ("0d", 0),
        ("007d", 604_800_000),
    ])
    func aDurationIsRead(text: String, milliseconds: Int64) {
        #expect(AccessTokenExpiry(text) == .after(milliseconds: milliseconds))
    }

    @Test func aTimeIsRead() {
        #expect(AccessTokenExpiry("2027-01-01") == Timestamp(rfc3339: "2027-01-01T00:00:00Z").map { .at($0) })
        #expect(
            AccessTokenExpiry("2027-01-01T12:00:00+02:00")
                == Timestamp(rfc3339: "2027-01-01T10:00:00Z").map { .at($0) })
        let others = [
            "", "d", "30", "30 d", "-1d", "+1d", "1.5d", "30D", "1y", "99999999999999999999d", "9223372036854775807w",
            "tomorrow", "2027-13-01", "٣d",
        ]
        for text in others { #expect(AccessTokenExpiry(text) == nil, "\(text)") }
    }

    // MARK: Pages

    @Test func aListHasPages() async throws {
        let test = try await Self.ledger()
        var made: [AccessToken] = []
        for _ in 0..<5 { made.append(try await test.ledger.createAccessToken(Self.research).token) }
        try await test.ledger.revokeAccessToken(made[1].id)
        let first = try await test.ledger.accessTokens(limit: 2)
        #expect(first.tokens == [made[0], made[2]] && first.next == made[2].position)
        let second = try await test.ledger.accessTokens(after: first.next ?? 0, limit: 2)
        #expect(second.tokens == [made[3], made[4]] && second.next == nil)
        #expect(try await test.ledger.accessTokens(all: true, limit: 5).next == nil)
        #expect(try await test.ledger.accessTokens(all: true, limit: 4).tokens.count == 4)
        await test.ledger.close()
    }
}

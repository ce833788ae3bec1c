import Testing

@testable import LedgerServer

/// Goal: a client that shows tokens that do not hold has to wait, and keeps no other out. Method: a clock that is set.
@Suite struct RefusedTokensTests {
    private static let second: UInt64 = 1_000_000_000

    private static func refused(_ count: Int, from client: String) -> RefusedTokens {
        let tokens = RefusedTokens()
        for number in 0..<count {
            #expect(tokens.advice("t\(number)", from: client, at: 1) == .lookUp)
            tokens.refuse("t\(number)", from: client, at: 1)
        }
        return tokens
    }

    @Test func aClientMayShowSoManyAndThenWaits() {
        let tokens = Self.refused(RefusedTokens.maximumAtOnce, from: "a")
        #expect(tokens.advice("new", from: "a", at: 1) == .wait(seconds: 60 / RefusedTokens.maximumPerMinute))
        #expect(tokens.advice("new", from: "b", at: 1) == .lookUp)
        #expect(tokens.advice("new", from: "a", at: 1 + 7 * Self.second) == .lookUp)
    }

    /// One that is tried again and again is not looked up, and the client's others are.
    @Test func aTokenThatWasRefusedIsNotLookedUpForAWhile() {
        let tokens = Self.refused(1, from: "a")
        for _ in 0..<100 { #expect(tokens.advice("t0", from: "a", at: 1) == .refuse) }
        #expect(tokens.advice("other", from: "a", at: 1) == .lookUp)
        #expect(tokens.advice("t0", from: "a", at: 1 + RefusedTokens.memoryNanoseconds) == .lookUp)
    }

    @Test func aTokenThatHasHeldIsNotKeptOutByOthers() {
        let tokens = Self.refused(RefusedTokens.maximumAtOnce, from: "a")
        tokens.holds("good")
        #expect(tokens.advice("good", from: "a", at: 1) == .lookUp)
        tokens.refuse("good", from: "a", at: 1)
        #expect(tokens.advice("good", from: "a", at: 1) == .refuse)
    }

    @Test func theFirstIsSaidAndThenTheirNumber() {
        let tokens = RefusedTokens()
        #expect(tokens.count("unknown", from: "a", at: 1) == 0)
        for _ in 0..<5 { #expect(tokens.count("unknown", from: "a", at: 2) == nil) }
        #expect(tokens.count("expired", from: "a", at: 2) == 0)
        #expect(tokens.count("unknown", from: "b", at: 2) == 0)
        #expect(tokens.unsaid == 5)
        #expect(tokens.count("unknown", from: "a", at: 1 + RefusedTokens.memoryNanoseconds) == 5)
        #expect(tokens.unsaid == 0)
    }

    @Test(arguments: [
        ("192.0.2.7", "192.0.2.7"), ("::ffff:192.0.2.7", "192.0.2.7"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8::1", "2001:db8:0:0::/64"), ("::1", "0:0:0:0::/64"), ("fe80::", "fe80:0:0:0::/64"),
        ("unknown", "unknown"),
    ])
    func aNetworkSharesAMeasure(address: String, network: String) {
        #expect(ClientAddress(address).network == network)
    }
}

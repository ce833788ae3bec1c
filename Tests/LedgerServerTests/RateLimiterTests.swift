import Testing

@testable import LedgerServer

/// Goal: a caller makes as many requests a second as it may, whatever others make. Method: a clock that the test sets.
@Suite struct RateLimiterTests {
    private static let second: UInt64 = 1_000_000_000

    @Test func eachCallerHasItsOwnMeasure() {
        let limiter = RateLimiter(perSecond: 10, atOnce: 10)
        for _ in 0..<10 { #expect(limiter.take("a", at: 5) == nil) }
        #expect(limiter.take("a", at: 5) == 1)
        #expect(limiter.take("b", at: 5) == nil)
        #expect(limiter.take("a", at: 5 + Self.second / 10) == nil)
        #expect(limiter.take("a", at: 5 + Self.second / 10) == 1)
        for _ in 0..<10 { #expect(limiter.take("a", at: 5 + 10 * Self.second) == nil) }
        #expect(limiter.take("a", at: 5 + 10 * Self.second) == 1)
    }

    @Test func aClockThatGoesBackGivesNothing() {
        let limiter = RateLimiter(perSecond: 1, atOnce: 1)
        #expect(limiter.take("a", at: 10 * Self.second) == nil)
        #expect(limiter.take("a", at: 0) == 1)
        #expect(limiter.take("a", at: 10 * Self.second) == 1)
        #expect(limiter.take("a", at: 11 * Self.second) == nil)
    }

    @Test func itSaysHowLongToWait() {
        let limiter = RateLimiter(perSecond: 0.1, atOnce: 2)
        for _ in 0..<2 { #expect(limiter.take("a", at: 0) == nil) }
        #expect(limiter.secondsToWait("a", at: 0) == 10)
        #expect(limiter.take("a", at: 4 * Self.second) == 6)
        #expect(limiter.secondsToWait("a", at: 10 * Self.second) == nil)
        #expect(limiter.secondsToWait("b", at: 0) == nil)
        #expect(limiter.callers == 1)
    }

    @Test func manyCallersAreForgottenAgain() {
        let limiter = RateLimiter(perSecond: 2, atOnce: 2)
        for number in 0..<(RateLimiter.maximumCallers * 2) { #expect(limiter.take("\(number)", at: 1) == nil) }
        #expect(limiter.callers <= RateLimiter.maximumCallers)
    }
}

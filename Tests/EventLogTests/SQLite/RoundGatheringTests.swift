import Testing

@testable import SQLiteEventLog

/// Goal: a round of appends waits for callers that are about to come again, for no one else, and not for long.
/// Method: the rule by itself, at times that are given.
@Suite struct RoundGatheringTests {
    private static let end = ContinuousClock.now
    private static let round = Duration.microseconds(600)

    private func gathering(answered: Int, waiting: Int, after duration: Duration = round) -> RoundGathering {
        var gathering = RoundGathering()
        gathering.ended(answered: answered, waiting: waiting, after: duration, at: Self.end)
        return gathering
    }

    @Test func whoAppendsAloneNeverWaits() {
        var first = RoundGathering()
        let answer1 = first.begin(waiting: 1, at: Self.end)
        #expect(answer1 == nil)
        var next = gathering(answered: 1, waiting: 0)
        let answer2 = next.begin(waiting: 1, at: Self.end)
        #expect(answer2 == nil)
    }

    @Test func aRoundWaitsForThoseThatWereThere() {
        var gathering = gathering(answered: 24, waiting: 16)
        let answer3 = gathering.begin(waiting: 16, at: Self.end + .microseconds(100))
        #expect(answer3 == .microseconds(500))
        let answer4 = gathering.joined(waiting: 39)
        #expect(!answer4)
        let answer5 = gathering.joined(waiting: 40)
        #expect(answer5)
        // Once: more appends begin nothing, and the wait did not end by itself.
        let answer6 = gathering.joined(waiting: 41)
        #expect(!answer6)
        let answer7 = gathering.end(waiting: 41)
        #expect(!answer7)
    }

    @Test func aRoundForWhichAllHaveComeBegins() {
        var gathering = gathering(answered: 24, waiting: 16)
        let answer8 = gathering.begin(waiting: 40, at: Self.end)
        #expect(answer8 == nil)
    }

    @Test(arguments: [595, 600, 5_000]) func afterTheTimeOfARoundItIsTooLate(microseconds: Int) {
        var gathering = gathering(answered: 24, waiting: 16)
        let answer9 = gathering.begin(waiting: 16, at: Self.end + .microseconds(microseconds))
        #expect(answer9 == nil)
    }

    @Test func aSlowDiskMakesNoLongWait() {
        var gathering = gathering(answered: 9, waiting: 0, after: .seconds(1))
        let answer10 = gathering.begin(waiting: 1, at: Self.end)
        #expect(answer10 == .milliseconds(1))
    }

    /// Callers that take their time are not waited for each time.
    @Test func whatWasInVainIsTriedLessAndLess() {
        var gathering = gathering(answered: 10, waiting: 0)
        var rounds: [Int] = []
        var since = 0
        for _ in 0..<200 {
            since += 1
            guard gathering.begin(waiting: 1, at: Self.end) != nil else { continue }
            rounds.append(since)
            since = 0
            let answer11 = gathering.end(waiting: 2)
            #expect(answer11)
        }
        #expect(rounds == [1, 2, 3, 5, 9, 17, 33, 65, 65])
        // Most of them come: it is tried again at the next round.
        var other = self.gathering(answered: 10, waiting: 0)
        for _ in 0..<3 {
            let answer12 = other.begin(waiting: 1, at: Self.end)
            #expect(answer12 != nil)
            let answer13 = other.end(waiting: 7)
            #expect(answer13)
        }
    }
}

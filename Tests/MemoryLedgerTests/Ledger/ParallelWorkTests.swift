import Testing

@testable import MemoryLedger

/// Goal: what several cores make of a list is what one makes of it. Method: lengths around those of the pieces; a body
/// that throws for some elements.
@Suite struct ParallelWorkTests {
    private struct Refused: Error, Equatable {
        let number: Int
    }

    @Test(arguments: [0, 1, 125, 249, 250, 251, 374, 1_000, 1_001])
    func theOrderIsThatOfTheElements(count: Int) throws {
        let numbers = Array(0..<count)
        #expect(try ParallelWork.map(numbers) { "\($0)" } == numbers.map { "\($0)" })
    }

    @Test(arguments: [100, 1_000]) func theFirstErrorIsThrown(count: Int) {
        #expect(throws: Refused(number: 7)) {
            try ParallelWork.map(Array(0..<count)) { number in
                if number % 50 == 7 { throw Refused(number: number) }
            }
        }
    }
}

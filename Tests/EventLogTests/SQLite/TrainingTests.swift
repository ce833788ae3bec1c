import EventLog
import Testing

@testable import SQLiteEventLog

/// Goal: a dictionary learned from the log's own events makes later ones smaller, and too little to learn from is a
/// typed error.
/// Method: logs of payloads with and without anything in common; one with a damaged event among them.
@Suite struct TrainingTests {
    private static func alike(_ index: Int) -> [UInt8] {
        Array("{\"key\":\"k\(index)\",\"domain\":\"physics\",\"summary\":\"observed about item \(index * 7919)\"}".utf8)
    }

    @Test(arguments: [64, 1_024, 65_536])
    func laterEventsShrink(size: Int) async throws {
        let file = try LogFile()
        try await file.make((0..<3_000).map(Self.alike))
        let log = try file.open()
        let training = try await log.trainDictionary(size: size, sampleEvents: 1_000)
        #expect(training.dictionary.number == 1 && training.dictionary.sizeBytes <= size)
        #expect((800..<1_000).contains(training.samples) && training.sampleBytes > 50_000)
        #expect(training.ratioBefore == 1 && training.ratioAfter < 0.9)
        #expect(try await log.dictionaryInfos() == [training.dictionary])
        let again = try await log.trainDictionary(size: size, sampleEvents: 1_000)
        #expect(again.dictionary.number == 2 && again.ratioBefore == training.ratioAfter)
        _ = try await log.append(to: "s", [file.event(Self.alike(5_000))])
        #expect(try await log.read(EventQuery(from: 3_000)).events.map(\.payload) == [Self.alike(5_000)])
        await log.close()
    }

    @Test(arguments: [[], [[1, 2, 3]], (0..<100).map { [UInt8($0)] }, [alike(1)]] as [[[UInt8]]])
    func tooLittleIsATypedError(payloads: [[UInt8]]) async throws {
        let file = try LogFile()
        let log = try file.open()
        if !payloads.isEmpty { _ = try await log.append(to: "s", payloads.map { file.event($0) }) }
        await expectError(.tooFewSamples) { _ = try await log.trainDictionary() }
        #expect(try await log.dictionaryInfos().isEmpty)
        await log.close()
    }

    @Test(arguments: [0, 63, 65_537])
    func aSizeOutOfBoundsIsRefused(size: Int) async throws {
        let file = try LogFile()
        let log = try file.open()
        await expectError(.invalidArgument) { _ = try await log.trainDictionary(size: size) }
        await log.close()
    }

    @Test func damagedEventsAreLeftOut() async throws {
        let file = try LogFile()
        try await file.make((0..<300).map(Self.alike))
        try RawSQLite.damage(file.path, "UPDATE events SET checksum = 0 WHERE position % 3 = 0")
        let log = try file.open()
        #expect(try await log.trainDictionary().samples == 175)
        await log.close()
    }

    /// However early the sampling is broken off, what was read is spread over the log.
    @Test(arguments: [(1, 1), (2, 2), (10, 3), (1_000, 100), (20_000, 20_000), (10_000_000, 7_000)])
    func positionsAreSpread(head: Position, count: Int) {
        let spread = SpreadPositions(head: head, count: count)
        let positions = (0..<spread.count).map { spread[$0] }
        #expect(Set(positions).count == count && positions.allSatisfy { (1...head).contains($0) })
        guard count >= 100 else { return }
        for quarter in Position(0)..<4 {
            let share = positions[..<(count / 10)].count { ($0 - 1) * 4 / head == quarter }
            #expect(abs(share - count / 40) <= 2)
        }
    }
}

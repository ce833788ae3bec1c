import EventLog
import EventLogTesting
import Testing

/// Goal: training makes a dictionary of the asked size that holds what the samples share, and says so when it cannot.
/// Method: samples with a common frame and random content.
@Suite struct DictionaryTrainerTests {
    private func trainer(_ samples: [[UInt8]]) -> DictionaryTrainer {
        var trainer = DictionaryTrainer()
        for sample in samples { trainer.add(sample) }
        return trainer
    }

    @Test func theDictionaryHoldsWhatSamplesShare() throws {
        var random = SeededRandom(3)
        let frame = "{\"namespace\":\"mem\",\"domain\":\"physics\",\"summary\":\"what was observed about "
        let samples = (0..<500).map { _ in Array(frame.utf8) + random.bytes(40) }
        let bytes = try #require(trainer(samples).train(size: 4_096))
        #expect((CompressionDictionary.minimumBytes...4_096).contains(bytes.count))
        #expect(String(decoding: bytes, as: UTF8.self).contains("\"summary\":\"what was"))
        #expect(trainer(samples).train(size: 4_096) == bytes)
    }

    @Test(arguments: [-1, 0, 63, 64, 65, 1_000, 65_536, 1 << 30])
    func theSizeIsBounded(size: Int) throws {
        let samples = (0..<3_000).map { Array("a sample with the number \($0 % 50) and so on and so forth".utf8) }
        let bytes = try #require(trainer(samples).train(size: size))
        #expect(bytes.count <= max(CompressionDictionary.minimumBytes, min(size, CompressionDictionary.maximumBytes)))
        #expect(bytes.count >= CompressionDictionary.minimumBytes)
    }

    @Test func tooFewOrUnrelatedSamplesGiveNone() {
        var random = SeededRandom(4)
        #expect(trainer([]).train() == nil)
        #expect(trainer([Array("only one sample, however long it may be, is no sample".utf8)]).train() == nil)
        #expect(trainer([[1], [2], [3], []]).train() == nil)
        #expect(trainer((0..<20).map { _ in random.bytes(16) }).train() == nil)
    }

    @Test func samplesBeyondTheLimitAreLeftOut() {
        var trainer = DictionaryTrainer()
        let sample = [UInt8](repeating: 1, count: 4 << 20)
        for _ in 0..<6 { trainer.add(sample) }
        #expect(trainer.sampleCount == 4 && trainer.isFull)
        #expect(trainer.sampleBytes == DictionaryTrainer.maximumSampleBytes)
    }
}

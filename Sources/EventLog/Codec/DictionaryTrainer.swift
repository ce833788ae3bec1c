/// Makes a compression dictionary from sample payloads.
///
/// The samples' text is cut into segments; a segment's worth is the number of other samples that contain its 8-byte
/// runs. The corpus is walked in as many epochs as segments fit, the best segment of each epoch is taken, and the runs
/// it covers count no more: the selection of "Effective Construction of Relative Lempel-Ziv Dictionaries" (Liao, Petri,
/// Moffat, Wirth, 2016). The best segments stand last, where LZ4's offsets reach from the farthest.
public struct DictionaryTrainer: Sendable {
    /// The most sample bytes that are kept; later samples are left out.
    public static let maximumSampleBytes = 16 << 20

    private static let runBytes = 8
    private static let segmentBytes = 64
    /// Counts of runs by hash; collisions only blur the ranking.
    private static let tableBits = 20

    private var corpus: [UInt8] = []
    private var ends: [Int] = []

    public init() {}

    public var sampleCount: Int { ends.count }
    public var sampleBytes: Int { corpus.count }
    public var isFull: Bool { corpus.count >= Self.maximumSampleBytes }

    /// Adds a sample where there is room.
    public mutating func add(_ payload: [UInt8]) {
        guard payload.count >= Self.runBytes, corpus.count + payload.count <= Self.maximumSampleBytes else { return }
        corpus += payload
        ends.append(corpus.count)
    }

    /// The dictionary's bytes; nil where the samples are too few or have nothing in common.
    ///
    /// - Parameter size: at most this many bytes, `CompressionDictionary.minimumBytes` to `maximumBytes`.
    public func train(size: Int = CompressionDictionary.maximumBytes) -> [UInt8]? {
        let size = min(max(size, CompressionDictionary.minimumBytes), CompressionDictionary.maximumBytes)
        guard ends.count >= 2, corpus.count >= Self.segmentBytes * 2 else { return nil }
        var counts = countRuns()
        let epochs = max(1, min(size / Self.segmentBytes, corpus.count / Self.segmentBytes))
        let epochBytes = corpus.count / epochs
        var chosen: [(score: Int, start: Int)] = []
        for epoch in 0..<epochs {
            let first = epoch * epochBytes
            let last = min(first + epochBytes, corpus.count) - Self.segmentBytes
            guard let best = bestSegment(in: first...max(first, last), counts) else { continue }
            chosen.append(best)
            for start in best.start..<(best.start + Self.segmentBytes - Self.runBytes) { counts[hash(at: start)] = 0 }
        }
        guard !chosen.isEmpty else { return nil }
        chosen.sort { ($0.score, $0.start) < ($1.score, $1.start) }
        let bytes = chosen.flatMap { corpus[$0.start..<($0.start + Self.segmentBytes)] }
        return bytes.count >= CompressionDictionary.minimumBytes ? Array(bytes.suffix(size)) : nil
    }

    /// In how many samples each run occurs, by its hash; a run that only one sample has counts nothing.
    private func countRuns() -> [UInt32] {
        var counts = [UInt32](repeating: 0, count: 1 << Self.tableBits)
        var lastSample = [Int32](repeating: -1, count: 1 << Self.tableBits)
        var start = 0
        for (sample, end) in ends.enumerated() {
            while start + Self.runBytes <= end {
                let slot = hash(at: start)
                if lastSample[slot] != Int32(truncatingIfNeeded: sample) {
                    lastSample[slot] = Int32(truncatingIfNeeded: sample)
                    counts[slot] += 1
                }
                start += 1
            }
            start = end
        }
        return counts.map { $0 > 1 ? $0 : 0 }
    }

    private func bestSegment(in starts: ClosedRange<Int>, _ counts: [UInt32]) -> (score: Int, start: Int)? {
        let runs = Self.segmentBytes - Self.runBytes
        guard starts.lowerBound + Self.segmentBytes <= corpus.count else { return nil }
        var score = (0..<runs).reduce(0) { $0 + Int(counts[hash(at: starts.lowerBound + $1)]) }
        var best = (score: score, start: starts.lowerBound)
        for start in starts.dropFirst() where start + Self.segmentBytes <= corpus.count {
            score += Int(counts[hash(at: start + runs - 1)]) - Int(counts[hash(at: start - 1)])
            if score > best.score { best = (score, start) }
        }
        return best.score > 0 ? best : nil
    }

    private func hash(at start: Int) -> Int {
        let run = corpus.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: start, as: UInt64.self) }
        return Int(truncatingIfNeeded: (run.littleEndian &* 0x9e37_79b9_7f4a_7c15) >> UInt64(64 - Self.tableBits))
    }
}

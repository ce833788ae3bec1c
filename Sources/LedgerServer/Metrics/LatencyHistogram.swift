import Synchronization

/// How long things took, in buckets.
final class LatencyHistogram: Sendable {
    /// The buckets' upper bounds in seconds; what takes longer is counted beyond them.
    static let bounds: [Double] = [
        0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]
    private static let boundsInNanoseconds = bounds.map { UInt64($0 * 1e9) }

    struct Figures: Hashable, Sendable {
        /// How many fell into each bucket alone, and beyond the last.
        var counts = [UInt64](repeating: 0, count: LatencyHistogram.bounds.count + 1)
        var nanoseconds: UInt64 = 0
    }

    private let state = Mutex(Figures())

    func record(nanoseconds: UInt64) {
        let bucket = Self.boundsInNanoseconds.firstIndex { nanoseconds <= $0 } ?? Self.bounds.count
        state.withLock { figures in
            figures.counts[bucket] += 1
            figures.nanoseconds &+= nanoseconds
        }
    }

    var figures: Figures { state.withLock { $0 } }
}

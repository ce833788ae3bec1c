import Synchronization

/// How many requests each caller may make: so many a second, and as many at once after a pause.
///
/// Invariant: at most `maximumCallers` are remembered. One that is forgotten begins again with a full measure, so those
/// are forgotten first who have it anyway.
final class RateLimiter: Sendable {
    private struct Measure {
        var left: Double
        var at: UInt64
    }

    static let maximumCallers = 10_000
    private static let nanosecondsPerSecond = 1e9

    private let perSecond: Double
    private let measures = Mutex<[String: Measure]>([:])

    /// - Parameter perSecond: at least 1.
    init(perSecond: Int) { self.perSecond = Double(perSecond) }

    /// Takes one request of a caller's.
    ///
    /// - Parameter now: nanoseconds of a clock that never goes back.
    /// - Returns: nil if it may be made; else after how many seconds it may.
    func take(_ caller: String, at now: UInt64) -> Int? {
        measures.withLock { measures in
            var measure = measures[caller] ?? Measure(left: perSecond, at: now)
            measure.left = filled(measure, at: now)
            measure.at = max(now, measure.at)
            guard measure.left >= 1 else {
                measures[caller] = measure
                return max(1, Int(((1 - measure.left) / perSecond).rounded(.up)))
            }
            measure.left -= 1
            if measures[caller] == nil, measures.count >= Self.maximumCallers { forget(&measures, at: now) }
            measures[caller] = measure
            return nil
        }
    }

    /// How many are remembered.
    var callers: Int { measures.withLock { $0.count } }

    private func filled(_ measure: Measure, at now: UInt64) -> Double {
        let seconds = Double(now > measure.at ? now - measure.at : 0) / Self.nanosecondsPerSecond
        return min(perSecond, measure.left + seconds * perSecond)
    }

    private func forget(_ measures: inout [String: Measure], at now: UInt64) {
        measures = measures.filter { filled($0.value, at: now) < perSecond }
        if measures.count >= Self.maximumCallers { measures.removeAll() }
    }
}

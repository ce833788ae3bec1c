import Synchronization

/// How often each caller may do something: so many times at once, and after that so often a second.
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
    private let atOnce: Double
    private let measures = Mutex<[String: Measure]>([:])

    /// - Parameters:
    ///   - perSecond: more than 0.
    ///   - atOnce: at least 1.
    init(perSecond: Double, atOnce: Int) {
        self.perSecond = perSecond
        self.atOnce = Double(atOnce)
    }

    /// Takes one of what a caller may do.
    ///
    /// - Parameter now: nanoseconds of a clock that never goes back.
    /// - Returns: nil if it may; else after how many seconds it may.
    func take(_ caller: String, at now: UInt64) -> Int? {
        measures.withLock { measures in
            var measure = filled(measures[caller], at: now)
            let seconds = wait(measure)
            if seconds == nil { measure.left -= 1 }
            if measures[caller] == nil, measures.count >= Self.maximumCallers { forget(&measures, at: now) }
            measures[caller] = measure
            return seconds
        }
    }

    /// The same, and takes nothing.
    func secondsToWait(_ caller: String, at now: UInt64) -> Int? {
        measures.withLock { wait(filled($0[caller], at: now)) }
    }

    /// How many are remembered.
    var callers: Int { measures.withLock { $0.count } }

    private func wait(_ measure: Measure) -> Int? {
        measure.left >= 1 ? nil : max(1, Int(((1 - measure.left) / perSecond).rounded(.up)))
    }

    private func filled(_ measure: Measure?, at now: UInt64) -> Measure {
        guard let measure else { return Measure(left: atOnce, at: now) }
        let seconds = Double(now > measure.at ? now - measure.at : 0) / Self.nanosecondsPerSecond
        return Measure(left: min(atOnce, measure.left + seconds * perSecond), at: max(now, measure.at))
    }

    private func forget(_ measures: inout [String: Measure], at now: UInt64) {
        measures = measures.filter { filled($0.value, at: now).left < atOnce }
        if measures.count >= Self.maximumCallers { measures.removeAll() }
    }
}

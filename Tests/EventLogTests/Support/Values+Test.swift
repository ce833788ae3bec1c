import EventLog
import EventLogTesting

extension SeededRandom {
    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &self) }
    }
}

extension FixedClock {
    /// Puts the clock to so many milliseconds since 1970.
    func set(_ milliseconds: Int64) { set(Timestamp(milliseconds: milliseconds)) }

    func advance(by milliseconds: Int64) { advance(by: .milliseconds(milliseconds)) }
}

import Foundation

/// How long the process tests run: some seconds, or as long as `Tools/soak` says.
enum Soak {
    /// How many times a writer is killed.
    static let rounds = number("EVENTLOG_SOAK_ROUNDS", 40)
    /// How many appends each of the concurrent processes makes.
    static let appends = number("EVENTLOG_SOAK_APPENDS", 150)
    static let seed = UInt64(number("EVENTLOG_SOAK_SEED", 8_675_309))
    static let minutes = number("EVENTLOG_SOAK_MINUTES", 10)

    private static func number(_ name: String, _ standard: Int) -> Int {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) }.map { max(1, $0) } ?? standard
    }
}

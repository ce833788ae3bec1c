import EventLog
import Synchronization

/// Gives each request an id, by which log lines belong together.
final class RequestNumbers: Sendable {
    struct ID: CustomStringConvertible, Sendable {
        var start: String
        var number: UInt64

        var description: String { "\(start)-\(number)" }
    }

    private let start: String
    private let last = Atomic<UInt64>(0)

    /// - Parameter start: when the server began, so that two of its lives have different ids.
    init(start: Timestamp) { self.start = String(start.milliseconds, radix: 36) }

    func next() -> ID {
        ID(start: start, number: last.wrappingAdd(1, ordering: .relaxed).newValue)
    }
}

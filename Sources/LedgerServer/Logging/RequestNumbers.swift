import EventLog
import Synchronization

/// Gives each request an id, by which log lines belong together.
final class RequestNumbers: Sendable {
    struct ID: CustomStringConvertible, Sendable {
        var start: Int64
        var number: UInt64

        var description: String { "\(String(start, radix: 36))-\(number)" }
    }

    private let start: Int64
    private let last = Atomic<UInt64>(0)

    /// - Parameter start: when the server began, so that two of its lives have different ids.
    init(start: Timestamp) { self.start = start.milliseconds }

    func next() -> ID {
        ID(start: start, number: last.wrappingAdd(1, ordering: .relaxed).newValue)
    }
}

import EventLog
import MemoryLedger
import Projections

extension DeadLetter {
    /// `{"projection", "position", "state", "reason", "attempts", "first_failed_at", "last_failed_at"}`.
    var json: JSONValue {
        [
            "projection": .string(projection), "position": JSONValue(position), "state": .string(state.rawValue),
            "reason": .string(reason), "attempts": JSONValue(attempts),
            "first_failed_at": .string(firstFailedAt.rfc3339), "last_failed_at": .string(lastFailedAt.rfc3339),
        ]
    }
}

/// Which events are meant.
enum PositionsParameter {
    private static let most = 100_000

    static let positions = Parameter(
        "positions", optional: ArgumentType<Int64>.version.list("a list of positions", count: 1...most),
        "The events' positions; otherwise all that wait.")
}

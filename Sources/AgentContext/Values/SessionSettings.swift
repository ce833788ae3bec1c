import MemoryLedger

/// How large a session's context may grow, and when it is said.
///
///     var settings = SessionSettings()
///     settings.budget = 32_000
public struct SessionSettings: Hashable, Sendable {
    /// Tokens of all that goes to the model, 1 to `maximumBudget`.
    public var budget = 8_192
    /// From so many per cent of the budget on, an append says `warn`; 1 to 100, and at most `flushPercent`.
    public var warnPercent = 70
    /// From so many per cent of the budget on, an append says `flush`; 1 to 100.
    public var flushPercent = 100
    /// So many per cent of the queue's tokens an eviction takes out, at least; 1 to 100.
    public var evictionPercent = 50

    public static let maximumBudget = 100_000_000
    /// A hundred years.
    public static let maximumLifetimeSeconds: Int64 = 3_155_760_000

    public init() {}

    /// The level of a context that has so many tokens.
    public func pressure(tokens: Int) -> Pressure {
        // A queue that was imported may have any number of messages.
        let (tokens, budget) = (Double(tokens) * 100, Double(budget))
        if tokens >= budget * Double(flushPercent) { return .flush }
        return tokens >= budget * Double(warnPercent) ? .warn : .normal
    }

    /// - Throws: `MemoryLedgerError.invalidArgument`.
    func check() throws {
        let percents = 1...100
        guard (1...Self.maximumBudget).contains(budget) else {
            throw MemoryLedgerError(
                .invalidArgument, "A budget is 1 to \(Self.maximumBudget) tokens, not \(budget).")
        }
        guard percents.contains(warnPercent), percents.contains(flushPercent), percents.contains(evictionPercent) else {
            throw MemoryLedgerError(.invalidArgument, "Thresholds and the share of an eviction are 1 to 100 per cent.")
        }
        guard warnPercent <= flushPercent else {
            throw MemoryLedgerError(
                .invalidArgument,
                "The warning at \(warnPercent) % would come after the flush at \(flushPercent) %; give a lower one.")
        }
    }
}

/// How near a session's context is to its budget.
public enum Pressure: String, Hashable, Sendable {
    case normal
    /// The agent may be told that its memory gets full.
    case warn
    /// Messages should be evicted before the model is asked again.
    case flush
}

extension SessionSettings {
    var json: JSONObject {
        [
            "budget": JSONValue(budget), "warn_percent": JSONValue(warnPercent),
            "flush_percent": JSONValue(flushPercent), "eviction_percent": JSONValue(evictionPercent),
        ]
    }

    init(_ data: EventData) throws {
        budget = try data.bounded("budget", 1...Self.maximumBudget)
        warnPercent = try data.bounded("warn_percent", 1...100)
        flushPercent = try data.bounded("flush_percent", 1...100)
        evictionPercent = try data.bounded("eviction_percent", 1...100)
    }
}

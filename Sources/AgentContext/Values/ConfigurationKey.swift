import MemoryLedger

/// A key of the configuration: what holds for sessions and blocks that do not say otherwise when they are made.
public struct ConfigurationKey: Hashable, Sendable {
    public let name: String
    /// One sentence for a person.
    public let help: String
    public let range: ClosedRange<Int64>
    public let fallback: Int64

    init(_ name: String, _ range: ClosedRange<Int64>, default fallback: Int64, _ help: String) {
        (self.name, self.help, self.range, self.fallback) = (name, help, range, fallback)
    }

    private static let settings = SessionSettings()

    public static let budget = Self(
        "session.budget", 1...Int64(SessionSettings.maximumBudget), default: Int64(settings.budget),
        "Tokens of a new session's context.")
    public static let warnPercent = Self(
        "session.warn_percent", 1...100, default: Int64(settings.warnPercent),
        "From so many per cent of the budget on, an append warns.")
    public static let flushPercent = Self(
        "session.flush_percent", 1...100, default: Int64(settings.flushPercent),
        "From so many per cent of the budget on, an append asks for an eviction.")
    public static let evictionPercent = Self(
        "session.eviction_percent", 1...100, default: Int64(settings.evictionPercent),
        "So many per cent of the queue's tokens an eviction takes out, at least.")
    public static let lifetimeSeconds = Self(
        "session.lifetime_seconds", 0...SessionSettings.maximumLifetimeSeconds, default: 0,
        "Seconds after which a session that is not touched expires; 0: it does not.")
    public static let blockLimit = Self(
        "block.limit", 1...Int64(BlockSettings.maximumLimit), default: Int64(BlockSettings.standardLimit),
        "Characters of a new block's value.")
    public static let protectsSessions = Self(
        "session.protected", 0...1, default: 0,
        "1: a namespace is encrypted from its first user on. `protect --sessions` sets it.")

    public static let all = [
        budget, warnPercent, flushPercent, evictionPercent, lifetimeSeconds, blockLimit, protectsSessions,
    ]

    /// - Throws: `MemoryLedgerError.invalidArgument`.
    init(named name: String) throws {
        guard let key = Self.all.first(where: { $0.name == name }) else {
            throw MemoryLedgerError(
                .invalidArgument,
                "There is no configuration \"\(name)\"; give one of \(Self.all.map(\.name).joined(separator: ", ")).")
        }
        self = key
    }

    /// - Throws: `MemoryLedgerError.invalidArgument`.
    func check(_ value: Int64) throws {
        guard range.contains(value) else {
            throw MemoryLedgerError(
                .invalidArgument, "\(name) is \(range.lowerBound) to \(range.upperBound), not \(value).")
        }
    }
}

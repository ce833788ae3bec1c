package import EventLog
package import LedgerStorage
import MerkleLog

/// When a checkpoint is due by itself.
public enum CheckpointRule: Hashable, Sendable {
    /// Never.
    case off
    /// When the log has grown by so many events since the last one, or by any and so many milliseconds have passed.
    /// Both are 1 or more; less counts as 1. The first one is due with the first event.
    case every(events: Int64, milliseconds: Int64)

    /// 65,536 events, or an hour.
    public static let standard = CheckpointRule.every(events: 65_536, milliseconds: 3_600_000)

    /// How long until one is due, in milliseconds, at this position and time; 0 where one is, nil where only more
    /// events can make it so.
    package func millisecondsUntilDue(head: Position, now: Timestamp, last: (size: Int64, madeAt: Timestamp)?) -> Int64?
    {
        guard case .every(let events, let milliseconds) = self, head > (last?.size ?? 0) else { return nil }
        guard let last else { return 0 }
        if head - last.size >= max(1, events) { return 0 }
        let (due, overflow) = last.madeAt.milliseconds.addingReportingOverflow(max(1, milliseconds))
        return overflow ? nil : max(0, due - now.milliseconds)
    }

    /// From how many events on one is due whatever the time.
    package func nextSize(after size: Int64) -> Int64? {
        guard case .every(let events, _) = self else { return nil }
        let (next, overflow) = size.addingReportingOverflow(max(1, events))
        return overflow ? nil : next
    }
}

/// What a ledger remembers of how it is to be signed, in `ledger_info`. Not evidence: it changes when, not what.
public struct CheckpointSettings: Hashable, Sendable {
    /// Nil: `CheckpointRule.standard`.
    public var rule: CheckpointRule?
    /// Where a copy of each checkpoint is written; none where it is nil.
    public var folder: String?
    /// The file of the signing key where it is not beside the ledger.
    public var signingKey: String?

    public init(rule: CheckpointRule? = nil, folder: String? = nil, signingKey: String? = nil) {
        self.rule = rule
        self.folder = folder
        self.signingKey = signingKey
    }

    private static let ruleName = "checkpoint_rule"
    private static let folderName = "checkpoint_folder"
    private static let keyName = "signing_key_file"

    package static func load(_ sqlite: SQLiteConnection) throws -> CheckpointSettings {
        let row = try sqlite.statement("SELECT value FROM ledger_info WHERE name = ?")
        func value(_ name: String) throws -> String? {
            row.bind(1, name)
            defer { row.reset() }
            return try row.step() ? row.text(0) : nil
        }
        return CheckpointSettings(
            rule: try value(ruleName).flatMap(Self.rule(_:)), folder: try value(folderName),
            signingKey: try value(keyName))
    }

    package func save(_ sqlite: SQLiteConnection) throws {
        let values = [(Self.ruleName, rule.map(Self.text(_:))), (Self.folderName, folder), (Self.keyName, signingKey)]
        for (name, value) in values {
            let delete = try sqlite.statement("DELETE FROM ledger_info WHERE name = ?")
            delete.bind(1, name)
            try delete.run()
            guard let value else { continue }
            let insert = try sqlite.statement("INSERT INTO ledger_info (name, value) VALUES (?, ?)")
            insert.bind(1, name)
            insert.bind(2, value)
            try insert.run()
        }
    }

    /// `off`, or the events and the milliseconds.
    private static func text(_ rule: CheckpointRule) -> String {
        switch rule {
        case .off: "off"
        case .every(let events, let milliseconds): "\(events) \(milliseconds)"
        }
    }

    private static func rule(_ text: String) -> CheckpointRule? {
        if text.hasSameBytes(as: "off") { return .off }
        let numbers = text.utf8.split(separator: UInt8(ascii: " ")).map { StrictDecimal.decode(Array($0)) }
        guard numbers.count == 2, let events = numbers[0], let milliseconds = numbers[1] else { return nil }
        return .every(events: events, milliseconds: milliseconds)
    }
}

public import EventLog
import LedgerStorage

/// The last backup that a ledger remembers, in `ledger_info`. Not evidence: the file may be gone by now, and a backup
/// that was made of a ledger that could not be written is not remembered.
public struct BackupRecord: Hashable, Sendable {
    /// The last event in it.
    public var position: Position
    public var madeAt: Timestamp
    /// From the root.
    public var file: String

    private static let name = "last_backup"

    init(position: Position, madeAt: Timestamp, file: String) {
        (self.position, self.madeAt, self.file) = (position, madeAt, file)
    }

    /// Nil if none is remembered, or not so that it can be read.
    static func load(_ sqlite: SQLiteConnection) throws -> BackupRecord? {
        let row = try sqlite.statement("SELECT value FROM ledger_info WHERE name = ?")
        row.bind(1, name)
        defer { row.reset() }
        guard try row.step() else { return nil }
        let parts = row.text(0).split(separator: " ", maxSplits: 2).map(String.init)
        guard parts.count == 3, let position = Position(parts[0]), let madeAt = Timestamp(rfc3339: parts[1]) else {
            return nil
        }
        return BackupRecord(position: position, madeAt: madeAt, file: parts[2])
    }

    func save(_ sqlite: SQLiteConnection) throws {
        let set = try sqlite.statement("INSERT OR REPLACE INTO ledger_info (name, value) VALUES (?, ?)")
        set.bind(1, Self.name)
        set.bind(2, "\(position) \(madeAt.rfc3339) \(file)")
        try set.run()
    }
}

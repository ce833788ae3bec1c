import EventLog
import LedgerStorage
import SQLiteEventLog

/// Data keys that a ledger has destroyed and that a backup from before would bring back.
enum ErasedKeys {
    /// How many there are: 0 where the ledger is not there, is another one, or cannot be read any more.
    static func undone(by backup: SQLiteConnection, in ledger: String) throws -> Int {
        guard LedgerPlaces.exists(ledger), try hasKeys(backup), let own = try LedgerID.load(backup) else { return 0 }
        let destroyed = try? LedgerFileReading.with(ledger) { sqlite in
            try LedgerID.load(sqlite) == own && hasKeys(sqlite) ? destroyedKeys(sqlite) : []
        }
        let row = try backup.statement("SELECT 1 FROM data_keys WHERE id = ? AND wrapped IS NOT NULL")
        return try (destroyed ?? []).count { id in
            row.bind(1, id)
            defer { row.reset() }
            return try row.step()
        }
    }

    private static func destroyedKeys(_ sqlite: SQLiteConnection) throws -> [Int64] {
        let rows = try sqlite.statement("SELECT id FROM data_keys WHERE wrapped IS NULL")
        defer { rows.reset() }
        var ids: [Int64] = []
        while try rows.step() { ids.append(rows.int64(0)) }
        return ids
    }

    private static func hasKeys(_ sqlite: SQLiteConnection) throws -> Bool {
        try sqlite.integer("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'data_keys'") != nil
    }
}

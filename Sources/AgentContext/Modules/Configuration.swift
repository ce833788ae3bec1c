import LedgerStorage
import MemoryLedger

/// Reads the configuration.
enum Configuration {
    /// What holds.
    static func value(of key: ConfigurationKey, _ tables: SQLiteConnection) throws -> Int64 {
        try set(key, tables) ?? key.fallback
    }

    /// What was set; nil: the default holds.
    static func set(_ key: ConfigurationKey, _ tables: SQLiteConnection) throws -> Int64? {
        let row = try tables.statement("SELECT value FROM configuration WHERE name = ?")
        row.bind(1, key.name)
        defer { row.reset() }
        guard try row.step() else { return nil }
        let value = try JSONParser.parse(Array(row.text(0).utf8)).number?.int64
        // An import may bring what this program would not set.
        return value.flatMap { key.range.contains($0) ? $0 : nil }
    }
}

import EventLog
import LedgerStorage

/// One table of a legacy database that holds memories.
package final class LegacySource {
    package struct Limits: Sendable {
        /// Of one row; a larger one is reported by its key alone.
        package var rowBytes = 64 << 20
        /// Of a key; a row with a larger one is no memory, and is reported by the key's beginning.
        package var keyBytes = 1 << 20
        /// How long to wait for a writer's lock, in milliseconds.
        package var busyMilliseconds = 5_000
        /// Pages that one step of a backup copies.
        package var backupPagesPerStep = 1_024
        /// How often a file is hashed again because it changed meanwhile.
        package var hashAttempts = 3

        package init() {}
    }

    package let database: LegacyDatabase
    package let format: LegacyFormat
    package let table: String
    /// The namespace that the table was said to hold; nil if its keys name theirs.
    package let namespace: String?
    let tableSchema: LegacySchema.Table

    init(_ database: LegacyDatabase, _ choice: LegacySchema.Choice) {
        self.database = database
        format = choice.format
        tableSchema = choice.table
        table = choice.table.name
        namespace = choice.namespace
    }

    private init(_ source: LegacySource, in database: LegacyDatabase) {
        self.database = database
        (format, table, namespace, tableSchema) = (source.format, source.table, source.namespace, source.tableSchema)
    }

    /// The same table by the database's other connection, for another task.
    var second: LegacySource { database.second.map { LegacySource(self, in: $0) } ?? self }

    /// Opens a database for one of its tables, the newest if none is named.
    package convenience init(
        path: String, format: LegacyFormat? = nil, table: String? = nil, limits: Limits = Limits()
    ) throws {
        let database = try LegacyDatabase(path: path, limits: limits)
        let tables = table.map { [MigrationOptions.Table(name: $0)] } ?? []
        let choices = try database.schema.choose(format: format, tables: tables, path: path)
        self.init(database, choices[0])
    }

    package var path: String { database.path }
    package var sha256: [UInt8] { database.sha256 }
    package var sha256Text: String { database.sha256Text }
    package var limits: Limits { database.limits }
    var connection: SQLiteConnection { database.connection }
    var schema: LegacySchema { database.schema }
    var isUTF16: Bool { database.isUTF16 }

    /// What rows of this table mean.
    func mapping(namespaces: [String]) -> LegacyMapping {
        LegacyMapping(namespaces: namespaces, tableNamespace: namespace)
    }

    /// How many rows there are to read; it scans the smallest index.
    package func rowCount() throws(LegacySourceError) -> Int {
        do {
            let limit = database.liftLengthLimit()
            defer { database.setLengthLimit(limit) }
            let rows = try connection.integer("SELECT count(*) FROM \(table.sqlIdentifier)") ?? 0
            guard let orphans = LegacyLinks(self)?.orphansSQL else { return Int(rows) }
            return Int(rows + (try connection.integer("SELECT count(*) FROM (\(orphans))") ?? 0))
        } catch { throw LegacySourceError.from(error, path: path) }
    }
}

import GRDBSQLite
import LedgerStorage

/// Notes every change of one table's rows, by temporary triggers.
struct ChangeRecorder {
    private let table: String
    private let columns: [String]
    /// Places of the primary key's columns.
    private let key: [Int]

    private var record: String { "recorded_\(table)" }

    init(_ table: String, _ sqlite: SQLiteConnection) throws {
        self.table = table
        var columns: [String] = []
        var key: [(order: Int, place: Int)] = []
        let info = try SQLiteStatement(connection: sqlite.handle, sql: "PRAGMA table_info(\(table))")
        while try info.step() {
            if info.int(5) > 0 { key.append((info.int(5), columns.count)) }
            columns.append(info.text(1))
        }
        self.columns = columns
        self.key = key.sorted { $0.order < $1.order }.map(\.place)
        let old = columns.indices.map { "o\($0)" }
        let new = columns.indices.map { "n\($0)" }
        // Columns without a type keep each value as it is.
        try sqlite.execute(
            """
            CREATE TEMP TABLE \(record) (change INTEGER PRIMARY KEY, has_old, has_new, \
            \((old + new).joined(separator: ", ")))
            """)
        for (event, hasOld, hasNew) in [("INSERT", 0, 1), ("UPDATE", 1, 1), ("DELETE", 1, 0)] {
            let values =
                columns.map { hasOld == 1 ? "OLD.\($0)" : "NULL" } + columns.map { hasNew == 1 ? "NEW.\($0)" : "NULL" }
            try sqlite.execute(
                """
                CREATE TEMP TRIGGER \(record)_\(event) AFTER \(event) ON main.\(table) BEGIN
                    INSERT INTO \(record) VALUES (NULL, \(hasOld), \(hasNew), \(values.joined(separator: ", ")));
                END
                """)
        }
    }

    /// The rows that differ, each once, however often it was touched.
    func table(_ sqlite: SQLiteConnection) throws -> (table: EventExplanation.Table, isComplete: Bool) {
        let changes = try sqlite.statement(
            "SELECT * FROM \(record) ORDER BY change LIMIT \(EventExplanation.maximumChanges + 1)")
        defer { changes.reset() }
        var rows: [EventExplanation.Row] = []
        /// Where the row stands in `rows` that has this key now.
        var places: [[ColumnValue]: Int] = [:]
        var count = 0
        while try changes.step() {
            count += 1
            if count > EventExplanation.maximumChanges { break }
            let old = changes.int(1) == 1 ? values(changes, from: 3) : nil
            let new = changes.int(2) == 1 ? values(changes, from: 3 + columns.count) : nil
            // A row that was taken away and comes back under its key is the same row.
            if let known = places.removeValue(forKey: identity(old ?? new ?? [])) {
                rows[known].after = new
                places[identity(new ?? old ?? [])] = known
            } else {
                places[identity(new ?? old ?? [])] = rows.count
                rows.append(EventExplanation.Row(before: old, after: new))
            }
        }
        rows.removeAll { $0.before == $0.after }
        return (
            EventExplanation.Table(name: table, columns: columns, rows: rows),
            count <= EventExplanation.maximumChanges
        )
    }

    private func identity(_ row: [ColumnValue]) -> [ColumnValue] { key.map { row[$0] } }

    private func values(_ row: SQLiteStatement, from first: Int) -> [ColumnValue] {
        columns.indices.map { index in
            let column = Int32(first + index)
            return switch row.type(column) {
            case SQLITE_INTEGER: .integer(row.int64(column))
            case SQLITE_FLOAT: .real(row.double(column))
            case SQLITE_TEXT: .text(row.text(column))
            case SQLITE_BLOB: .blob(Array(row.bytes(column)))
            default: .null
            }
        }
    }
}

import LedgerStorage

/// Notes every change of one table's rows, by temporary triggers.
struct ChangeRecorder: RowRecorder {
    private let table: String
    private let columns: [String]
    /// Places of the primary key's columns.
    private let key: [Int]

    private var record: String { "recorded_\(table)".sqlIdentifier }

    init(_ table: String, _ sqlite: SQLiteConnection) throws {
        self.table = table
        var columns: [String] = []
        var key: [(order: Int, place: Int)] = []
        let info = try SQLiteStatement(connection: sqlite.handle, sql: "PRAGMA table_info(\(table.sqlIdentifier))")
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
                columns.map { hasOld == 1 ? "OLD.\($0.sqlIdentifier)" : "NULL" }
                + columns.map { hasNew == 1 ? "NEW.\($0.sqlIdentifier)" : "NULL" }
            try sqlite.execute(
                """
                CREATE TEMP TRIGGER \("recorded_\(table)_\(event)".sqlIdentifier) AFTER \(event) \
                ON main.\(table.sqlIdentifier) BEGIN
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
            let old = changes.int(1) == 1 ? changes.values(from: 3, count: columns.count) : nil
            let new = changes.int(2) == 1 ? changes.values(from: 3 + columns.count, count: columns.count) : nil
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

    /// A row without a primary key is what it holds.
    private func identity(_ row: [ColumnValue]) -> [ColumnValue] { key.isEmpty ? row : key.map { row[$0] } }
}

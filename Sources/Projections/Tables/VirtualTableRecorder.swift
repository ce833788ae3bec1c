import LedgerStorage

/// Compares what a virtual table is digested by before and after: no trigger can be made on it.
///
/// It keeps a copy of all these rows in a temporary table, which costs no more than building the table did.
struct VirtualTableRecorder: RowRecorder {
    private let name: String
    private let query: String
    private let columns: [String]

    private var record: String { "recorded_\(name)".sqlIdentifier }

    init(_ name: String, by query: String, _ sqlite: SQLiteConnection) throws {
        self.name = name
        self.query = query
        let rows = try SQLiteStatement(connection: sqlite.handle, sql: query)
        columns = (0..<rows.columnCount).map { rows.columnName($0) }
        let places = columns.indices.map { "c\($0)" }.joined(separator: ", ")
        // Columns without a type keep each value as it is.
        try sqlite.execute("CREATE TEMP TABLE \(record) (\(places))")
        try sqlite.execute("INSERT INTO \(record) \(query)")
    }

    func table(_ sqlite: SQLiteConnection) throws -> (table: EventExplanation.Table, isComplete: Bool) {
        let former = "SELECT * FROM \(record)"
        let present = "SELECT * FROM (\n\(query)\n)"
        let (gone, allGone) = try rows("\(former) EXCEPT \(present)", sqlite)
        let (new, allNew) = try rows("\(present) EXCEPT \(former)", sqlite)
        var rows = gone.map { EventExplanation.Row(before: $0, after: nil) }
        var places: [ColumnValue: Int] = [:]
        for (place, row) in gone.enumerated() { places[row[0]] = place }
        for row in new {
            // A row is the same while its first column is.
            if let place = places.removeValue(forKey: row[0]) {
                rows[place].after = row
            } else {
                rows.append(EventExplanation.Row(before: nil, after: row))
            }
        }
        return (EventExplanation.Table(name: name, columns: columns, rows: rows), allGone && allNew)
    }

    private func rows(_ sql: String, _ sqlite: SQLiteConnection) throws -> (rows: [[ColumnValue]], areAll: Bool) {
        let select = try sqlite.statement("\(sql) ORDER BY 1 LIMIT \(EventExplanation.maximumChanges + 1)")
        defer { select.reset() }
        var rows: [[ColumnValue]] = []
        while try select.step() {
            if rows.count == EventExplanation.maximumChanges { return (rows, false) }
            rows.append(select.values(from: 0, count: columns.count))
        }
        return (rows, true)
    }
}

import EventLog
import GRDBSQLite
package import LedgerStorage

/// The digest of a table: equal digests, equal contents.
///
/// SHA-256 over the stored columns' names, each ended by a zero byte, and then every row in the order of the primary
/// key: a byte 0x05, then each value as a tag byte and its content. 0x00 NULL; 0x01 an integer, 8 bytes big-endian;
/// 0x02 a double, its IEEE 754 bits, 8 bytes big-endian; 0x03 text and 0x04 a blob, the length as 8 bytes big-endian
/// and the bytes. Generated columns are left out: they say nothing new.
///
/// A virtual table is digested by the rows that it names instead, in the order of their first column; its shadow
/// tables, which may differ from one building to the next, are not.
package enum TableDigest {
    /// What a table's rows are, and in which order.
    struct Layout: Equatable {
        var columns: [String]
        /// What tells the rows apart, in its order.
        var key: [String]
        var select: String
    }

    /// The digest of an ordinary table, in hexadecimal, lower case.
    package static func sha256(of table: String, _ sqlite: SQLiteConnection) throws -> String {
        try sha256(of: TableSource(name: table), sqlite)
    }

    /// Hexadecimal, lower case.
    package static func sha256(of source: TableSource, _ sqlite: SQLiteConnection) throws -> String {
        let layout = try layout(of: source, sqlite)
        var hash = DigestBuffer()
        defer { hash.free() }
        for column in layout.columns { Array((column + "\0").utf8).withUnsafeBytes { hash.append($0) } }
        let rows = try sqlite.statement(layout.select)
        defer { rows.reset() }
        let columns = Int32(layout.columns.count)
        while try rows.step() {
            try Task.checkCancellation()
            hash.append(tag: 5)
            for column in 0..<columns { append(rows, column, to: &hash) }
        }
        return hash.finalize()
    }

    /// The digests by table.
    package static func sha256(of sources: [TableSource], _ sqlite: SQLiteConnection) throws -> [String: String] {
        var digests: [String: String] = [:]
        for source in sources { digests[source.name] = try sha256(of: source, sqlite) }
        return digests
    }

    static func layout(of source: TableSource, _ sqlite: SQLiteConnection) throws -> Layout {
        if let query = source.ordered {
            let rows = try SQLiteStatement(connection: sqlite.handle, sql: query)
            let columns = (0..<rows.columnCount).map { rows.columnName($0) }
            return Layout(columns: columns, key: Array(columns.prefix(1)), select: query)
        }
        let table = source.name.sqlIdentifier
        var columns: [String] = []
        var key: [(place: Int, name: String)] = []
        let info = try SQLiteStatement(connection: sqlite.handle, sql: "PRAGMA table_info(\(table))")
        while try info.step() {
            columns.append(info.text(1))
            if info.int(5) > 0 { key.append((info.int(5), info.text(1))) }
        }
        guard !columns.isEmpty else {
            throw EventLogError(.missingTable, "Table \(source.name) does not exist; rebuild its projection.")
        }
        let keys = key.sorted { $0.place < $1.place }.map(\.name)
        // A table without a primary key is in the order of its rows' numbers.
        let order = keys.isEmpty ? "rowid" : keys.map(\.sqlIdentifier).joined(separator: ", ")
        let list = columns.map(\.sqlIdentifier).joined(separator: ", ")
        return Layout(columns: columns, key: keys, select: "SELECT \(list) FROM \(table) ORDER BY \(order)")
    }

    @inline(__always)
    private static func append(_ row: SQLiteStatement, _ column: Int32, to hash: inout DigestBuffer) {
        let type = row.type(column)
        switch type {
        case SQLITE_INTEGER: hash.append(tag: 1, UInt64(bitPattern: row.int64(column)))
        case SQLITE_FLOAT: hash.append(tag: 2, row.double(column).bitPattern)
        case SQLITE_TEXT, SQLITE_BLOB:
            let bytes = row.bytes(column)
            hash.append(tag: type == SQLITE_TEXT ? 3 : 4, UInt64(bytes.count))
            hash.append(bytes)
        default: hash.append(tag: 0)
        }
    }
}

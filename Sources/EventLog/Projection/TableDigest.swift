import Crypto
import GRDBSQLite

/// The digest of a table: equal digests, equal contents.
///
/// SHA-256 over the stored columns' names, each ended by a zero byte, and then every row in the order of the primary
/// key: a byte 0x05, then each value as a tag byte and its content. 0x00 NULL; 0x01 an integer, 8 bytes big-endian;
/// 0x02 a double, its IEEE 754 bits, 8 bytes big-endian; 0x03 text and 0x04 a blob, the length as 8 bytes big-endian
/// and the bytes. Generated columns are left out: they say nothing new.
enum TableDigest {
    private static let chunkBytes = 65_536

    /// Hexadecimal, lower case.
    static func sha256(of table: String, _ sqlite: SQLiteConnection) throws -> String {
        let (columns, order) = try layout(of: table, sqlite)
        var hash = SHA256()
        var chunk: [UInt8] = []
        chunk.reserveCapacity(chunkBytes * 2)
        for column in columns { chunk += Array(column.utf8) + [0] }
        let rows = try sqlite.statement(
            "SELECT \(columns.joined(separator: ", ")) FROM \(table) ORDER BY \(order.joined(separator: ", "))")
        defer { rows.reset() }
        while try rows.step() {
            chunk.append(5)
            for column in 0..<Int32(columns.count) { append(rows, column, to: &chunk) }
            if chunk.count >= chunkBytes {
                hash.update(data: chunk)
                chunk.removeAll(keepingCapacity: true)
            }
        }
        hash.update(data: chunk)
        return hash.finalize().map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }

    /// The stored columns, and those of the primary key in its order.
    private static func layout(
        of table: String, _ sqlite: SQLiteConnection
    ) throws -> (columns: [String], order: [String]) {
        var columns: [String] = []
        var order: [(place: Int, name: String)] = []
        let info = try SQLiteStatement(connection: sqlite.handle, sql: "PRAGMA table_info(\(table))")
        while try info.step() {
            columns.append(info.text(1))
            if info.int(5) > 0 { order.append((info.int(5), info.text(1))) }
        }
        guard !columns.isEmpty else {
            throw EventLogError(.missingTable, "Table \(table) does not exist; rebuild its projection.")
        }
        return (columns, order.sorted { $0.place < $1.place }.map(\.name))
    }

    private static func append(_ row: SQLiteStatement, _ column: Int32, to chunk: inout [UInt8]) {
        switch row.type(column) {
        case SQLITE_INTEGER:
            chunk.append(1)
            append(UInt64(bitPattern: row.int64(column)), to: &chunk)
        case SQLITE_FLOAT:
            chunk.append(2)
            append(row.double(column).bitPattern, to: &chunk)
        case SQLITE_TEXT, SQLITE_BLOB:
            chunk.append(row.type(column) == SQLITE_TEXT ? 3 : 4)
            let bytes = row.bytes(column)
            append(UInt64(bytes.count), to: &chunk)
            chunk.append(contentsOf: bytes)
        default: chunk.append(0)
        }
    }

    private static func append(_ value: UInt64, to chunk: inout [UInt8]) {
        withUnsafeBytes(of: value.bigEndian) { chunk.append(contentsOf: $0) }
    }
}

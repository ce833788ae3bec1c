import Crypto
import EventLog
import GRDBSQLite
package import LedgerStorage

/// The digest of a table: equal digests, equal contents.
///
/// SHA-256 over the stored columns' names, each ended by a zero byte, and then every row in the order of the primary
/// key: a byte 0x05, then each value as a tag byte and its content. 0x00 NULL; 0x01 an integer, 8 bytes big-endian;
/// 0x02 a double, its IEEE 754 bits, 8 bytes big-endian; 0x03 text and 0x04 a blob, the length as 8 bytes big-endian
/// and the bytes. Generated columns are left out: they say nothing new.
package enum TableDigest {
    /// A table's stored columns, and those of the primary key in its order.
    struct Layout: Equatable {
        var columns: [String]
        var key: [String]

        func select(from table: String) -> String {
            "SELECT \(columns.joined(separator: ", ")) FROM \(table) ORDER BY \(key.joined(separator: ", "))"
        }
    }

    /// Hexadecimal, lower case.
    package static func sha256(of table: String, _ sqlite: SQLiteConnection) throws -> String {
        let layout = try layout(of: table, sqlite)
        var hash = DigestBuffer()
        defer { hash.free() }
        for column in layout.columns { Array((column + "\0").utf8).withUnsafeBytes { hash.append($0) } }
        let rows = try sqlite.statement(layout.select(from: table))
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
    package static func sha256(of tables: [String], _ sqlite: SQLiteConnection) throws -> [String: String] {
        var digests: [String: String] = [:]
        for table in tables { digests[table] = try sha256(of: table, sqlite) }
        return digests
    }

    static func layout(of table: String, _ sqlite: SQLiteConnection) throws -> Layout {
        var columns: [String] = []
        var key: [(place: Int, name: String)] = []
        let info = try SQLiteStatement(connection: sqlite.handle, sql: "PRAGMA table_info(\(table))")
        while try info.step() {
            columns.append(info.text(1))
            if info.int(5) > 0 { key.append((info.int(5), info.text(1))) }
        }
        guard !columns.isEmpty else {
            throw EventLogError(.missingTable, "Table \(table) does not exist; rebuild its projection.")
        }
        return Layout(columns: columns, key: key.sorted { $0.place < $1.place }.map(\.name))
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

/// Gathers what is hashed, because hashing a few bytes at a time costs more than copying them.
private struct DigestBuffer {
    private static let capacity = 65_536
    /// A tag and a number.
    private static let reserve = 9

    private var hash = SHA256()
    private let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity + reserve, alignment: 16)
    private var count = 0

    func free() { bytes.deallocate() }

    @inline(__always)
    mutating func append(tag: UInt8) {
        if count >= Self.capacity { drain() }
        bytes[count] = tag
        count += 1
    }

    @inline(__always)
    mutating func append(tag: UInt8, _ value: UInt64) {
        if count >= Self.capacity { drain() }
        bytes[count] = tag
        bytes.storeBytes(of: value.bigEndian, toByteOffset: count + 1, as: UInt64.self)
        count += Self.reserve
    }

    @inline(__always)
    mutating func append(_ piece: UnsafeRawBufferPointer) {
        guard let start = piece.baseAddress, !piece.isEmpty else { return }
        if count + piece.count > Self.capacity { drain() }
        guard piece.count <= Self.capacity else { return hash.update(bufferPointer: piece) }
        UnsafeMutableRawBufferPointer(rebasing: bytes[count...]).baseAddress?
            .copyMemory(from: start, byteCount: piece.count)
        count += piece.count
    }

    private mutating func drain() {
        hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: bytes[..<count]))
        count = 0
    }

    mutating func finalize() -> String {
        drain()
        return hash.finalize().map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}

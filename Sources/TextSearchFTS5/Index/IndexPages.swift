import GRDBSQLite
import LedgerStorage

/// A segment of an FTS5 index: leaf pages in the order of their terms.
struct IndexSegment {
    var number: Int64
    var firstPage: Int
    var lastPage: Int
}

/// Reads the pages of an FTS5 index as they lie in its shadow tables. `DESIGN.md` says why, and what stands in them.
final class IndexPages {
    private let connection: SQLiteConnection
    let table: String
    private var blob: OpaquePointer?
    private(set) var segments: [IndexSegment] = []
    /// The number of rows that the index has.
    private(set) var rowCount: Int64 = 0

    /// FTS5's own number for the layout that is read here.
    private static let layout: Int64 = 4
    private static let averagesRow: Int64 = 1
    private static let structureRow: Int64 = 10
    /// More are no structure of an index.
    private static let maximumSegments = 10_000
    /// Where a segment's number stands in the number of a page.
    private static let segmentShift: Int64 = 37
    /// Terms begin with the number of their index; the one of whole terms is this.
    static let mainIndex: UInt8 = 0x30

    init(connection: SQLiteConnection, table: String) throws {
        self.connection = connection
        self.table = table
        let version = try connection.statement(
            "SELECT v FROM main.\((table + "_config").sqlIdentifier) WHERE k = 'version'")
        defer { version.reset() }
        guard try version.step(), version.int64(0) == Self.layout else {
            throw TextIndexError(
                .unknownLayout, "The text index \(table) has a layout that this program does not read: rebuild it.")
        }
        try readStructure()
        try readAverages()
    }

    deinit { sqlite3_blob_close(blob) }

    private func readStructure() throws {
        var bytes = PageBytes()
        try read(Self.structureRow, into: &bytes)
        // Behind a cookie of four bytes.
        var reader = VarintReader(bytes, from: 4)
        let levels = reader.next()
        let count = reader.next()
        _ = reader.next()
        guard count <= Self.maximumSegments, levels <= Self.maximumSegments else { throw TextIndexError.damaged(table) }
        for _ in 0..<levels {
            _ = reader.next()
            for _ in 0..<min(reader.next(), UInt64(Self.maximumSegments)) where !reader.isAtEnd {
                let segment = IndexSegment(
                    number: Int64(truncatingIfNeeded: reader.next()), firstPage: Int(truncatingIfNeeded: reader.next()),
                    lastPage: Int(truncatingIfNeeded: reader.next()))
                guard segment.firstPage >= 1, segment.lastPage >= segment.firstPage,
                    segment.lastPage <= Int(Int32.max), (1...65_535).contains(segment.number)
                else { throw TextIndexError.damaged(table) }
                segments.append(segment)
            }
        }
        guard segments.count == Int(count) else { throw TextIndexError.damaged(table) }
    }

    private func readAverages() throws {
        var bytes = PageBytes()
        try read(Self.averagesRow, into: &bytes)
        var reader = VarintReader(bytes, from: 0)
        rowCount = Int64(truncatingIfNeeded: reader.next())
    }

    // MARK: Pages

    func read(_ segment: IndexSegment, page: Int, into bytes: inout PageBytes) throws {
        try read(segment.number << Self.segmentShift | Int64(page), into: &bytes)
        guard bytes.count >= PageBytes.headerBytes else { throw TextIndexError.damaged(table) }
    }

    private func read(_ row: Int64, into bytes: inout PageBytes) throws {
        try open(row)
        let count = Int(sqlite3_blob_bytes(blob))
        bytes.reserve(count)
        guard sqlite3_blob_read(blob, bytes.base, Int32(count), 0) == SQLITE_OK else {
            throw SQLiteFailure(connection.handle, during: "reading a text index")
        }
    }

    /// The first row that begins on a page, if one does.
    func firstRow(_ segment: IndexSegment, page: Int) throws -> Int64? {
        try open(segment.number << Self.segmentShift | Int64(page))
        var bytes: (UInt64, UInt64, UInt64) = (0, 0, 0)
        let size = sqlite3_blob_bytes(blob)
        return try withUnsafeMutableBytes(of: &bytes) { buffer in
            guard let base = buffer.bindMemory(to: UInt8.self).baseAddress, size >= 4,
                sqlite3_blob_read(blob, base, 2, 0) == SQLITE_OK
            else { throw TextIndexError.damaged(table) }
            let offset = Int32(base[0]) << 8 | Int32(base[1])
            guard offset >= 4, offset < size else { return nil }
            guard sqlite3_blob_read(blob, base, min(Varint.maximumBytes, size - offset), offset) == SQLITE_OK else {
                throw TextIndexError.damaged(table)
            }
            var at = 0
            return Int64(bitPattern: Varint.read(base, &at))
        }
    }

    private func open(_ row: Int64) throws {
        let code =
            if let blob {
                sqlite3_blob_reopen(blob, row)
            } else {
                sqlite3_blob_open(connection.handle, "main", table + "_data", "block", row, 0, &blob)
            }
        // The structure names pages, so a missing one is damage.
        guard code == SQLITE_OK else {
            if code == SQLITE_ERROR { throw TextIndexError.damaged(table) }
            throw SQLiteFailure(connection.handle, during: "reading a text index")
        }
    }

    // MARK: Terms

    /// The page on which a term stands if the segment has it.
    func page(of term: [UInt8], in segment: IndexSegment) throws -> Int {
        let find = try connection.statement(
            """
            SELECT pgno FROM \(index) WHERE segid = ? AND term <= ? ORDER BY term DESC LIMIT 1
            """)
        let page = try page(find, term, segment) ?? segment.firstPage
        return max(segment.firstPage, min(page, segment.lastPage))
    }

    /// The last page on which the rows of a term may stand.
    func lastPage(of term: [UInt8], in segment: IndexSegment) throws -> Int {
        let find = try connection.statement(
            """
            SELECT pgno FROM \(index) WHERE segid = ? AND term > ? ORDER BY term LIMIT 1
            """)
        let page = try page(find, term, segment) ?? segment.lastPage
        return max(segment.firstPage, min(page, segment.lastPage))
    }

    private var index: String { "main.\((table + "_idx").sqlIdentifier)" }

    private func page(_ find: SQLiteStatement, _ term: [UInt8], _ segment: IndexSegment) throws -> Int? {
        defer { find.reset() }
        find.bind(1, segment.number)
        find.bind(2, blob: term)
        // The lowest bit says something about the page.
        return try find.step() ? Int(truncatingIfNeeded: find.int64(0) >> 1) : nil
    }
}

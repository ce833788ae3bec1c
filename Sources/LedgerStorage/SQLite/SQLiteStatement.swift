public import GRDBSQLite

/// A prepared statement on the C handle that GRDB hands out.
///
/// GRDB owns connections, their settings and their queues. The loops that run once per event or per row use this
/// instead of GRDB's rows, which cost twice as much (see DESIGN.md). Parameters count from 1 and columns from 0, as in
/// SQLite. Not `Sendable`: a statement stays on its connection's queue.
///
///     let find = try sqlite.statement("SELECT changes FROM actor_tally WHERE actor = ?")
///     find.bind(1, "me")
///     defer { find.reset() }
///     let changes = try find.step() ? find.int(0) : 0
///
/// What SQLite refuses is thrown as it reports it; the layer above turns it into an `EventLogError`. What runs for each
/// column is inlinable, since the loops that call it are in other modules.
public final class SQLiteStatement {
    @usableFromInline let handle: OpaquePointer
    private let connection: OpaquePointer

    package init(connection: OpaquePointer, sql: String) throws {
        var statement: OpaquePointer?
        let code = sqlite3_prepare_v3(connection, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        guard code == SQLITE_OK, let statement else { throw SQLiteFailure(connection, during: sql) }
        handle = statement
        self.connection = connection
        StatementPlans.note(sql, on: connection)
    }

    deinit { sqlite3_finalize(handle) }

    // MARK: Binding

    /// Binds an integer.
    @inlinable public func bind(_ index: Int32, _ value: Int64) { sqlite3_bind_int64(handle, index, value) }
    /// Binds an integer.
    @inlinable public func bind(_ index: Int32, _ value: Int) { sqlite3_bind_int64(handle, index, Int64(value)) }
    /// Binds a double; SQLite takes a NaN for NULL.
    public func bind(_ index: Int32, _ value: Double) { sqlite3_bind_double(handle, index, value) }
    /// Binds NULL.
    @inlinable public func bindNull(_ index: Int32) { sqlite3_bind_null(handle, index) }

    /// Binds an integer, or NULL for nil.
    @inlinable public func bind(_ index: Int32, _ value: Int64?) {
        if let value { bind(index, value) } else { bindNull(index) }
    }

    /// Binds a copy of a text, or NULL for nil.
    public func bind(_ index: Int32, _ value: String?) {
        guard var value else { return bindNull(index) }
        value.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { text in
                guard let start = text.baseAddress, !text.isEmpty else {
                    // An empty buffer may have no address, and SQLite would take that for NULL.
                    sqlite3_bind_text(handle, index, "", 0, transient)
                    return
                }
                sqlite3_bind_text64(handle, index, start, UInt64(text.count), transient, UInt8(SQLITE_UTF8))
            }
        }
    }

    /// Binds a copy of bytes that are valid UTF-8 as text.
    package func bind(_ index: Int32, text bytes: [UInt8]) {
        bytes.withUnsafeBufferPointer { buffer in
            buffer.withMemoryRebound(to: CChar.self) { text in
                guard let start = text.baseAddress, !text.isEmpty else {
                    sqlite3_bind_text(handle, index, "", 0, transient)
                    return
                }
                sqlite3_bind_text64(handle, index, start, UInt64(text.count), transient, UInt8(SQLITE_UTF8))
            }
        }
    }

    /// Binds bytes that are valid UTF-8 as text without copying them; they stay valid and unchanged until `reset`.
    package func bind(_ index: Int32, borrowedText bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress, !bytes.isEmpty else {
            sqlite3_bind_text(handle, index, "", 0, nil)
            return
        }
        let text = start.assumingMemoryBound(to: CChar.self)
        sqlite3_bind_text64(handle, index, text, UInt64(bytes.count), nil, UInt8(SQLITE_UTF8))
    }

    /// Binds a copy of the bytes as a BLOB.
    public func bind(_ index: Int32, blob bytes: some Collection<UInt8>) {
        let copied: Void? = bytes.withContiguousStorageIfAvailable { buffer in
            bindBlob(index, UnsafeRawBufferPointer(buffer), transient)
        }
        if copied == nil { Array(bytes).withUnsafeBytes { bindBlob(index, $0, transient) } }
    }

    /// Binds bytes that stay valid and unchanged until the next `reset`, without copying them.
    package func bind(_ index: Int32, borrowedBlob bytes: UnsafeRawBufferPointer) {
        bindBlob(index, bytes, nil)
    }

    private func bindBlob(
        _ index: Int32, _ bytes: UnsafeRawBufferPointer, _ destructor: sqlite3_destructor_type?
    ) {
        if let base = bytes.baseAddress, !bytes.isEmpty {
            sqlite3_bind_blob64(handle, index, base, UInt64(bytes.count), destructor)
        } else {
            sqlite3_bind_zeroblob(handle, index, 0)
        }
    }

    /// Binds a copy of another statement's column, whatever it holds.
    package func bind(_ index: Int32, _ column: Int32, of row: SQLiteStatement) {
        sqlite3_bind_value(handle, index, sqlite3_column_value(row.handle, column))
    }

    // MARK: Running

    /// Moves to the next row. False when there is none.
    public func step() throws -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default:
            let failure = SQLiteFailure(connection, during: String(cString: sqlite3_sql(handle)))
            sqlite3_reset(handle)
            throw failure
        }
    }

    /// Runs a statement that answers no rows, and makes it ready for the next run.
    public func run() throws {
        _ = try step()
        sqlite3_reset(handle)
    }

    /// Makes the statement ready for the next run; its bindings stay.
    @inlinable public func reset() { sqlite3_reset(handle) }

    /// The statement as it was when it was made.
    func again() -> SQLiteStatement {
        reset()
        clearBindings()
        return self
    }

    /// Makes every parameter NULL.
    public func clearBindings() { sqlite3_clear_bindings(handle) }

    // MARK: Columns

    /// How many columns a row has.
    public var columnCount: Int32 { sqlite3_column_count(handle) }
    /// The column's name.
    public func columnName(_ column: Int32) -> String { String(cString: sqlite3_column_name(handle, column)) }
    /// What the value is, by SQLite: 1 an integer, 2 a double, 3 text, 4 a BLOB, 5 NULL.
    @inlinable public func type(_ column: Int32) -> Int32 { sqlite3_column_type(handle, column) }
    /// True where the value is NULL.
    @inlinable public func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }
    /// The value as an integer; 0 for NULL.
    @inlinable public func int64(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }
    /// The value as an integer; 0 for NULL.
    @inlinable public func int(_ column: Int32) -> Int { Int(sqlite3_column_int64(handle, column)) }
    /// The value as a double; 0 for NULL.
    public func double(_ column: Int32) -> Double { sqlite3_column_double(handle, column) }

    /// The value as an integer; nil for NULL.
    @inlinable public func optionalInt64(_ column: Int32) -> Int64? { isNull(column) ? nil : int64(column) }

    /// The column's text; invalid UTF-8 is repaired with U+FFFD, and NULL is "".
    public func text(_ column: Int32) -> String {
        guard let text = sqlite3_column_text(handle, column) else { return "" }
        let count = Int(sqlite3_column_bytes(handle, column))
        return String(decoding: UnsafeBufferPointer(start: text, count: count), as: UTF8.self)
    }

    /// The column's text; nil for NULL.
    public func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

    /// The column's text as UTF-8, whatever the database's encoding is, not repaired; valid until the next `step` or
    /// `reset`.
    package func utf8(_ column: Int32) -> UnsafeRawBufferPointer {
        let start = sqlite3_column_text(handle, column)
        return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column)))
    }

    /// The column's bytes, text as it is stored; valid until the next `step` or `reset`.
    @inlinable public func bytes(_ column: Int32) -> UnsafeRawBufferPointer {
        let start = sqlite3_column_blob(handle, column)
        return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column)))
    }
}

/// SQLITE_TRANSIENT, a macro that Swift does not import: SQLite copies what is bound.
private let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

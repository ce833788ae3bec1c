import EventLog
import LedgerStorage
import MemoryLedger

/// What is bound to a parameter of a statement.
enum RowValue {
    case integer(Int64)
    case text(String)
    case bytes([UInt8])

    static func integer(_ value: Int) -> Self { .integer(Int64(value)) }
    static func time(_ value: Timestamp) -> Self { .integer(value.milliseconds) }
    static func flag(_ value: Bool) -> Self { .integer(Int64(value ? 1 : 0)) }
    static func users(_ names: [String]) -> Self? { UserNames.text(names).map { .text($0) } }
    static func json(_ value: JSONObject) -> Self { .text(JSONValue.object(value).description) }
}

extension SQLiteStatement {
    /// In their order, from the first parameter on.
    func bind(_ values: [RowValue?]) {
        for (index, value) in values.enumerated() {
            switch value {
            case .integer(let number): bind(Int32(index + 1), number)
            case .text(let text): bind(Int32(index + 1), text)
            case .bytes(let bytes): bind(Int32(index + 1), blob: bytes)
            case nil: bindNull(Int32(index + 1))
            }
        }
    }
}

extension SQLiteConnection {
    /// Runs a statement that answers no rows.
    func run(_ sql: String, _ values: [RowValue?]) throws {
        let statement = try statement(sql)
        statement.bind(values)
        try statement.run()
    }

    /// Reads rows one after the other.
    func read(_ sql: String, _ values: [RowValue?], _ body: (SQLiteStatement) throws -> Void) throws {
        let row = try statement(sql)
        row.bind(values)
        defer { row.reset() }
        while try row.step() { try body(row) }
    }

    /// The first row; nil if there is none.
    func first<T>(_ sql: String, _ values: [RowValue?], _ body: (SQLiteStatement) throws -> T) throws -> T? {
        let row = try statement(sql)
        row.bind(values)
        defer { row.reset() }
        return try row.step() ? body(row) : nil
    }
}

import EventLog
import LedgerStorage

/// What tells the rows of a table apart and gives them an order that does not change: the rowid, or the primary key
/// of a table WITHOUT ROWID. SQL of it is for a table under the alias that is given.
struct LegacyRowPlace {
    private let columns: [String]

    init(_ table: LegacySchema.Table) {
        let key = table.primaryKey.map(\.sqlIdentifier)
        columns = key.isEmpty ? [table.rowID] : key
    }

    var count: Int { columns.count }

    /// `m.a, m.b`
    func list(_ alias: String) -> String { columns.map { "\(alias).\($0)" }.joined(separator: ", ") }

    /// `m.a AS p0, m.b AS p1`
    func named(_ alias: String) -> String {
        columns.enumerated().map { "\(alias).\($1) AS p\($0)" }.joined(separator: ", ")
    }

    /// `p0, p1`
    var names: String { columns.indices.map { "p\($0)" }.joined(separator: ", ") }

    /// That a row is the one whose place is bound from ?1 on.
    func isBound(_ alias: String) -> String { "(\(list(alias))) = (\(parameters))" }

    /// That a row comes after the one whose place is bound from ?1 on.
    func follows(_ alias: String) -> String { "(\(list(alias))) > (\(parameters))" }

    /// That a row is another one than that of `names`.
    func isOther(_ alias: String) -> String { "(\(list(alias))) <> (\(names))" }

    private var parameters: String { columns.indices.map { "?\($0 + 1)" }.joined(separator: ", ") }

    func bind(_ place: [LegacyCell], to statement: SQLiteStatement) {
        for (index, cell) in place.enumerated() { statement.bind(Int32(index) + 1, cell) }
    }

    /// From the columns of `list`, the first of which is given.
    func read(_ statement: SQLiteStatement, from column: Int32 = 0, isUTF16: Bool) -> [LegacyCell] {
        columns.indices.map { statement.legacyCell(column + Int32($0), isUTF16: isUTF16) }
    }
}

extension LegacySchema.Table {
    /// A name of the rowid that no column has.
    fileprivate var rowID: String { ["rowid", "_rowid_", "oid"].first { !has($0) } ?? "rowid" }

    /// The order in which rows were written, as far as the table says.
    func rowOrder(_ alias: String) -> String {
        if primaryKey.isEmpty { return "\(alias).\(rowID)" }
        return "\(alias).\(has("id") ? "id" : primaryKey[0].sqlIdentifier)"
    }
}

extension SQLiteStatement {
    /// Binds what a legacy row holds; the bytes of a text need not be UTF-8.
    func bind(_ index: Int32, _ cell: LegacyCell) {
        switch cell {
        case .null: bindNull(index)
        case .integer(let value): bind(index, value)
        case .real(let value): bind(index, value)
        case .text(let bytes): bind(index, text: bytes)
        case .blob(let bytes): bind(index, blob: bytes)
        }
    }
}

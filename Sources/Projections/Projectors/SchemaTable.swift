/// A table of a projection's schema.
struct SchemaTable: Sendable {
    var name: String
    /// As `sqlite_master` has it, without the generated columns that come afterwards.
    var sql: String
    /// What is copied of a row, if its definition has generated columns; nil: all.
    var copiedColumns: [String]?
    /// What its module makes for it, if it is a virtual table.
    var shadows: [String] = []
    /// What a virtual table is digested by; nil for an ordinary table.
    var query: String?

    var isVirtual: Bool { query != nil }
    var source: TableSource { TableSource(name: name, query: query) }
}

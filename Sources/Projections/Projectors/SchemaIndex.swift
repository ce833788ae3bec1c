/// An index of a projection's schema.
struct SchemaIndex: Sendable {
    var name: String
    var table: String
    /// As `sqlite_master` has it.
    var sql: String
    /// It may need generated columns that come once the rows are there.
    var comesLast: Bool
}

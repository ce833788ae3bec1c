/// What a table is digested, compared and explained by.
package struct TableSource: Hashable, Sendable {
    package var name: String
    /// The `SELECT` that a virtual table names, whose first column tells the rows apart; nil: the table's own rows.
    package var query: String?

    package init(name: String, query: String? = nil) { (self.name, self.query) = (name, query) }

    /// The query in the order of its first column, on lines of its own, so that a comment in it ends.
    var ordered: String? { query.map { "SELECT * FROM (\n\($0)\n) ORDER BY 1" } }
}

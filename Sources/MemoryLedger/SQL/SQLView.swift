/// A view that a query of SQL sees, on tables whose rows have a namespace.
package struct SQLView: Sendable {
    package let name: String
    package let columns: [String]
    /// How columns are made that the table `m` does not have.
    var expressions: [String: String]
    /// One table or several, of which `m` has the namespace.
    let table: String
    /// It reads a column besides the key of each table. Otherwise SQLite asks, for a `count(*)` of the view, whether
    /// the table as a whole may be read, and does not say in which view.
    let condition: String

    package init(
        name: String, columns: [String], expressions: [String: String] = [:], table: String, condition: String
    ) {
        (self.name, self.columns, self.expressions) = (name, columns, expressions)
        (self.table, self.condition) = (table, condition)
    }
}

/// A module whose tables queries of SQL see.
package protocol SQLViewedModule: LedgerModule {
    var sqlViews: [SQLView] { get }
}

extension MemoryLedgerOptions {
    /// Those of memories, then those of modules.
    var sqlViews: [SQLView] { SQLViews.all + modules.flatMap { ($0 as? any SQLViewedModule)?.sqlViews ?? [] } }
}

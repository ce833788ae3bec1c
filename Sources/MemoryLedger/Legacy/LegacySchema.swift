import EventLog

/// The tables of a legacy database and what they could be.
struct LegacySchema {
    struct Table: Hashable {
        let name: String
        /// In the order of their declaration, as they are spelled there.
        let columns: [String]

        func has(_ column: String) -> Bool { columns.contains { $0.lowercased() == column } }
    }

    let tables: [Table]

    /// Reads the ordinary tables. Virtual tables and views hold no memories of their own.
    init(_ connection: SQLiteConnection) throws {
        let names = try connection.statement(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name")
        let columns = try connection.statement("SELECT name FROM pragma_table_info(?1)")
        var tables: [Table] = []
        while try names.step() {
            let name = names.text(0)
            columns.bind(1, name)
            var found: [String] = []
            while try columns.step() { found.append(columns.text(0)) }
            columns.reset()
            tables.append(Table(name: name, columns: found))
        }
        self.tables = tables.filter { !$0.name.hasPrefix("sqlite_") }
    }

    init(tables: [Table]) {
        self.tables = tables
    }

    func table(named name: String) -> Table? {
        tables.first { $0.name == name } ?? tables.first { $0.name.lowercased() == name.lowercased() }
    }

    /// The one table that holds memories.
    ///
    /// - Parameters:
    ///   - format: what the caller says that it is; nil to take what fits.
    ///   - name: the table to take; without it a Keyv table may have any name but no columns that Keyv does not make,
    ///     and a native one is called `memories`.
    func choose(format: LegacyFormat?, table name: String?, path: String) throws(LegacySourceError) -> Choice {
        if let name {
            guard let table = table(named: name) else {
                throw LegacySourceError(
                    .tableMissing, path: path, "It has no table \(name). Choose one with --table; it has: \(listing).")
            }
            guard let found = Self.format(of: table), format ?? found == found else {
                throw LegacySourceError(
                    .unknownFormat, path: path,
                    "The table \(table.name) has the columns \(table.columns.joined(separator: ", ")), which is not "
                        + "\(format.map { "the format \($0.rawValue)" } ?? "a known format"). It has: \(listing).")
            }
            return Choice(format: found, table: table)
        }
        let choices = tables.compactMap { table in
            Self.formatWithoutBeingNamed(table).map { Choice(format: $0, table: table) }
        }
        let fitting = choices.filter { format ?? $0.format == $0.format }
        guard let only = fitting.first else {
            throw LegacySourceError(
                .unknownFormat, path: path,
                "No table looks like \(format.map { "the format \($0.rawValue)" } ?? "a legacy store of memories"). "
                    + "Choose one with --table; it has: \(listing).")
        }
        guard fitting.count == 1 else {
            let names = fitting.map { "\($0.table.name) (\($0.format.rawValue))" }.joined(separator: ", ")
            throw LegacySourceError(
                .ambiguousFormat, path: path, "Several tables could hold the memories: \(names). Choose with --table.")
        }
        return only
    }

    struct Choice {
        let format: LegacyFormat
        let table: Table
    }

    private var listing: String {
        tables.isEmpty ? "no tables" : tables.map(\.name).joined(separator: ", ")
    }

    static func format(of table: Table) -> LegacyFormat? {
        if table.has("key"), table.has("value") { return table.has("namespace") ? .keyv6 : .keyv }
        guard table.has("key"), table.has("summary"), table.has("text") else { return nil }
        guard table.has("namespace") else { return .kvMemory2 }
        return table.has("links") && table.has("keywords") ? .kvMemory1 : nil
    }

    private static let keyvColumns: Set<String> = ["key", "value", "namespace", "expires"]

    private static func formatWithoutBeingNamed(_ table: Table) -> LegacyFormat? {
        guard let format = format(of: table) else { return nil }
        guard format.isKeyv else { return table.name.lowercased() == "memories" ? format : nil }
        // The later native versions keep a cache in the shape of a Keyv table.
        if table.name == "kv_cache" { return nil }
        return table.columns.allSatisfy { keyvColumns.contains($0.lowercased()) } ? format : nil
    }
}

extension String {
    /// As an identifier in SQL.
    var sqlIdentifier: String { "\"" + replacing("\"", with: "\"\"") + "\"" }
}

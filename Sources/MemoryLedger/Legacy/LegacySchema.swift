import EventLog
import LedgerStorage

/// The tables of a legacy database and what they could be.
struct LegacySchema {
    struct Table: Hashable {
        let name: String
        /// In the order of their declaration, as they are spelled there.
        let columns: [String]
        /// Of a table WITHOUT ROWID, in its order; empty for the others.
        var primaryKey: [String] = []

        func has(_ column: String) -> Bool { columns.contains { $0.lowercased() == column } }
    }

    let tables: [Table]

    /// Reads the ordinary tables. Virtual tables and views hold no memories of their own.
    init(_ connection: SQLiteConnection) throws {
        let names = try connection.statement(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name")
        let columns = try connection.statement("SELECT name, pk FROM pragma_table_info(?1)")
        let kinds = try connection.statement("SELECT wr FROM pragma_table_list(?1) WHERE schema = 'main'")
        var tables: [Table] = []
        while try names.step() {
            let name = names.text(0)
            columns.bind(1, name)
            var found: [(name: String, place: Int)] = []
            while try columns.step() { found.append((columns.text(0), columns.int(1))) }
            columns.reset()
            kinds.bind(1, name)
            let hasNoRowID = try kinds.step() && kinds.int(0) == 1
            kinds.reset()
            let key = found.filter { hasNoRowID && $0.place > 0 }.sorted { $0.place < $1.place }
            tables.append(Table(name: name, columns: found.map { $0.name }, primaryKey: key.map { $0.name }))
        }
        self.tables = tables.filter { !$0.name.hasPrefix("sqlite_") }
    }

    init(tables: [Table]) {
        self.tables = tables
    }

    func table(named name: String) -> Table? {
        tables.first { $0.name == name } ?? tables.first { $0.name.lowercased() == name.lowercased() }
    }

    /// A table to read.
    struct Choice: Hashable {
        let format: LegacyFormat
        let table: Table
        var namespace: String?

        fileprivate var age: Int { LegacySchema.age(ofTable: table.name, format) }
    }

    /// Newest first: what the old program wrote last, what its broken-off migration left, what that came from.
    static func age(ofTable name: String, _ format: LegacyFormat?) -> Int {
        if format?.isKeyv == true { return 2 }
        return name.lowercased() == leftoverName ? 1 : 0
    }

    /// Tables that an error names.
    static let maximumListed = 10

    /// The tables that hold memories, the newest first, at least one.
    ///
    /// - Parameters:
    ///   - format: what the caller says that they are; nil to take what fits.
    ///   - wanted: the tables to take. If it is empty, a native one is called `memories`, or `memories_legacy` where a
    ///     migration of the old program left it; and a Keyv table is called `keyv`. Any program may have a table of
    ///     keys and values, so others have to be named.
    func choose(
        format: LegacyFormat?, tables wanted: [MigrationOptions.Table], path: String
    ) throws(LegacySourceError) -> [Choice] {
        var choices: [Choice] = []
        for one in wanted {
            let choice = try named(one, format: format, path: path)
            if choices.contains(where: { $0.table == choice.table }) {
                throw LegacySourceError(.ambiguousFormat, path: path, "The table \(one.name) is named twice.")
            }
            choices.append(choice)
        }
        if wanted.isEmpty {
            choices = tables.compactMap { table in
                Self.formatWithoutBeingNamed(table).map { Choice(format: $0, table: table) }
            }
            choices.removeAll { choice in format.map { $0 != choice.format } ?? false }
        }
        guard !choices.isEmpty else {
            try refuseUnnamedStores(format, path: path)
            throw LegacySourceError(
                .unknownFormat, path: path,
                "No table looks like \(format.map { "the format \($0.rawValue)" } ?? "a legacy store of memories"). "
                    + "Choose one with --table; it has: \(listing).")
        }
        return (0...2).flatMap { age in choices.filter { $0.age == age } }
    }

    private func named(
        _ wanted: MigrationOptions.Table, format: LegacyFormat?, path: String
    ) throws(LegacySourceError) -> Choice {
        guard let table = table(named: wanted.name) else {
            throw LegacySourceError(
                .tableMissing, path: path,
                "It has no table \(wanted.name). Choose one with --table; it has: \(listing).")
        }
        guard let found = Self.format(of: table), format ?? found == found else {
            throw LegacySourceError(
                .unknownFormat, path: path,
                "The table \(table.name) has the columns \(table.columns.joined(separator: ", ")), which is not "
                    + "\(format.map { "the format \($0.rawValue)" } ?? "a known format"). It has: \(listing).")
        }
        return Choice(format: found, table: table, namespace: wanted.namespace)
    }

    private func refuseUnnamedStores(_ format: LegacyFormat?, path: String) throws(LegacySourceError) {
        let stores = unnamedStores.compactMap { table in
            Self.format(of: table).flatMap { format ?? $0 == $0 ? "\(table.name) (\($0.rawValue))" : nil }
        }
        guard !stores.isEmpty else { return }
        throw LegacySourceError(
            .ambiguousFormat, path: path,
            "No table is called keyv or memories. Those that could be Keyv's: \(Self.listed(stores)). Name it with "
                + "--table TABLE, once for each of several, or --table TABLE=NAMESPACE to say whose it is.")
    }

    /// Tables that look like Keyv's, but for their name.
    private var unnamedStores: [Table] {
        tables.filter { Self.isStore($0) && Self.formatWithoutBeingNamed($0) == nil && !Self.isCache($0) }
    }

    /// The tables that could have been read, beside those that are.
    func names(besides read: [Table]) -> [String] {
        let names = Set(read.map(\.name))
        return tables.filter { table in
            let isKnown = Self.isStore(table) || Self.formatWithoutBeingNamed(table) != nil
            return isKnown && !names.contains(table.name) && !Self.isCache(table)
        }.map(\.name)
    }

    /// The later native versions keep a cache in the shape of a Keyv table.
    private static func isCache(_ table: Table) -> Bool { table.name.lowercased() == "kv_cache" }

    private var listing: String { tables.isEmpty ? "no tables" : Self.listed(tables.map(\.name)) }

    private static func listed(_ names: [String]) -> String {
        let more = names.count - maximumListed
        return names.prefix(maximumListed).joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
    }

    /// What kv-memory 1.1.0 and 1.2.0 called the table that they took over, until all of it was copied.
    static let leftoverName = "memories_legacy"
    /// What the old program calls its native table.
    static let nativeName = "memories"

    static func format(of table: Table) -> LegacyFormat? {
        if table.has("key"), table.has("value") { return table.has("namespace") ? .keyv6 : .keyv }
        guard table.has("key"), table.has("summary"), table.has("text") else { return nil }
        guard table.has("namespace") else { return .kvMemory2 }
        return table.has("links") && table.has("keywords") ? .kvMemory1 : nil
    }

    private static let keyvColumns: Set<String> = ["key", "value", "namespace", "expires"]

    private static func formatWithoutBeingNamed(_ table: Table) -> LegacyFormat? {
        guard let format = format(of: table) else { return nil }
        let names = format.isKeyv ? ["keyv"] : [nativeName, leftoverName]
        return names.contains(table.name.lowercased()) ? format : nil
    }

    /// It has Keyv's columns and no others.
    private static func isStore(_ table: Table) -> Bool {
        format(of: table)?.isKeyv == true && table.columns.allSatisfy { keyvColumns.contains($0.lowercased()) }
    }
}

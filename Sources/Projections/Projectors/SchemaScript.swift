import LedgerStorage

/// Reads what a script makes, by running it in a database in memory.
struct SchemaScript {
    /// Why a script is no projection's schema.
    struct Unusable: Error {
        /// It follows a colon.
        var clause: String
    }

    private(set) var tables: [SchemaTable] = []
    private(set) var indexes: [SchemaIndex] = []
    private(set) var generatedColumns: [String] = []

    /// What `sqlite_master` has.
    private struct Object {
        var type: String
        var name: String
        var table: String
        var sql: String
        var row: Int64

        /// SQLite writes these words itself, however the script has them.
        var isVirtual: Bool { sql.hasPrefix("CREATE VIRTUAL TABLE ") }
    }

    private struct Column {
        var name: String
        var isGenerated: Bool
    }

    private var known: [Object] = []
    /// Of `sqlite_master`: what is made gets a later one.
    private var lastRow: Int64 = 0
    /// Of ordinary tables, by their names.
    private var columns: [String: [Column]] = [:]
    /// The generated columns that come once the rows are there, by table.
    private var added: [String: [String]] = [:]

    static func read(_ script: String, _ digestedBy: [String: String]) throws -> SchemaScript {
        // Without GRDB, which looks through each statement that is prepared.
        let database = try PrivateDatabase(":memory:")
        let sqlite = database.sqlite
        return try withExtendedLifetime(database) {
            var read = SchemaScript()
            do {
                try sqlite.run(script: withoutComments(script)) { try read.note($0, sqlite) }
            } catch let failure as SQLiteFailure {
                throw Unusable(clause: "SQLite says \(failure.message)")
            }
            try read.name(digestedBy, sqlite)
            return read
        }
    }

    // MARK: What a statement did

    private mutating func note(_ statement: String, _ sqlite: SQLiteConnection) throws {
        let new = try Self.objects(after: lastRow, sqlite)
        let before = known
        // What makes something changes nothing else.
        known = try new.isEmpty ? Self.objects(after: 0, sqlite) : before + new
        lastRow = known.map(\.row).max() ?? 0
        let changed = new.isEmpty ? zip(before, known).filter { $0.name == $1.name && $0.sql != $1.sql }.map(\.1) : []
        if let other = new.first(where: { $0.type != "table" && $0.type != "index" }) {
            let instead =
                other.type == "trigger"
                ? "let the projector's writer write what it would write" : "let those who read the tables join them"
            throw Unusable(clause: "it makes the \(other.type) \(other.name); \(instead)")
        }
        guard !new.isEmpty || (known.count == before.count && changed.count == 1) else {
            throw Unusable(
                clause: "it does more than make tables, indexes and columns; leave out “\(Self.shown(statement))”")
        }
        if let table = changed.first { return try noteColumns(of: table, statement, sqlite) }
        if let virtual = new.first(where: \.isVirtual) {
            // What else has come is its module's.
            let shadows = new.map(\.name).filter { $0 != virtual.name }
            return tables.append(SchemaTable(name: virtual.name, sql: virtual.sql, shadows: shadows))
        }
        for object in new where object.type == "table" {
            let all = try Self.columns(of: object.name, sqlite)
            columns[object.name] = all
            tables.append(
                SchemaTable(
                    name: object.name, sql: object.sql, copiedColumns: try Self.copied(all, object.name, sqlite)))
        }
        for object in new where object.type == "index" {
            let comesLast = try needsAddedColumns(object, sqlite)
            indexes.append(
                SchemaIndex(name: object.name, table: object.table, sql: object.sql, comesLast: comesLast))
        }
    }

    /// An `ALTER TABLE` has changed the table.
    private mutating func noteColumns(of table: Object, _ statement: String, _ sqlite: SQLiteConnection) throws {
        let before = columns[table.name] ?? []
        let after = try Self.columns(of: table.name, sqlite)
        guard let index = tables.firstIndex(where: { $0.name == table.name }), after.count == before.count + 1,
            zip(before, after).allSatisfy({ $0.name == $1.name }), let new = after.last
        else {
            throw Unusable(clause: "it changes the table \(table.name); define it as it is to be")
        }
        columns[table.name] = after
        if new.isGenerated {
            added[table.name, default: []].append(new.name)
            generatedColumns.append(statement)
        } else if added[table.name] == nil {
            tables[index].sql = table.sql
            tables[index].copiedColumns = try Self.copied(after, table.name, sqlite)
        } else {
            throw Unusable(
                clause: "it adds the column \(table.name).\(new.name) behind a generated one; put it before that")
        }
    }

    /// True if the index may need a column that is added once the rows are there.
    private func needsAddedColumns(_ index: Object, _ sqlite: SQLiteConnection) throws -> Bool {
        guard let added = added[index.table] else { return false }
        let partial = try sqlite.statement("SELECT partial FROM pragma_index_list(?) WHERE name = ?")
        partial.bind(1, index.table)
        partial.bind(2, index.name)
        defer { partial.reset() }
        if try partial.step(), partial.int(0) == 1 { return true }
        let info = try SQLiteStatement(
            connection: sqlite.handle, sql: "PRAGMA index_info(\(index.name.sqlIdentifier))")
        while try info.step() {
            // An expression has no name.
            if info.isNull(2) || added.contains(info.text(2)) { return true }
        }
        return false
    }

    // MARK: What virtual tables are digested by

    private mutating func name(_ digestedBy: [String: String], _ sqlite: SQLiteConnection) throws {
        for (name, query) in digestedBy.sorted(by: { $0.key < $1.key }) {
            guard let index = tables.firstIndex(where: { $0.name == name }), columns[name] == nil else {
                throw Unusable(clause: "digestedBy names \(name), which is no virtual table of the script")
            }
            do {
                let statement = try SQLiteStatement(
                    connection: sqlite.handle, sql: TableSource(name: name, query: query).ordered ?? query)
                guard statement.columnCount > 0 else { throw Unusable(clause: "\(name) is digested by no SELECT") }
            } catch let failure as SQLiteFailure {
                throw Unusable(clause: "SQLite says of what \(name) is digested by that \(failure.message)")
            }
            tables[index].query = query
        }
        if let table = tables.first(where: { $0.query == nil && columns[$0.name] == nil }) {
            throw Unusable(
                clause: "the virtual table \(table.name) names nothing that it is digested by; give a SELECT of what "
                    + "it holds in digestedBy")
        }
    }

    // MARK: Reading the database

    private static func objects(after row: Int64, _ sqlite: SQLiteConnection) throws -> [Object] {
        let rows = try sqlite.statement(
            """
            SELECT type, name, tbl_name, sql, rowid FROM sqlite_master
            WHERE rowid > ? AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid
            """)
        rows.bind(1, row)
        defer { rows.reset() }
        var objects: [Object] = []
        while try rows.step() {
            objects.append(
                Object(
                    type: rows.text(0), name: rows.text(1), table: rows.text(2), sql: rows.text(3), row: rows.int64(4)))
        }
        return objects
    }

    private static func columns(of table: String, _ sqlite: SQLiteConnection) throws -> [Column] {
        let rows = try SQLiteStatement(
            connection: sqlite.handle, sql: "PRAGMA table_xinfo(\(table.sqlIdentifier))")
        var columns: [Column] = []
        while try rows.step() {
            columns.append(Column(name: rows.text(1), isGenerated: rows.int(6) >= 2))
        }
        return columns
    }

    /// The columns to copy of a table that has generated ones; nil where there are none.
    private static func copied(_ all: [Column], _ table: String, _ sqlite: SQLiteConnection) throws -> [String]? {
        guard all.contains(where: \.isGenerated) else { return nil }
        let stored = all.filter { !$0.isGenerated }.map(\.name)
        // Rows keep their numbers, which other tables may know: an external content table does.
        let names = Set(all.map { $0.name.lowercased() })
        guard let rowID = ["rowid", "oid", "_rowid_"].first(where: { !names.contains($0) }),
            (try? SQLiteStatement(
                connection: sqlite.handle, sql: "SELECT \(rowID) FROM \(table.sqlIdentifier)")) != nil
        else { return stored }
        return [rowID] + stored
    }

    // MARK: Text

    /// Bytes of a statement that an error shows.
    private static let maximumShownBytes = 60

    private static func shown(_ statement: String) -> String {
        let line = statement.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return line.utf8.count <= maximumShownBytes ? line : line.prefix(maximumShownBytes) + "…"
    }

    /// The script without comments behind `--`: a database keeps the text of its schema.
    static func withoutComments(_ script: String) -> String {
        let bytes = Array(script.utf8)
        var code: [UInt8] = []
        var index = 0
        /// Copies up to the end of what begins here.
        func copy(through end: [UInt8]) {
            while index < bytes.count {
                code.append(bytes[index])
                index += 1
                if code.suffix(end.count).elementsEqual(end) { return }
            }
        }
        while index < bytes.count {
            let byte = bytes[index]
            let next = index + 1 < bytes.count ? bytes[index + 1] : 0
            code.append(byte)
            index += 1
            switch (byte, next) {
            case (UInt8(ascii: "'"), _), (UInt8(ascii: "\""), _), (UInt8(ascii: "`"), _): copy(through: [byte])
            case (UInt8(ascii: "["), _): copy(through: [UInt8(ascii: "]")])
            case (UInt8(ascii: "/"), UInt8(ascii: "*")): copy(through: Array("*/".utf8))
            case (UInt8(ascii: "-"), UInt8(ascii: "-")):
                code.removeLast()
                while index < bytes.count, bytes[index] != UInt8(ascii: "\n") { index += 1 }
            default: break
            }
        }
        return String(decoding: code, as: UTF8.self)
    }
}

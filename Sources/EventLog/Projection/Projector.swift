/// A deterministic function from events to rows.
///
/// Invariant 4 of the architecture: it sees events and its own tables; no clock, no randomness, no environment, no
/// dictionary order. A change of what it makes of the same events is a new version, which rebuilds its tables.
package protocol Projector: Sendable {
    var name: String { get }
    /// 1 and up. Opening a ledger whose rows an older version built rebuilds them.
    var version: Int { get }
    var schema: ProjectionSchema { get }
    /// The events that it wants; nil for all.
    var eventTypes: Set<EventType>? { get }

    /// What applies events, on one connection. `tables` says under which names its tables lie there.
    func makeSession(_ sqlite: SQLiteConnection, _ tables: TableNames) -> any ProjectionSession
}

/// A projector at work. It may hold rows back in memory until `flush`. Stays on its connection's queue.
package protocol ProjectionSession: AnyObject {
    /// Takes an event, in its newest schema version. Events come in the order of their positions, each once.
    func apply(_ event: RecordedEvent) throws
    /// Writes what is held back. Called before each commit.
    func flush() throws
    /// Drops what is held back or remembered: the transaction was rolled back, or others wrote.
    func forget()
}

/// When a projector takes events.
package enum ProjectionDelivery: Sendable {
    /// In the transaction that appends them.
    case inline
    /// Later, when asked to catch up.
    case catchingUp
}

/// Under which names a generation's tables lie.
package struct TableNames: Sendable {
    let suffix: String

    /// The generation that serves.
    package static let serving = TableNames(suffix: "")
    /// The generation that is being built.
    static let next = TableNames(suffix: "__next")

    /// The tables were empty when the session began, and only it writes them.
    package var isBeingBuilt: Bool { !suffix.isEmpty }

    package subscript(_ table: String) -> String { table + suffix }
}

/// A projection's tables and indexes, read from its file in `Schemas/sqlite`.
package struct ProjectionSchema: Sendable {
    struct Table: Sendable {
        var name: String
        /// Everything behind `CREATE TABLE name`.
        var definition: String
    }

    struct Index: Sendable {
        var name: String
        var table: String
        /// Everything behind `ON table`.
        var definition: String
    }

    private(set) var tables: [Table] = []
    private(set) var indexes: [Index] = []
    /// Indexes that the projector itself needs; the others are made when a new generation is complete.
    let neededWhileBuilding: Set<String>

    package var tableNames: [String] { tables.map(\.name) }

    /// - Parameter script: `CREATE TABLE name (…)` and `CREATE INDEX name ON table (…)` statements, each ended by a
    ///   semicolon at the end of a line, with comments behind `--`. Anything else is a programmer's error.
    package init(script: String, neededWhileBuilding: Set<String> = []) {
        self.neededWhileBuilding = neededWhileBuilding
        let code = script.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.firstRange(of: "--").map { String(line[..<$0.lowerBound]) } ?? String(line)
        }
        for statement in code.joined(separator: "\n").split(separator: ";") {
            let words = statement.split(whereSeparator: \.isWhitespace)
            guard words.count > 2 else { continue }
            if words[0] == "CREATE", words[1] == "TABLE" {
                let name = words[2]
                tables.append(Table(name: String(name), definition: String(statement[name.endIndex...])))
            } else if words[0] == "CREATE", words[1] == "INDEX", words.count > 4, words[3] == "ON" {
                let table = words[4]
                indexes.append(
                    Index(
                        name: String(words[2]), table: String(table), definition: String(statement[table.endIndex...])))
            } else {
                preconditionFailure("not a CREATE TABLE or CREATE INDEX: \(statement)")
            }
        }
    }

    func create(_ names: TableNames, _ sqlite: SQLiteConnection, allIndexes: Bool) throws {
        for table in tables { try sqlite.execute("CREATE TABLE \(names[table.name])\(table.definition)") }
        for index in indexes where allIndexes || neededWhileBuilding.contains(index.name) {
            try create(index, names, sqlite)
        }
    }

    /// All tables are there under their serving names.
    func exists(_ sqlite: SQLiteConnection) throws -> Bool {
        let find = try sqlite.statement("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?")
        defer { find.reset() }
        return try tables.allSatisfy { table in
            find.reset()
            find.bind(1, table.name)
            return try find.step()
        }
    }

    func drop(_ names: TableNames, _ sqlite: SQLiteConnection) throws {
        for table in tables { try sqlite.execute("DROP TABLE IF EXISTS \(names[table.name])") }
    }

    /// Puts the next generation in the place of the serving one.
    func swapIn(_ sqlite: SQLiteConnection) throws {
        try drop(.serving, sqlite)
        for table in tables {
            try sqlite.execute("ALTER TABLE \(TableNames.next[table.name]) RENAME TO \(table.name)")
        }
        for index in indexes {
            try sqlite.execute("DROP INDEX IF EXISTS \(TableNames.next[index.name])")
            try create(index, .serving, sqlite)
        }
    }

    private func create(_ index: Index, _ names: TableNames, _ sqlite: SQLiteConnection) throws {
        try sqlite.execute(
            "CREATE INDEX \(names[index.name]) ON \(names[index.table])\(index.definition)")
    }
}

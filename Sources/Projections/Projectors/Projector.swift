public import EventLog
public import LedgerStorage

/// A deterministic function from events to rows.
///
/// Invariant 4 of the architecture: it sees events and its own tables; no clock, no randomness, no environment, no
/// dictionary order. A change of what it makes of the same events is a new version, which rebuilds its tables.
///
/// A ledger runs projectors of your own beside its own ones, in the transaction that appends: see
/// `MemoryLedgerOptions.projectors`. The events' bodies are JSON in `RecordedEvent.json()`.
public protocol Projector: Sendable {
    /// What `projections` and error messages call it; no other projector of the ledger has it.
    var name: String { get }
    /// 1 and up. Opening a ledger whose rows an older version built rebuilds them.
    var version: Int { get }
    /// Its tables, which no other projector writes.
    var schema: ProjectionSchema { get }
    /// The events that it wants; nil for all.
    var eventTypes: Set<EventType>? { get }

    /// What applies events, on one connection.
    ///
    /// - Parameters:
    ///   - sqlite: The connection that has the projector's tables; statements prepared on it stay with it.
    ///   - isBeingBuilt: The tables are empty, only the session writes them, and their indexes are made afterwards.
    func makeSession(_ sqlite: SQLiteConnection, isBeingBuilt: Bool) -> any ProjectionSession
}

/// A projector at work. It may hold rows back in memory until `flush`. Stays on its connection's queue.
public protocol ProjectionSession: AnyObject {
    /// Takes an event, in its newest schema version. Events come in the order of their positions, each once; again
    /// only after the transaction was rolled back and `forget()` was called. What it throws refuses the append.
    func apply(_ event: RecordedEvent) throws
    /// Writes what is held back. Called before each commit.
    func flush() throws
    /// Drops what is held back or remembered: the transaction was rolled back, or others wrote.
    func forget()
}

/// A session that knows from the events whether the log refuses those without an actor.
package protocol ActorDemandingSession: ProjectionSession {
    func requiresActor() throws -> Bool
}

/// When a projector takes events.
package enum ProjectionDelivery: Sendable {
    /// In the transaction that appends them.
    case inline
    /// Later, when asked to catch up.
    case catchingUp
}

/// A projection's tables and indexes, read from a script.
///
///     ProjectionSchema(script: """
///         CREATE TABLE drinks (               -- one row a drink
///             name TEXT PRIMARY KEY,
///             cups INTEGER NOT NULL
///         ) WITHOUT ROWID;
///         CREATE INDEX idx_drinks_cups ON drinks (cups);
///         """)
public struct ProjectionSchema: Sendable {
    struct Table: Sendable {
        var name: String
        /// Everything behind `CREATE TABLE name`.
        var definition: String
    }

    struct Index: Sendable {
        var name: String
        var table: String
        var isUnique: Bool
        /// Everything behind `ON table`.
        var definition: String
    }

    private(set) var tables: [Table] = []
    private(set) var indexes: [Index] = []
    /// `ALTER TABLE … ADD COLUMN` statements that add generated columns.
    private(set) var generatedColumns: [String] = []
    /// The indexes that sessions look rows up by: tables that are only to be gone on with need no others. Nil: all.
    package var indexesToGoOn: Set<String>?

    /// The tables, in the order of the script.
    public var tableNames: [String] { tables.map(\.name) }

    /// - Parameter script: `CREATE TABLE name (…)`, `CREATE [UNIQUE] INDEX name ON table (…)` and `ALTER TABLE name ADD
    ///   COLUMN …` statements, each ended by a semicolon at the end of a line, with comments behind `--`. Anything else
    ///   is a programmer's error.
    public init(script: String) {
        let code = script.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.firstRange(of: "--").map { String(line[..<$0.lowerBound]) } ?? String(line)
        }
        for statement in code.joined(separator: "\n").split(separator: ";") {
            var words = statement.split(whereSeparator: \.isWhitespace)
            let isUnique = words.count > 1 && words[1] == "UNIQUE"
            if isUnique { words.remove(at: 1) }
            guard words.count > 2 else { continue }
            if words[0] == "CREATE", words[1] == "TABLE" {
                let name = words[2]
                tables.append(Table(name: String(name), definition: String(statement[name.endIndex...])))
            } else if words[0] == "CREATE", words[1] == "INDEX", words.count > 4, words[3] == "ON" {
                let table = words[4]
                indexes.append(
                    Index(
                        name: String(words[2]), table: String(table), isUnique: isUnique,
                        definition: String(statement[table.endIndex...])))
            } else if words[0] == "ALTER", words[1] == "TABLE", words.count > 4, words[3] == "ADD" {
                generatedColumns.append(String(statement))
            } else {
                preconditionFailure("not a CREATE TABLE, CREATE INDEX or ALTER TABLE: \(statement)")
            }
        }
    }

    /// Makes the tables without their indexes.
    func createTables(_ sqlite: SQLiteConnection) throws {
        for table in tables { try sqlite.execute("CREATE TABLE \(table.name)\(table.definition)") }
    }

    /// Makes one index where it is not there: a session that builds a generation may need it before the others.
    package func createIndex(_ name: String, _ sqlite: SQLiteConnection) throws {
        guard let index = indexes.first(where: { $0.name == name }) else {
            preconditionFailure("there is no index \(name)")
        }
        try create(index, sqlite)
    }

    /// All tables are there.
    func exists(_ sqlite: SQLiteConnection) throws -> Bool {
        let find = try sqlite.statement("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?")
        defer { find.reset() }
        return try tables.allSatisfy { table in
            find.reset()
            find.bind(1, table.name)
            return try find.step()
        }
    }

    func drop(_ sqlite: SQLiteConnection) throws {
        for table in tables { try sqlite.execute("DROP TABLE IF EXISTS main.\(table.name)") }
        // An index goes with its table, unless somebody renamed that.
        for index in indexes { try sqlite.execute("DROP INDEX IF EXISTS main.\(index.name)") }
    }

    /// Makes empty tables that serve.
    package func create(_ sqlite: SQLiteConnection) throws {
        try createTables(sqlite)
        try createIndexes(sqlite)
        for statement in generatedColumns { try sqlite.execute(statement) }
    }

    /// Makes the indexes that are not there.
    func createIndexes(_ sqlite: SQLiteConnection) throws {
        for index in indexes { try create(index, sqlite) }
    }

    /// Makes the indexes that sessions need to go on, where they are not there.
    func createIndexesToGoOn(_ sqlite: SQLiteConnection) throws {
        for index in indexes where indexesToGoOn?.contains(index.name) ?? true { try create(index, sqlite) }
    }

    /// Drops every index of the tables that is not part of their definition, of any program.
    func dropIndexes(_ sqlite: SQLiteConnection) throws {
        var names = Set(indexes.map(\.name))
        let find = try sqlite.statement(
            "SELECT name FROM main.sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL")
        defer { find.reset() }
        for table in tables {
            find.reset()
            find.bind(1, table.name)
            while try find.step() { names.insert(find.text(0)) }
        }
        find.reset()
        for name in names.sorted() {
            try sqlite.execute("DROP INDEX IF EXISTS main.\"\(name.replacing("\"", with: "\"\""))\"")
        }
    }

    /// Makes the tables, whose names must be free, with the rows of an attached database.
    ///
    /// Both sides have the same tables and indexes, without generated columns, and these are empty here: so SQLite
    /// copies records as they are, those of the indexes too, in their order, without looking into them.
    func fill(from attached: String, _ sqlite: SQLiteConnection) throws {
        try createTables(sqlite)
        try createIndexes(sqlite)
        for table in tables {
            try sqlite.execute("INSERT INTO main.\(table.name) SELECT * FROM \(attached).\(table.name)")
        }
        for statement in generatedColumns { try sqlite.execute(statement) }
    }

    private func create(_ index: Index, _ sqlite: SQLiteConnection) throws {
        let kind = index.isUnique ? "UNIQUE INDEX" : "INDEX"
        try sqlite.execute("CREATE \(kind) IF NOT EXISTS \(index.name) ON \(index.table)\(index.definition)")
    }
}

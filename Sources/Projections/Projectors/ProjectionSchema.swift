import EventLog

/// A projection's tables and indexes, as SQLite reads them from a script.
///
///     let schema = ProjectionSchema(
///         script: """
///             CREATE TABLE tasks (                -- one row a task
///                 id INTEGER PRIMARY KEY,
///                 title TEXT NOT NULL,
///                 due_day TEXT NOT NULL,
///                 due_year TEXT GENERATED ALWAYS AS (substr(due_day, 1, 4)) VIRTUAL
///             );
///             CREATE INDEX idx_tasks_due_day ON tasks (due_day);
///             CREATE VIRTUAL TABLE task_search USING fts5 (title, content = 'tasks', content_rowid = 'id');
///             """,
///         digestedBy: ["task_search": "SELECT id, title FROM tasks"])
///
/// Any table that SQLite knows may be in it. Of a virtual table the tables that its module makes, its shadow tables,
/// belong to it: they are copied, renamed and dropped with it, and not digested.
///
/// The script is run in a database in memory when something of the schema is first asked for. What keeps a schema from
/// being used is an error of opening a ledger with its projector.
public struct ProjectionSchema: Sendable {
    private let reading: SchemaReading

    var tables: [SchemaTable] { reading.parts.tables }
    var indexes: [SchemaIndex] { reading.parts.indexes }
    /// Statements that add generated columns to tables that have their rows.
    var generatedColumns: [String] { reading.parts.generatedColumns }
    /// Why the schema cannot be used, as a clause; nil if it can.
    package var problem: String? { reading.parts.problem }
    /// The indexes that writers look rows up by: tables that are only to be gone on with need no others. Nil: all.
    package var lookupIndexes: Set<String>?

    /// The tables, virtual ones too, in the order of the script.
    public var tableNames: [String] { tables.map(\.name) }

    /// All tables: behind each virtual table come those that its module makes.
    package var allTableNames: [String] { tables.flatMap { [$0.name] + $0.shadows } }

    /// - Parameters:
    ///   - script: `CREATE TABLE`, `CREATE VIRTUAL TABLE`, `CREATE INDEX` and `ALTER TABLE … ADD COLUMN` statements.
    ///     Generated columns that are added by `ALTER TABLE` come once the rows are there: a rebuild takes over a table
    ///     without generated columns as it is, and others value by value. Comments are not kept. Triggers and views
    ///     are refused.
    ///   - digestedBy: for each virtual table, by its name, a `SELECT` of what it holds: digests, comparisons and
    ///     explanations show that. Its first column tells the rows apart; they are taken in its order. For a table that
    ///     stores its content these are its own rows, `SELECT rowid, title FROM task_search`; for another what it was
    ///     made of.
    public init(script: String, digestedBy: [String: String] = [:]) {
        reading = SchemaReading {
            do {
                let read = try SchemaScript.read(script, digestedBy)
                return SchemaReading.Parts(
                    tables: read.tables, indexes: read.indexes, generatedColumns: read.generatedColumns)
            } catch {
                return SchemaReading.Parts(
                    problem: (error as? SchemaScript.Unusable)?.clause ?? "SQLite refuses it (\(error))")
            }
        }
    }

    /// The tables of several schemas, in their order: what a projector has that builds several projections.
    public init(joining schemas: [ProjectionSchema]) {
        reading = SchemaReading {
            SchemaReading.Parts(
                tables: schemas.flatMap(\.tables), indexes: schemas.flatMap(\.indexes),
                generatedColumns: schemas.flatMap(\.generatedColumns),
                problem: schemas.lazy.compactMap(\.problem).first)
        }
    }

    /// - Throws: `EventLogError.invalidArgument` if the schema cannot be used.
    func check(of projection: String) throws {
        guard let problem else { return }
        throw EventLogError(.invalidArgument, "The schema of projection \(projection) cannot be used: \(problem).")
    }
}

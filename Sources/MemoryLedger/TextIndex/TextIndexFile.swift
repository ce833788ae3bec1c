import EventLog
import LedgerStorage
import Projections
import TextSearch
import TextSearchFTS5

/// The tables of the file that a text index is in.
///
/// `text_index` has no content of its own: a row for each version of a text, whose number tells the position that the
/// version began with (`TextRow`). Rows never change and never go; whether a version stands is asked of the ledger. So
/// nothing has to be deleted from the index, which FTS5 could not do before SQLite 3.43 without the old text.
enum TextIndexFile {
    static let kind = LockedDatabase.Kind(
        applicationID: ApplicationID.textIndex, formatVersion: 1,
        isOther: { path in
            EventLogError(
                .notALedger, "\(path) is no text index, and stands in the place of one; move it away.")
        },
        prepare: register,
        make: make)

    /// - Throws: `EventLogError.unsupported` if SQLite has no FTS5.
    @Sendable static func register(on connection: OpaquePointer) throws {
        do { try TextSearchFTS5.register(on: connection) } catch let error as TextIndexError {
            throw EventLogError(.unsupported, error.message)
        }
    }

    @Sendable static func make(_ sqlite: SQLiteConnection) throws {
        try sqlite.execute(tables)
        try TextIndexState().save(sqlite)
    }

    static let table = "text_index"

    private static let tables = """
        CREATE VIRTUAL TABLE \(table) USING fts5 \
        (key, summary, text, keywords, scope, content = '', columnsize = 0, tokenize = '\(TextSearchFTS5.tokenizerName)');
        CREATE TABLE text_index_state (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            position INTEGER NOT NULL,     -- every version that began up to here is in the index
            event TEXT NOT NULL,           -- the id of the event there; empty if there is none
            generation INTEGER NOT NULL,   -- of the tables that the texts were read from
            erasure INTEGER NOT NULL,      -- the last erasure when the index was begun
            words INTEGER NOT NULL         -- the version of what cuts texts into words
        );
        """

    static func insert(_ text: IndexedText, _ sqlite: SQLiteConnection) throws {
        let insert = try sqlite.statement(
            "INSERT INTO \(table) (rowid, key, summary, text, keywords, scope) VALUES (?, ?, ?, ?, ?, ?)")
        insert.bind(
            1, TextRow.id(number: text.began, fields: [text.key, text.summary, text.text, text.keywords]))
        insert.bind(2, text.key)
        insert.bind(3, text.summary)
        insert.bind(4, text.text)
        insert.bind(5, text.keywords)
        insert.bind(6, text.scope.map(\.text).joined(separator: " "))
        try insert.run()
    }
}

/// How far a text index is, and of what.
struct TextIndexState: Equatable {
    var position: Position = 0
    var event = ""
    var basis = TextIndexBasis()

    static func load(_ sqlite: SQLiteConnection) throws -> TextIndexState {
        let row = try sqlite.statement(
            "SELECT position, event, generation, erasure, words FROM text_index_state WHERE id = 1")
        defer { row.reset() }
        guard try row.step() else { return TextIndexState() }
        return TextIndexState(
            position: row.int64(0), event: row.text(1),
            basis: TextIndexBasis(generation: row.int(2), erasure: row.int64(3), words: row.int(4)))
    }

    func save(_ sqlite: SQLiteConnection) throws {
        let save = try sqlite.statement(
            """
            INSERT OR REPLACE INTO text_index_state (id, position, event, generation, erasure, words)
            VALUES (1, ?, ?, ?, ?, ?)
            """)
        save.bind(1, position)
        save.bind(2, event)
        save.bind(3, basis.generation)
        save.bind(4, basis.erasure)
        save.bind(5, basis.words)
        try save.run()
    }
}

/// What an index holds texts of. If one of these has moved, it holds what is no more, and is made again.
struct TextIndexBasis: Equatable {
    var generation = 0
    var erasure: Position = 0
    var words = 0

    init() {}

    init(generation: Int, erasure: Position, words: Int) {
        (self.generation, self.erasure, self.words) = (generation, erasure, words)
    }

    /// As a snapshot of the ledger's tables has it.
    init(_ store: ProjectionStore, _ source: any TextSource, _ sqlite: SQLiteConnection) throws {
        generation = try ProjectionState.all(sqlite).first { $0.name == source.projection }?.generation ?? 0
        erasure = try store.database.committed(sqlite).lastErasure()
        words = Tokenizer.version
    }
}

extension Character {
    /// The kinds of `FilterTerm`.
    static let namespace: Character = "n"
    static let domain: Character = "d"
    static let type: Character = "t"
    static let keyword: Character = "k"
}

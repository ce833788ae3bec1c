import GRDBSQLite
import LedgerStorage
import TextSearch

/// A database in memory with a text index.
final class FTS5Fixture {
    let connection: SQLiteConnection
    private let handle: OpaquePointer

    static let table = """
        CREATE VIRTUAL TABLE text_index USING fts5
            (key, summary, text, keywords, scope, content='', columnsize=0, tokenize='verbatim')
        """

    init(path: String = ":memory:") throws {
        var handle: OpaquePointer?
        guard sqlite3_open(path, &handle) == SQLITE_OK, let handle else { throw FixtureError() }
        self.handle = handle
        connection = SQLiteConnection(handle: handle)
        try VerbatimTokenizer.register(on: handle)
    }

    deinit {
        connection.forgetStatements()
        sqlite3_close_v2(handle)
    }

    struct FixtureError: Error {}

    func createTable() throws { try connection.execute(Self.table) }

    func insert(_ rowid: Int64, _ fields: [String]) throws {
        let insert = try connection.statement(
            "INSERT INTO text_index(rowid, key, summary, text, keywords, scope) VALUES (?, ?, ?, ?, ?, ?)")
        insert.bind(1, rowid)
        for (index, field) in fields.enumerated() { insert.bind(Int32(index + 2), field) }
        try insert.run()
    }

    /// The rows that FTS5 itself finds.
    func rows(_ expression: FTS5Expression) throws -> [Int64] {
        let select = try connection.statement("SELECT rowid FROM text_index WHERE text_index MATCH ? ORDER BY rowid")
        defer { select.reset() }
        select.bind(1, expression.text)
        var rows: [Int64] = []
        while try select.step() { rows.append(select.int64(0)) }
        return rows
    }

    // MARK: Pages

    func pages() throws -> [Int64] {
        let select = try connection.statement("SELECT id FROM text_index_data ORDER BY id")
        defer { select.reset() }
        var ids: [Int64] = []
        while try select.step() { ids.append(select.int64(0)) }
        return ids
    }

    func page(_ id: Int64) throws -> [UInt8] {
        let select = try connection.statement("SELECT block FROM text_index_data WHERE id = ?")
        defer { select.reset() }
        select.bind(1, id)
        return try select.step() ? Array(select.bytes(0)) : []
    }

    func write(_ bytes: [UInt8], to id: Int64) throws {
        let update = try connection.statement("UPDATE text_index_data SET block = ? WHERE id = ?")
        update.bind(1, blob: bytes)
        update.bind(2, id)
        try update.run()
    }
}

import GRDBSQLite
import LedgerStorage
import TextSearch
import TextSearchFTS5

/// A database in memory with a text index.
final class FTS5Fixture {
    let connection: SQLiteConnection
    private let handle: OpaquePointer

    static let table = """
        CREATE VIRTUAL TABLE text_index USING fts5
            (key, summary, text, keywords, scope, content='', columnsize=0, tokenize='memledger')
        """

    init(path: String = ":memory:") throws {
        var handle: OpaquePointer?
        guard sqlite3_open(path, &handle) == SQLITE_OK, let handle else { throw FixtureError() }
        self.handle = handle
        connection = SQLiteConnection(handle: handle)
        try TextSearchFTS5.register(on: handle)
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
}

import CLedgerShims
import Testing

extension Workspace {
    /// A Keyv table with two memories, `mem:a` and `mem:b`.
    static let keyvTable = """
        CREATE TABLE keyv (key VARCHAR(255) PRIMARY KEY, value TEXT);
        INSERT INTO keyv VALUES ('mem:a', '{"value":{"summary":"A"}}'), ('mem:b', '{"value":{"summary":"B"}}');
        """

    /// Runs SQL on a database of this folder, which is made where it is missing.
    func database(_ name: String, _ sql: String) throws {
        var handle: OpaquePointer?
        defer { sqlite3_close_v2(handle) }
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
        try #require(sqlite3_open_v2(path(name), &handle, flags, nil) == SQLITE_OK)
        var message: UnsafeMutablePointer<CChar>?
        defer { sqlite3_free(message) }
        let code = sqlite3_exec(handle, sql, nil, nil, &message)
        try #require(code == SQLITE_OK, "\(message.map { String(cString: $0) } ?? "error \(code)")")
    }
}

import GRDBSQLite
import Testing

@testable import TextSearchFTS5

/// Goal: an SQLite without FTS5 is named as what is missing. Method: a connection that is not let use it.
@Suite struct RegistrationTests {
    @Test func anSQLiteWithoutFTS5IsNamed() throws {
        var handle: OpaquePointer?
        #expect(sqlite3_open(":memory:", &handle) == SQLITE_OK)
        let connection = try #require(handle)
        defer { sqlite3_close(connection) }
        sqlite3_set_authorizer(
            connection,
            { _, action, _, function, _, _ in
                action == SQLITE_FUNCTION && function.map { String(cString: $0) } == "fts5" ? SQLITE_DENY : SQLITE_OK
            }, nil)
        let error = #expect(throws: TextIndexError.self) { try TextSearchFTS5.register(on: connection) }
        #expect(error?.code == .noFTS5 && error?.message.contains("fts5") == true)
        sqlite3_set_authorizer(connection, nil, nil)
        try TextSearchFTS5.register(on: connection)
    }
}

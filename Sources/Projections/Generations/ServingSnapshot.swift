import EventLog
import LedgerStorage

/// The serving tables as they stand at one position, on a connection of their own, for as long as a comparison takes.
///
/// It keeps the write-ahead log from being reset meanwhile, and no process from writing.
final class ServingSnapshot: Sendable {
    /// The log's last position in it.
    let head: Position
    private let connection: QueuedConnection

    init(_ database: any ProjectionDatabase) throws {
        let connection = try database.openReader(holdsTransactions: true)
        self.connection = connection
        head = try connection.run { sqlite in
            try sqlite.execute("BEGIN")
            return try database.committed(sqlite).head()
        }
    }

    deinit {
        connection.run { sqlite in
            sqlite.resetStatements()
            try? sqlite.execute("COMMIT")
        }
        connection.close()
    }

    func read<T>(_ body: (SQLiteConnection) throws -> T) throws -> T {
        try connection.run(body)
    }

    @concurrent func digests(of tables: [TableSource]) async throws -> [String: String] {
        try read { try TableDigest.sha256(of: tables, $0) }
    }
}

/// A SELECT over what the ledger knows, in SQLite's language.
///
///     let query = TableQuery("SELECT type, count(*) AS memories FROM memories GROUP BY type")
///     for row in try await ledger.query(query).rows { print(row) }
///
/// It sees views, and nothing else: `memories`, `memory_links`, `namespaces` and `namespace_events`, whose columns
/// `columns` names. Memories that are quarantined or have expired are not in `memories`; links may point at such, and
/// the counts of namespaces have them. Namespaces that are encrypted and cannot be read are in none.
public struct TableQuery: Hashable, Sendable {
    public var sql: String
    /// At most so many rows are answered, 1 to `maximumRows.upperBound`.
    public var limit: Int
    /// It is ended after so long, 1 to `secondsRange.upperBound`.
    public var seconds: Int

    public static let maximumRows = 1...100_000
    public static let secondsRange = 1...300
    /// Of the text of a query.
    public static let maximumBytes = 65_536
    /// Of all values of an answer together, and of one value that SQLite makes on the way.
    public static let maximumAnswerBytes = 64 << 20
    /// Of what SQLite keeps in memory for a query while it runs; a sort or a table that is larger goes to a file that
    /// has no name.
    public static let maximumHeapBytes = 256 << 20

    public init(_ sql: String, limit: Int = 1_000, seconds: Int = 10) {
        (self.sql, self.limit, self.seconds) = (sql, limit, seconds)
    }

    /// The views and their columns, in their order.
    public static let columns: [(view: String, columns: [String])] = SQLViews.all.map { ($0.name, $0.columns) }

    /// The same of a ledger that is opened with modules.
    package static func columns(with modules: [any LedgerModule]) -> [(view: String, columns: [String])] {
        var options = MemoryLedgerOptions()
        options.modules = modules
        return options.sqlViews.map { ($0.name, $0.columns) }
    }

    /// - Throws: `MemoryLedgerError` with `invalidArgument` or `invalidQuery`.
    func check() throws {
        guard Self.maximumRows.contains(limit), Self.secondsRange.contains(seconds) else {
            throw MemoryLedgerError(
                .invalidArgument,
                "A query answers 1 to \(Self.maximumRows.upperBound) rows in 1 to \(Self.secondsRange.upperBound) "
                    + "seconds; ask for that.")
        }
        guard sql.utf8.count <= Self.maximumBytes else {
            throw MemoryLedgerError(.invalidArgument, "A query has up to \(Self.maximumBytes) bytes; shorten it.")
        }
        // SQLite would take the text before it for the whole.
        guard !sql.utf8.contains(0) else {
            throw MemoryLedgerError(.invalidQuery, "A query has no character U+0000; leave it out.")
        }
    }
}

/// What a query answers.
public struct TableRows: Hashable, Sendable {
    public var columns: [String]
    /// Integers, numbers, texts and null. Bytes are a text of hexadecimal digits, what is infinite a text.
    public var rows: [[JSONValue]]
    /// There are more rows than were asked for, or than have room.
    public var hasMore: Bool
    /// Namespaces that were left out because the ledger was opened without its master key.
    public var locked: [String] = []
}

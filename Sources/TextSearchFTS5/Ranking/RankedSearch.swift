package import LedgerStorage
package import TextSearch

/// A search of a text index: the best rows, and how many there are.
///
///     var search = RankedSearch(try SearchQuery(parsing: "login retry"), limit: 20)
///     let first = try search.run(on: connection, table: "text_index")
///     search.after = first.next
///     let second = try search.run(on: connection, table: "text_index")
package struct RankedSearch {
    package var query: SearchQuery
    /// Of each list one term must stand in the column `scope`.
    package var scope: [[FilterTerm]] = []
    /// Among which rows it is counted how rare words are; nil: among all.
    package var collection: Collection?
    /// From 0, which only counts, to `maximumLimit`.
    package var limit: Int
    /// Only what comes behind it.
    package var after: Place?

    /// A beginning of a word that stands in more places is refused: they are put together in memory, 16 bytes each.
    package var maximumPrefixPositions = 4_000_000

    package static let maximumLimit = 100_000

    package init(_ query: SearchQuery, scope: [[FilterTerm]] = [], limit: Int, after: Place? = nil) {
        self.query = query
        self.scope = scope
        self.limit = limit
        self.after = after
    }

    /// A part of the index whose scores tell nothing of other rows.
    package struct Collection {
        /// Rows that have one of these in the column `scope`: the rows of each word are walked over once more, and
        /// these once. Nil: all rows are of the collection.
        package var terms: [FilterTerm]?
        /// About how many there are.
        package var count: Int64

        package init(terms: [FilterTerm]?, count: Int64) { (self.terms, self.count) = (terms, count) }
    }

    /// A place in the results of one query, which stays right while rows are added.
    package struct Place: Hashable, Sendable {
        /// The last hit before it.
        package var score: Double
        package var row: Int64
        /// Later rows are left out.
        package var horizon: Int64
        /// How rare the phrases of the query were when the first page was read, so that scores stay the same.
        package var rarities: [UInt8]

        package init(score: Double, row: Int64, horizon: Int64, rarities: [UInt8]) {
            (self.score, self.row, self.horizon, self.rarities) = (score, row, horizon, rarities)
        }
    }

    package struct Results: Sendable {
        /// The best first.
        package var hits: [SearchHit]
        /// All rows that match and are allowed, on this page or not.
        package var total: Int
        /// nil if there are no more.
        package var next: Place?
    }

    /// Reads the index in one snapshot. What the connection has written and not committed is found, too.
    ///
    /// - Parameters:
    ///   - isAllowed: whether a row counts; asked for each row that matches, by their numbers rising.
    /// - Throws: `TextIndexError`, what SQLite reports, `CancellationError`.
    package func run(
        on connection: SQLiteConnection, table: String, isAllowed: ((Int64) throws -> Bool)? = nil
    ) throws -> Results {
        // Holds the snapshot; and FTS5 writes what it has in memory to its pages at a savepoint.
        try connection.statement("SAVEPOINT text_search").run()
        let results: Results
        do {
            results = try read(connection, table, isAllowed)
        } catch {
            try connection.statement("RELEASE text_search").run()
            throw error
        }
        try connection.statement("RELEASE text_search").run()
        return results
    }

    /// After so many rows it looks whether its task is cancelled.
    static let rowsBetweenChecks = 4096

    private func read(
        _ connection: SQLiteConnection, _ table: String, _ isAllowed: ((Int64) throws -> Bool)?
    ) throws -> Results {
        let pages = try IndexPages(connection: connection, table: table)
        var builder = MatchBuilder(
            pages, known: after?.rarities, collection: collection, maximumPrefixPositions: maximumPrefixPositions)
        let match = try builder.match(query, scope: scope)
        // A place may come from anywhere: no row is behind the end.
        let horizon = min(after?.horizon ?? .max, SegmentCursor.atEnd - 1)
        let last = after.map { SearchHit(row: $0.row, score: $0.score) }
        var top = TopHits(limit: max(0, min(limit, Self.maximumLimit)))
        var total = 0
        var behind = 0
        var highest: Int64 = .min
        var rows = 0
        while match.row <= horizon {
            let row = match.row
            highest = row
            rows &+= 1
            if rows % Self.rowsBetweenChecks == 0 { try Task.checkCancellation() }
            if try isAllowed?(row) ?? true {
                total += 1
                if limit > 0 {
                    let hit = SearchHit(row: row, score: match.score())
                    if last?.precedes(hit) ?? true {
                        behind += 1
                        top.add(hit)
                    }
                }
            }
            try match.next()
        }
        let hits = top.sorted
        var next: Place?
        if let end = hits.last, behind > hits.count {
            next = Place(
                score: end.score, row: end.row, horizon: min(horizon, highest), rarities: builder.rarities)
        }
        return Results(hits: hits, total: total, next: next)
    }
}

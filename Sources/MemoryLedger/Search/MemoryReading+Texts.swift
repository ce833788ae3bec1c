package import EventLog
package import LedgerStorage
package import TextSearch
import TextSearchFTS5

/// What to look for in a module's texts.
package struct ModuleSearch: Sendable {
    /// The name of their source.
    package var source: String
    /// In the language of `MemorySearch.text`.
    package var text: String
    package var namespace: String
    /// Of each list one term must be among the text's scope. What others than the first list's have shows in nothing,
    /// not even in how rare a word is.
    package var scope: [[FilterTerm]]
    /// What else decides on the results: a cursor belongs to it.
    package var question: JSONObject
    package var limit: Int
    package var after: String?
    /// As of `MemorySearch`.
    package var waitsForIndex = false

    package init(
        _ source: String, _ text: String, namespace: String, scope: [[FilterTerm]], question: JSONObject, limit: Int,
        after: String?
    ) {
        (self.source, self.text, self.namespace) = (source, text, namespace)
        (self.scope, self.question, self.limit, self.after) = (scope, question, limit, after)
    }
}

/// A page of what a search of texts found, the most relevant first.
package struct FoundTexts<Row: Sendable>: Sendable {
    package var rows: [Row]
    package var total: Int
    package var next: String?
    package var indexedTo: Position
    package var position: Position
    /// Why not all was looked at.
    package var indexProblem: String?
}

/// A text that was found.
package struct FoundText: Sendable {
    package var began: Position
    package var relevance: Double
    /// The part of a text that has most of what was looked for.
    package var excerpt: @Sendable (String) -> MarkedText
}

extension MemoryReading {
    /// A page of a module's texts that have what is looked for, in the tables of now or of the moment.
    ///
    /// - Parameters:
    ///   - count: about how many texts the first list of the scope has.
    ///   - isShown: makes of the tables what tells whether a text is wanted; nil: each is, without a look at them.
    ///   - row: reads from the tables what was found.
    /// - Throws: as `search`.
    package func searchTexts<Row: Sendable>(
        _ search: ModuleSearch, report: @escaping @Sendable (_ done: Position, _ of: Position) -> Void = { _, _ in },
        count: (SQLiteConnection) throws -> Int64, isShown: (SQLiteConnection) throws -> ((Position) throws -> Bool)?,
        row: (FoundText, SQLiteConnection) throws -> Row
    ) async throws -> FoundTexts<Row> {
        guard let index = source.parts.moduleIndexes[search.source] else {
            throw EventLogError(
                .unsupported, "The ledger was opened without the module whose \(search.source) are searched.")
        }
        let query: SearchQuery
        do { query = try SearchQuery(parsing: search.text) } catch {
            throw MemoryLedgerError(.invalidQuery, error.description)
        }
        var asked = search.question
        asked.append("query", .string(search.text))
        asked.append("source", .string(search.source))
        let question = SearchCursor.question(asked)
        let cursor = try search.after.map { try SearchCursor($0, of: question) }
        let moment = source.moment
        let past: (any TableReading)? = moment == nil ? nil : try await source.readableTables()
        let use = TextIndex.Use(
            wanted: moment?.position, waits: search.waitsForIndex, maximumLag: MemorySearch.maximumLag)
        do {
            let (found, problem) = try await index.searched(use, report) { index, ledger, indexed in
                try checkReadable(search.namespace)
                func page(_ tables: SQLiteConnection) throws -> FoundTexts<Row> {
                    let position = min(indexed.position, moment?.position ?? .max, cursor?.position ?? .max)
                    var ranked = RankedSearch(
                        query, scope: search.scope, limit: search.limit, after: cursor?.place)
                    ranked.collection = RankedSearch.Collection(terms: search.scope.first, count: try count(tables))
                    let shows = try isShown(tables)
                    let results = try ranked.run(on: index, table: TextIndexFile.table) {
                        let began = TextRow.number(of: $0)
                        return try began <= position && shows?(began) ?? true
                    }
                    return FoundTexts(
                        rows: try results.hits.map {
                            let excerpt = { @Sendable (text: String) in
                                MarkedText(Excerpt(of: text, for: query, field: .text, tokens: FoundText.excerptTokens))
                            }
                            return try row(
                                FoundText(began: TextRow.number(of: $0.row), relevance: $0.score, excerpt: excerpt),
                                tables)
                        },
                        total: results.total,
                        next: results.next.map { SearchCursor(question, position: position, place: $0).text },
                        indexedTo: indexed.position, position: moment?.position ?? indexed.head)
                }
                guard let past else { return try page(ledger) }
                return try past.readSnapshot { try page($0) }
            }
            if var found {
                if found.indexedTo < found.position { found.indexProblem = problem }
                return found
            }
            let position = try moment?.position ?? index.lag().head
            return FoundTexts(rows: [], total: 0, indexedTo: 0, position: position, indexProblem: problem)
        } catch {
            throw index.explained(error, search.after)
        }
    }
}

extension FoundText {
    /// Tokens of an excerpt.
    fileprivate static let excerptTokens = 24
}

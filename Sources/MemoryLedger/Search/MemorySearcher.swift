import EventLog
import LedgerCapabilities
import LedgerStorage
import Logging
import Projections
import TextSearch
import TextSearchFTS5

/// One search: of the index and of the tables, each in one snapshot.
///
///     what is typed ──▶ query ──▶ index: rows by rank ──▶ those that stand, from the tables ──▶ a page of memories
struct MemorySearcher {
    let source: MemorySource
    let search: MemorySearch
    let query: SearchQuery
    /// Only memories of these, besides what the filter says; nil: of all.
    var namespaces: [String]?
    /// Makes of the ledger's tables what tells which memories may be found, besides what the filter says; nil: all.
    var admission: (@Sendable (SQLiteConnection) throws -> (MemoryKey) throws -> Bool)?
    /// What a cursor belongs to.
    let question: UInt64
    let cursor: SearchCursor?

    /// - Throws: `MemoryLedgerError` with `invalidQuery` or `invalidArgument`.
    init(_ search: MemorySearch, in source: MemorySource) throws {
        let query: SearchQuery
        do { query = try SearchQuery(parsing: search.text) } catch {
            throw MemoryLedgerError(.invalidQuery, error.description)
        }
        try self.init(search, query, in: source)
    }

    /// - Parameter query: what is looked for, instead of `search.text`.
    init(_ search: MemorySearch, _ query: SearchQuery, in source: MemorySource) throws {
        (self.source, self.search, self.query) = (source, search, query)
        guard (1...MemorySearch.maximumLimit).contains(search.limit) else {
            throw MemoryLedgerError(
                .invalidArgument,
                "A page of a search holds 1 to \(MemorySearch.maximumLimit) memories, not \(search.limit).")
        }
        try search.filter.check()
        let question = SearchCursor.question(search, source.moment)
        self.question = question
        cursor = try search.after.map { try SearchCursor($0, of: question) }
    }

    /// What is found of a version, before its memory is asked for.
    struct Row {
        var began: Position
        var relevance: Double
        var version: TextVersion
        /// As it is at the moment that is asked about; nil: to be asked for.
        var memory: Memory?
    }

    struct Page {
        var rows: [Row]
        var total: Int
        var next: SearchCursor?
        var indexedTo: Position
        var position: Position
        var locked: [String]
        /// Why the index has not all that it might have.
        var problem: String?
    }

    /// - Parameters:
    ///   - offset: so many of the best are left out.
    ///   - report: is told how far the index is, if that is waited for.
    func page(
        changed: ClosedRange<Position>?, offset: Int = 0,
        _ report: @escaping @Sendable (_ done: Position, _ of: Position) -> Void
    ) async throws -> Page {
        if let moment = source.moment, moment.occurredThrough != nil {
            return try await page(occurredBy: moment, changed: changed, offset: offset, report)
        }
        let needsTables = source.moment != nil && FilteredRows.isNeeded(search.filter)
        let past = needsTables ? try await source.readableTables() : nil
        let index = source.parts.textIndex
        let use = TextIndex.Use(
            wanted: source.moment?.position, waits: search.waitsForIndex, maximumLag: search.maximumLag)
        do {
            let (found, problem) = try await index.searched(use, report) { index, ledger, indexed in
                guard let past else { return try page(index, ledger, indexed, changed, offset, ledger) }
                return try past.readSnapshot { try page(index, ledger, indexed, changed, offset, $0) }
            }
            if var found {
                if found.indexedTo < found.position { found.problem = problem }
                return found
            }
            // There is no index that could be used, and none may be made, or it takes long.
            let position = try source.moment?.position ?? index.lag().head
            return Page(rows: [], total: 0, indexedTo: 0, position: position, locked: [], problem: problem)
        } catch {
            throw index.explained(error, search.after)
        }
    }

    private func page(
        _ index: SQLiteConnection, _ ledger: SQLiteConnection, _ indexed: TextIndex.Progress,
        _ changed: ClosedRange<Position>?, _ offset: Int, _ tables: SQLiteConnection
    ) throws -> Page {
        let parts = source.parts
        let locked = try self.locked(ledger)
        let position = min(indexed.position, source.moment?.position ?? .max, cursor?.position ?? .max)
        let standing = try StandingTexts(
            search, at: position, isOfNow: source.moment == nil,
            isPast: source.moment != nil || position < indexed.head, now: source.now, changed: changed, locked: locked,
            ended: parts.endedTexts.known(
                TextIndexBasis(parts.store, parts.textIndex.source, ledger), head: indexed.head, ledger),
            rows: FilteredRows(search.filter, tables), ledger)
        let found = try ranked(index, standing, indexedTo: indexed.position, offset: offset, ledger)
        return Page(
            rows: try found.hits.dropFirst(offset).map { try row($0, memories: source.moment == nil, ledger) },
            total: found.total, next: found.next.map { SearchCursor(question, position: position, place: $0) },
            indexedTo: indexed.position, position: source.moment?.position ?? indexed.head, locked: locked)
    }

    /// Namespaces that are left out because they cannot be read.
    ///
    /// - Throws: `masterKeyMissing` or `masterKeyWrong` if the one that is asked for is among them.
    func locked(_ ledger: SQLiteConnection) throws -> [String] {
        guard let namespace = search.filter.namespace else { return try source.parts.locked.names(ledger) }
        try source.parts.locked.check(namespace, ledger)
        return []
    }

    /// - Parameters:
    ///   - indexedTo: the last version of the index.
    ///   - texts: the tables that the index is of.
    func ranked(
        _ index: SQLiteConnection, _ standing: StandingTexts, indexedTo: Position, offset: Int,
        _ texts: SQLiteConnection
    ) throws -> RankedSearch.Results {
        var ranked = RankedSearch(
            query, scope: search.filter.terms, limit: offset + search.limit, after: cursor?.place)
        if let names = namespaces ?? search.filter.namespace.map({ [$0] }) {
            // What other namespaces have shows in nothing, not even in how rare a word is.
            let terms: [FilterTerm]? =
                try areAll(names, texts) ? nil : names.map { .encode(kind: .namespace, value: $0) }
            if let terms { ranked.scope.insert(terms, at: 0) }
            ranked.collection = RankedSearch.Collection(terms: terms, count: try memories(in: names, texts))
        }
        let admits = try admission?(texts)
        let isEverything = standing.isEverything && standing.position >= indexedTo && admits == nil
        return try ranked.run(
            on: index, table: TextIndexFile.table,
            isAllowed: isEverything
                ? nil
                : { row in
                    let began = TextRow.number(of: row)
                    guard try standing.shows(began) else { return false }
                    guard let admits else { return true }
                    return try standing.key(of: began).map(admits) ?? false
                })
    }

    /// There are no other namespaces, and never were.
    private func areAll(_ names: [String], _ tables: SQLiteConnection) throws -> Bool {
        let own = Set(names.map { ByteText($0) })
        let known = try tables.statement(
            "SELECT namespace FROM namespaces WHERE namespace >= '' ORDER BY namespace LIMIT ?")
        known.bind(1, own.count + 1)
        defer { known.reset() }
        while try known.step() {
            guard own.contains(ByteText(known.text(0))) else { return false }
        }
        return true
    }

    private func memories(in names: [String], _ tables: SQLiteConnection) throws -> Int64 {
        let count = try tables.statement("SELECT memories FROM namespaces WHERE namespace = ?")
        var memories: Int64 = 0
        for name in names {
            count.bind(1, name)
            defer { count.reset() }
            if try count.step() { memories += count.int64(0) }
        }
        return memories
    }

    /// - Parameter memories: the tables have the memory as it is at the moment that is asked about.
    func row(_ hit: SearchHit, memories: Bool, _ texts: SQLiteConnection) throws -> Row {
        let began = TextRow.number(of: hit.row)
        guard let version = try TextVersions.version(began, texts) else {
            throw EventLogError(
                .storage,
                "The text index has a text that began at \(began), and the ledger does not; delete "
                    + "\(source.parts.textIndex.path), and the next search makes it again.")
        }
        let memory =
            memories ? try MemoryRows.find(version.memory, now: source.now, showsQuarantined: true, texts) : nil
        return Row(began: began, relevance: hit.score, version: version, memory: memory)
    }
}

extension MemoryFilter {
    /// What the index itself is asked, besides the namespace: of each list one term must be there.
    fileprivate var terms: [[FilterTerm]] {
        var terms: [[FilterTerm]] = []
        if let domain { terms.append([.encode(kind: .domain, value: domain)]) }
        if let type { terms.append([.encode(kind: .type, value: type)]) }
        if !anyKeywords.isEmpty { terms.append(anyKeywords.map { .encode(kind: .keyword, value: $0) }) }
        terms += allKeywords.map { [.encode(kind: .keyword, value: $0)] }
        return terms
    }
}

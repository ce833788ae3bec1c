import EventLog
import LedgerStorage
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
        cursor = try search.after.map { try SearchCursor($0) }
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
    }

    /// - Parameters:
    ///   - offset: so many of the best are left out.
    ///   - report: is told how far the index is, if that is waited for.
    func page(
        changed: ClosedRange<Position>?, offset: Int = 0,
        _ report: @escaping @Sendable (_ done: Position, _ of: Position) -> Void
    ) async throws -> Page {
        if let moment = source.moment, moment.occurredThrough != nil {
            return try await page(occurredBy: moment, changed: changed, offset: offset)
        }
        try await prepare(report)
        let needsTables = source.moment != nil && FilteredRows.isNeeded(search.filter)
        let past = needsTables ? try await source.tables() : nil
        do {
            let found = try source.parts.textIndex.read { index, ledger, indexed in
                guard let past else { return try page(index, ledger, indexed, changed, offset, ledger) }
                return try past.readSnapshot { try page(index, ledger, indexed, changed, offset, $0) }
            }
            if let found { return found }
        } catch let error as TextIndexError {
            throw explained(error)
        }
        // There is no index that could be used, and none may be made, or it takes long.
        let head = try source.parts.textIndex.lag().head
        return Page(
            rows: [], total: 0, indexedTo: 0, position: source.moment?.position ?? head, locked: [])
    }

    /// What the index says of itself, in the ledger's errors.
    func explained(_ error: TextIndexError) -> any Error {
        switch error.code {
        case .wrongPlace: SearchCursor.isNone(search.after ?? "")
        case .prefixTooBroad: MemoryLedgerError(.invalidQuery, error.message)
        case .noFTS5: EventLogError(.unsupported, error.message)
        case .unknownLayout, .damaged:
            EventLogError(
                .storage,
                "The text index cannot be read; delete \(source.parts.textIndex.path), and the next search makes it again."
            )
        }
    }

    /// Brings the index to where the tables are, if that is not far, or is to be waited for.
    private func prepare(_ report: @escaping @Sendable (Position, Position) -> Void) async throws {
        let index = source.parts.textIndex
        let lag = try index.lag()
        let wanted = min(lag.head, source.moment?.position ?? .max)
        guard lag.position < wanted, index.mayWrite else { return }
        if search.waitsForIndex || lag.head - lag.position <= MemorySearch.maximumLag {
            try await index.bringUp { report($0.position, $0.head) }
        }
        index.follow()
    }

    private func page(
        _ index: SQLiteConnection, _ ledger: SQLiteConnection, _ indexed: TextIndex.Progress,
        _ changed: ClosedRange<Position>?, _ offset: Int, _ tables: SQLiteConnection
    ) throws -> Page {
        let parts = source.parts
        let locked = try self.locked(ledger)
        let position = min(indexed.position, source.moment?.position ?? .max, cursor?.position ?? .max)
        let standing = try StandingTexts(
            search, at: position, isPast: source.moment != nil || position < indexed.head, now: source.now,
            changed: changed, locked: locked,
            ended: parts.endedTexts.known(TextIndexBasis(parts.store, ledger), head: indexed.head, ledger),
            rows: FilteredRows(search.filter, tables), ledger)
        let found = try ranked(index, standing, indexedTo: indexed.position, offset: offset, ledger)
        return Page(
            rows: try found.hits.dropFirst(offset).map { try row($0, memories: source.moment == nil, ledger) },
            total: found.total, next: found.next.map { SearchCursor(position: position, place: $0) },
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
        var scope = search.filter.terms
        if let namespaces { scope.insert(namespaces.map { .encode(kind: .namespace, value: $0) }, at: 0) }
        let ranked = RankedSearch(query, scope: scope, limit: offset + search.limit, after: cursor?.place)
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
    /// What the index itself is asked: of each list one term must be there.
    fileprivate var terms: [[FilterTerm]] {
        var terms: [[FilterTerm]] = []
        if let namespace { terms.append([.encode(kind: .namespace, value: namespace)]) }
        if let domain { terms.append([.encode(kind: .domain, value: domain)]) }
        if let type { terms.append([.encode(kind: .type, value: type)]) }
        if !anyKeywords.isEmpty { terms.append(anyKeywords.map { .encode(kind: .keyword, value: $0) }) }
        terms += allKeywords.map { [.encode(kind: .keyword, value: $0)] }
        return terms
    }
}

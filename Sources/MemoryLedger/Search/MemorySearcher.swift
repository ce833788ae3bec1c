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
    private let cursor: SearchCursor?

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
        /// As it is now; nil where a moment is asked about.
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
        if source.moment?.occurredThrough != nil {
            throw MemoryLedgerError(
                .invalidArgument,
                "A search is asked about a position, an event or a recorded time, and not about what had occurred by a "
                    + "time; give one of these.")
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
    private func explained(_ error: TextIndexError) -> any Error {
        switch error.code {
        case .wrongPlace: SearchCursor.isNone(search.after ?? "")
        case .prefixTooBroad: MemoryLedgerError(.invalidQuery, error.message)
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
        if let namespace = search.filter.namespace { try parts.locked.check(namespace, ledger) }
        let locked = search.filter.namespace == nil ? try parts.locked.names(ledger) : []
        let position = min(indexed.position, source.moment?.position ?? .max, cursor?.position ?? .max)
        let isPast = source.moment != nil || position < indexed.head
        let standing = try StandingTexts(
            search, at: position, isPast: isPast, now: source.now, changed: changed, locked: locked,
            ended: parts.endedTexts.known(TextIndexBasis(parts.store, ledger), head: indexed.head, ledger),
            rows: FilteredRows(search.filter, tables), ledger)
        var scope = search.filter.terms
        if let namespaces { scope.insert(namespaces.map { .encode(kind: .namespace, value: $0) }, at: 0) }
        let ranked = RankedSearch(query, scope: scope, limit: offset + search.limit, after: cursor?.place)
        let isEverything = standing.isEverything && position >= indexed.position
        let found = try ranked.run(
            on: index, table: "text_index",
            isAllowed: isEverything ? nil : { try standing.shows(TextRow.number(of: $0)) })
        return Page(
            rows: try found.hits.dropFirst(offset).map { try row($0, isPast: source.moment != nil, ledger) },
            total: found.total, next: found.next.map { SearchCursor(position: position, place: $0) },
            indexedTo: indexed.position, position: source.moment?.position ?? indexed.head, locked: locked)
    }

    private func row(_ hit: SearchHit, isPast: Bool, _ ledger: SQLiteConnection) throws -> Row {
        let began = TextRow.number(of: hit.row)
        guard let version = try TextVersions.version(began, ledger) else {
            throw EventLogError(
                .storage,
                "The text index has a text that began at \(began), and the ledger does not; delete "
                    + "\(source.parts.textIndex.path), and the next search makes it again.")
        }
        let memory =
            isPast
            ? nil
            : try MemoryRows.find(
                version.memory, now: source.now, showsQuarantined: true, ledger)
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

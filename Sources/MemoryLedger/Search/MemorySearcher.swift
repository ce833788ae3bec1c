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
        let searched = FileIdentity(index.path)
        do {
            return try await page(past, changed: changed, offset: offset, report)
        } catch {
            // It can be made again, so it need not be asked for.
            guard isDamage(error), let searched, index.mayWrite else { throw explained(error) }
            source.parts.options.file.logger.warning("The text index is damaged, and made again")
            // Another search may have met the same damage, and made the next one.
            try index.remove(if: searched)
            do { return try await page(past, changed: changed, offset: offset, report) } catch {
                throw explained(error)
            }
        }
    }

    private func page(
        _ past: (any TableReading)?, changed: ClosedRange<Position>?, offset: Int,
        _ report: @escaping @Sendable (Position, Position) -> Void
    ) async throws -> Page {
        var attempt = 1
        while true {
            let problem = try await prepare(report)
            let found = try source.parts.textIndex.read { index, ledger, indexed in
                guard let past else { return try page(index, ledger, indexed, changed, offset, ledger) }
                return try past.readSnapshot { try page(index, ledger, indexed, changed, offset, $0) }
            }
            // Others may have deleted it in between, since something was erased or built again.
            if found == nil, problem == nil, attempt < Self.maximumAttempts {
                attempt += 1
                continue
            }
            if var found {
                if found.indexedTo < found.position { found.problem = problem }
                return found
            }
            // There is no index that could be used, and none may be made, or it takes long.
            let position = try source.moment?.position ?? source.parts.textIndex.lag().head
            return Page(rows: [], total: 0, indexedTo: 0, position: position, locked: [], problem: problem)
        }
    }

    /// How often an index is brought up that is gone when it is asked.
    private static let maximumAttempts = 8

    private func isDamage(_ error: any Error) -> Bool {
        switch error {
        case let error as TextIndexError: error.code == .damaged || error.code == .unknownLayout
        case let error as EventLogError:
            error.corruptFile.map { FileIdentity($0) == FileIdentity(source.parts.textIndex.path) } ?? false
        default: false
        }
    }

    /// What the index says of itself, in the ledger's errors.
    func explained(_ error: any Error) -> any Error {
        switch (error as? TextIndexError)?.code {
        case nil where isDamage(error): unreadable
        case nil: error
        case .wrongPlace: SearchCursor.isNone(search.after ?? "")
        case .prefixTooBroad: MemoryLedgerError(.invalidQuery, "\(error)")
        case .noFTS5: EventLogError(.unsupported, "\(error)")
        case .unknownLayout, .damaged: unreadable
        }
    }

    private var unreadable: EventLogError {
        EventLogError(
            .storage,
            "The text index cannot be read; delete \(source.parts.textIndex.path), and the next search makes it again.")
    }

    /// Brings the index to where the tables are, if that is not far, or is to be waited for.
    ///
    /// - Returns: why it cannot be brought there; what it has is searched all the same.
    private func prepare(_ report: @escaping @Sendable (Position, Position) -> Void) async throws -> String? {
        let index = source.parts.textIndex
        let lag = try index.lag()
        let wanted = min(lag.head, source.moment?.position ?? .max)
        guard lag.position < wanted else { return nil }
        guard index.mayWrite else { return "the ledger was opened for reading only" }
        index.follow()
        guard search.waitsForIndex || lag.head - lag.position <= search.maximumLag else {
            index.fill()
            return "it is being brought up to date"
        }
        do {
            try await index.bringUp { report($0.position, $0.head) }
            return nil
        } catch is CancellationError {
            // Who asks again finds it further.
            index.fill()
            throw CancellationError()
        } catch let error as EventLogError where error.keepsFromFilling && error.corruptFile == nil {
            source.parts.options.file.logger.warning("The text index was not filled", metadata: ["error": "\(error)"])
            return error.code == .busy ? "another process is writing it" : error.message
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
            ended: parts.endedTexts.known(TextIndexBasis(parts.store, ledger), head: indexed.head, ledger),
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

extension EventLogError {
    /// The disk, another process or the rights of a file are in the way; the index may be filled later.
    fileprivate var keepsFromFilling: Bool { [.busy, .storage, .readOnly].contains(code) }
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

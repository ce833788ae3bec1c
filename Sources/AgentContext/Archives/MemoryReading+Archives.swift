public import EventLog
import LedgerStorage
public import MemoryLedger
import TextSearch

/// A page of passages, the newest first.
public struct PassagePage: Hashable, Sendable {
    public var passages: [StoredPassage]
    /// On all pages.
    public var total: Int64
    public var next: Position?
}

/// A passage that a search found.
public struct FoundPassage: Hashable, Sendable {
    public var passage: StoredPassage
    public var relevance: Double
    public var excerpt: MarkedText
}

/// A page of what a search of an archive found, the most relevant first.
public struct PassageSearchPage: Hashable, Sendable {
    public var passages: [FoundPassage]
    public var total: Int
    public var next: String?
    public var indexedTo: Position
    public var position: Position
    public var indexProblem: String?
}

extension MemoryReading {
    /// - Throws: `MemoryLedgerError.invalidArgument`.
    public func passages(_ query: PassageQuery) async throws -> PassagePage {
        try query.check()
        return try await readContext(query.namespace) { tables in
            var (passages, total) = try PassageRows.page(query, limit: query.limit + 1, tables)
            let hasMore = passages.count > query.limit
            if hasMore { passages.removeLast() }
            return PassagePage(passages: passages, total: total, next: hasMore ? passages.last?.position : nil)
        }
    }

    /// - Throws: `AgentContextError.noPassage`.
    public func passage(_ id: String, of archive: String, in namespace: String) async throws -> StoredPassage {
        try await readContext(namespace) { tables in
            guard let found = try PassageRows.find(id: id, archive, namespace, tables) else {
                throw AgentContextError.noPassage(id, archive)
            }
            return found
        }
    }

    /// A page of passages that have these words, the most relevant first; the language is that of `MemorySearch.text`.
    ///
    /// - Parameters:
    ///   - after: the `next` of the page before; `query.after` does not count.
    ///   - waits: as `MemorySearch.waitsForIndex`.
    /// - Throws: as `search`.
    public func searchPassages(
        _ text: String, _ query: PassageQuery, after: String? = nil, waits: Bool = false,
        report: @escaping @Sendable (_ done: Position, _ of: Position) -> Void = { _, _ in }
    ) async throws -> PassageSearchPage {
        try query.check()
        var search = ModuleSearch(
            MessageTexts.name, text, namespace: query.namespace, scope: query.scope, question: query.json,
            limit: query.limit, after: after)
        search.waitsForIndex = waits
        let page = try await searchTexts(
            search, report: report, count: { try PassageRows.passages(of: query.archive, query.namespace, $0) },
            isShown: { tables in { try PassageRows.isWanted($0, query, tables) } },
            row: { found, tables in
                try PassageRows.find(position: found.began, tables).map {
                    FoundPassage(passage: $0, relevance: found.relevance, excerpt: found.excerpt($0.passage.content))
                }
            })
        return PassageSearchPage(
            passages: page.rows.compactMap(\.self), total: page.total, next: page.next, indexedTo: page.indexedTo,
            position: page.position, indexProblem: page.indexProblem)
    }

    /// A page of archives.
    ///
    /// - Parameter name: the first one's, or what comes before it.
    public func archives(in namespace: String, from name: String = "", limit: Int = 100) async throws
        -> NamedPage<ArchiveSummary>
    {
        try await named(in: namespace, limit: limit, name: \.name) {
            try PassageRows.archives(namespace, from: name, limit: $0, $1)
        }
    }
}

extension PassageQuery {
    /// - Throws: `MemoryLedgerError.invalidArgument`.
    fileprivate func check() throws {
        guard (1...ContextLimits.pageEntries).contains(limit) else {
            throw MemoryLedgerError(
                .invalidArgument, "A page has 1 to \(ContextLimits.pageEntries) passages, not \(limit).")
        }
        guard anyTags.count + allTags.count <= ContextLimits.tags else {
            throw MemoryLedgerError(.invalidArgument, "At most \(ContextLimits.tags) tags are asked for at once.")
        }
    }

    fileprivate var scope: [[FilterTerm]] {
        var scope: [[FilterTerm]] = [
            [.encode(kind: MessageTexts.archive, value: MessageTexts.archive(archive, namespace))]
        ]
        if !anyTags.isEmpty { scope.append(anyTags.map { .encode(kind: MessageTexts.tag, value: $0) }) }
        scope += allTags.map { [.encode(kind: MessageTexts.tag, value: $0)] }
        return scope
    }

    fileprivate var json: JSONObject {
        [
            "namespace": .string(namespace), "archive": .string(archive),
            "any_tags": .array(anyTags.map { .string($0) }), "all_tags": .array(allTags.map { .string($0) }),
            "from": JSONValue(milliseconds: from), "to": JSONValue(milliseconds: to),
        ]
    }
}

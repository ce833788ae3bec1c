import EventLog
import TextSearch

/// What the old program's second version looks for, by its two ways of asking.
///
///     let search = CompatibleSearch(.words("green tea"), namespaces: ["mem"], limit: 10)
package struct CompatibleSearch: Hashable, Sendable {
    package enum Question: Hashable, Sendable {
        /// Parts between blanks, of which one is enough.
        case words(String)
        /// Parts between commas.
        case keywords(String, all: Bool)
    }

    package var question: Question
    /// Of which memories; nil: all.
    package var namespaces: [String]?
    /// What a session of this namespace finds (`SessionMemories`), instead of `namespaces`.
    package var session: String?
    /// 1 to `MemorySearch.maximumLimit`.
    package var limit: Int
    /// So many of the best are left out.
    package var offset: Int
    /// By weight and score, else as they are stored.
    package var sortsLinks: Bool

    package init(
        _ question: Question, namespaces: [String]? = nil, limit: Int = 10, offset: Int = 0, sortsLinks: Bool = true
    ) {
        (self.question, self.namespaces, self.limit) = (question, namespaces, limit)
        (self.offset, self.sortsLinks) = (offset, sortsLinks)
    }

    /// Nil: there is nothing to look for.
    var query: SearchQuery? {
        switch question {
        case .words(let text): LegacySearchQuery.search(text)
        case .keywords(let text, let all): LegacySearchQuery.fulltext(text, all: all)
        }
    }

    /// What of the question is read.
    var text: String {
        switch question {
        case .words(let text), .keywords(let text, _): LegacySearchQuery.beginning(of: text)
        }
    }
}

/// What a `CompatibleSearch` found.
package struct CompatiblePage: Hashable, Sendable {
    package struct Match: Hashable, Sendable {
        /// Whole, as the second version has it: with the namespace before it.
        package var key: String
        package var summary: String
        package var excerpt: String
        /// From 0 to 1, six decimals, falling from match to match.
        package var relevance: Double
        package var links: [MemoryLink]
    }

    package var matches: [Match] = []
    package var total = 0

    package init() {}

    init(matches: [Match], total: Int) { (self.matches, self.total) = (matches, total) }
}

extension MemoryReading {
    /// Finds memories as the old program's second version does, but that runs of Chinese characters are found by what
    /// is in them, and that relevance falls. Of a long question the beginning is looked for. Counts no access.
    ///
    /// - Parameter allows: a namespace may be looked into: for what a session finds elsewhere, and for the scores by
    ///   which links are sorted.
    /// - Throws: `MemoryLedgerError` with `invalidQuery` if the index would have to read too much for it.
    package func find(
        _ search: CompatibleSearch, where allows: @escaping @Sendable (String) -> Bool = { _ in true }
    ) async throws -> CompatiblePage {
        let only = search.session ?? search.namespaces.flatMap { $0.count == 1 ? $0.first : nil }
        return try await audited(.search, only) {
            try await found(search, where: allows)
        } describe: { page in
            (["query": .string(search.text), "limit": JSONValue(search.limit)], page.matches.map(\.key))
        }
    }

    private func found(
        _ search: CompatibleSearch, where allows: @escaping @Sendable (String) -> Bool
    ) async throws -> CompatiblePage {
        guard let query = search.query else { return CompatiblePage() }
        var asked = MemorySearch(search.text, limit: search.limit)
        asked.showsHidden = true
        // What it answers cannot say that the index is behind.
        asked.waitsForIndex = true
        var searcher = try MemorySearcher(asked, query, in: source)
        searcher.namespaces = search.session.map { [$0] } ?? search.namespaces
        let now = source.now
        if let session = search.session, try await read({ try !MigratedKeys($0, now: now).isEmpty }) {
            searcher.namespaces = nil
            searcher.admission = { tables in
                let found = SessionMemories(of: session, try MigratedKeys(tables, now: now), where: allows)
                return { try found.has($0) }
            }
        }
        let page = try await searcher.page(changed: nil, offset: search.offset) { _, _ in }
        if let problem = page.problem {
            throw EventLogError(.storage, "Not all can be searched yet: \(problem); try again.")
        }
        var matches: [CompatiblePage.Match] = []
        for row in page.rows {
            let memory = row.version.memory
            guard let content = try await shown(row) else { continue }
            var linked = content.content.links
            if search.sortsLinks, linked.count > 1 {
                linked = try await self.linked(content.content, of: content.id, where: allows)
                    .withSortedLinks.content.links
            }
            matches.append(
                CompatiblePage.Match(
                    key: try await wholeKey(of: memory), summary: row.version.summary,
                    excerpt: LegacyExcerpt.text(of: row.version.text, for: query),
                    relevance: BulkRead.rounded(row.relevance / (1 + row.relevance)), links: linked))
        }
        return CompatiblePage(matches: matches, total: page.total)
    }

    /// A migrated memory has its whole key; any other gets it from its namespace.
    private func wholeKey(of memory: MemoryKey) async throws -> String {
        let prefix = memory.namespace + ":"
        if memory.key.utf8.starts(with: prefix.utf8) { return memory.key }
        let migrated = try await migrated([memory.key], besides: "") { $0.hasSameBytes(as: memory.namespace) }
        return migrated[ByteText(memory.key)] == memory ? memory.key : prefix + memory.key
    }
}

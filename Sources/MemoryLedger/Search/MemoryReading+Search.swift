public import EventLog
import TextSearch

extension MemoryReading {
    /// A page of memories whose key, summary, text or keywords have what is looked for, the most relevant first. No
    /// read is counted.
    ///
    /// Left out are what `get` and `list` leave out, and memories that were given another status than active here
    /// (`setMeta`; not by an import), unless the filter names a status. The index is brought up to date first: see
    /// `MemorySearch.waitsForIndex`. A moment is answered from the same index, without building its tables, unless the
    /// filter asks of status, trust, source or times of memories. What had occurred by a time is answered from its
    /// tables and an index of them, which are built for each page.
    ///
    /// - Parameter report: is told how far the index is, if that is waited for.
    /// - Throws: `MemoryLedgerError` with `invalidQuery` or `invalidArgument`; `EventLogError` with `masterKeyMissing`
    ///   or `masterKeyWrong` for a namespace that cannot be read, `busy` or `storage`.
    public func search(
        _ search: MemorySearch, report: @escaping @Sendable (_ done: Position, _ of: Position) -> Void = { _, _ in }
    ) async throws -> MemorySearchPage {
        try await audited(.search, search.filter.namespace) {
            try await found(search, report)
        } describe: { page in
            let named = search.filter.namespace != nil
            return (search.json, page.memories.map { named ? $0.key.key : $0.key.description })
        }
    }

    private func found(
        _ search: MemorySearch, _ report: @escaping @Sendable (Position, Position) -> Void
    ) async throws -> MemorySearchPage {
        let searcher = try MemorySearcher(search, in: source)
        let page = try await searcher.page(changed: positions(of: search.filter.changed), report)
        let describer = MatchDescriber(searcher.query)
        var found: [FoundMemory] = []
        for row in page.rows {
            found.append(describer.describe(row, try await shown(row), at: source.now))
        }
        return MemorySearchPage(
            memories: found, total: page.total, next: page.next?.text, indexedTo: page.indexedTo,
            position: page.position, locked: page.locked, indexProblem: page.problem)
    }

    /// The memory of a version that was found, as it is at the moment that is asked about.
    func shown(_ row: MemorySearcher.Row) async throws -> Memory? {
        if let memory = row.memory { return memory }
        return try await find(row.version.memory)
    }
}

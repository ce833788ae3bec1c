import EventLog
import Projections

/// A page of a namespace's components: sets of memories that links join, whichever way they point. The largest first,
/// then by their first key.
public struct ComponentPage: Hashable, Sendable {
    /// One of them.
    public struct Component: Hashable, Sendable {
        /// How many memories it has.
        public var size: Int
        /// The first of its keys, at most `GraphLimits.componentKeys`.
        public var keys: [String]
    }

    public var namespace: String
    public var components: [Component]
    /// All that are large enough, on this page and on others.
    public var total: Int
    public var next: String?
}

extension MemoryReading {
    /// The components of a namespace, a page at a time. They are found for each page again, in a file without a name.
    ///
    /// - Parameters:
    ///   - filter: which links join; their direction does not matter.
    ///   - leastSize: memories of a component at least.
    ///   - limit: components of a page, of `GraphLimits.pageSize`.
    ///   - cursor: the former page's `next`.
    /// - Throws: `MemoryLedgerError.invalidArgument`; `EventLogError` as `get`, and `storage` if there is no room for
    ///   the file.
    public func components(
        in namespace: String = MemoryKey.defaultNamespace, _ filter: LinkFilter = LinkFilter(), leastSize: Int = 2,
        limit: Int = 20, after cursor: String? = nil
    ) async throws -> ComponentPage {
        try await audited(.graph, namespace) {
            try filter.check()
            try GraphLimits.check(limit, GraphLimits.pageSize, "limit")
            let after = try cursor.map { cursor in
                try GraphCursor.read(cursor) { parts -> (size: Int64, key: String)? in
                    guard parts.count == 2, let size = parts[0].number?.int64, let key = parts[1].string else {
                        return nil
                    }
                    return (size, key)
                }
            }
            return try await linkTables(namespace) { tables in
                try ComponentSearch.run(tables, filter, beside: source.parts.store.database.path) { search in
                    try search.page(leastSize: leastSize, limit: limit, after: after)
                }
            }
        } describe: { page in
            var asked = filter.json
            asked.append("components", true)
            asked.append("least_size", JSONValue(leastSize))
            asked.append("limit", JSONValue(limit))
            return (asked, page.components.flatMap(\.keys))
        }
    }
}

import EventLog
import LedgerStorage

/// A page of a namespace's memories by the number of their links, the most first, then by key.
public struct HubPage: Hashable, Sendable {
    /// A memory with its number of links.
    public struct Hub: Hashable, Sendable {
        public var memory: GraphMemory
        /// Links of memories that are shown: those that point at it, its own that name a key, or both.
        public var links: Int
    }

    public var namespace: String
    public var hubs: [Hub]
    public var next: String?
}

extension MemoryReading {
    /// The memories of a namespace that have the most links, a page at a time. All of the namespace's links are counted
    /// for each page, by an index.
    ///
    /// - Parameters:
    ///   - filter: which links count.
    ///   - limit: memories of a page, of `GraphLimits.pageSize`.
    ///   - cursor: the former page's `next`.
    /// - Throws: `MemoryLedgerError.invalidArgument`; `EventLogError` as `get`.
    public func hubs(
        in namespace: String = MemoryKey.defaultNamespace, _ filter: LinkFilter = LinkFilter(direction: .incoming),
        limit: Int = 20, after cursor: String? = nil
    ) async throws -> HubPage {
        try await audited(.graph, namespace) {
            try filter.check()
            try GraphLimits.check(limit, GraphLimits.pageSize, "limit")
            let after = try cursor.map { cursor in
                try GraphCursor.read(cursor) { parts -> (links: Int64, key: String)? in
                    guard parts.count == 2, let links = parts[0].number?.int64, let key = parts[1].string else {
                        return nil
                    }
                    return (links, key)
                }
            }
            return try await linkTables(namespace) { try $0.hubs(filter, limit: limit, after: after) }
        } describe: { page in
            var asked = filter.json
            asked.append("hubs", true)
            asked.append("limit", JSONValue(limit))
            return (asked, page.hubs.map(\.memory.key))
        }
    }
}

extension LinkTables {
    fileprivate func hubs(
        _ filter: LinkFilter, limit: Int, after: (links: Int64, key: String)?
    ) throws -> HubPage {
        let row = try statement(
            """
            SELECT m.id, c.links, m.key FROM (\(counts(filter))) c \
            JOIN memories m ON m.namespace = ?2 AND m.key = c.key WHERE \(isShown("m"))\
            \(after == nil ? "" : " AND (c.links < ?5 OR c.links = ?5 AND m.key > ?6)") \
            ORDER BY c.links DESC, m.key LIMIT ?7
            """, filter)
        if let after {
            row.bind(5, after.links)
            row.bind(6, after.key)
        }
        row.bind(7, limit + 1)
        defer { row.reset() }
        var found: [(id: Position, links: Int, key: String)] = []
        while try row.step() { found.append((row.int64(0), row.int(1), row.text(2))) }
        let shown = found.prefix(limit)
        let last = found.count > limit ? shown.last : nil
        return HubPage(
            namespace: namespace, hubs: try shown.map { HubPage.Hub(memory: try graphMemory($0.id), links: $0.links) },
            next: last.map { GraphCursor.text(JSONValue($0.links), .string($0.key)) })
    }

    /// Keys with the number of their links.
    private func counts(_ filter: LinkFilter) -> String {
        let incoming = """
            SELECT l.to_key AS key, count(*) AS links FROM memory_links l WHERE l.namespace = ?2 \
            AND l.to_key IS NOT NULL\(Self.passes(filter, "l")) AND \(isSourceShown("l")) GROUP BY l.to_key
            """
        let outgoing = """
            SELECT l.from_key AS key, count(*) AS links FROM memory_links l WHERE l.namespace = ?2 \
            AND l.to_key IS NOT NULL\(Self.passes(filter, "l")) GROUP BY l.from_key
            """
        return switch filter.direction {
        case .incoming: incoming
        case .outgoing: outgoing
        case .both: "SELECT key, sum(links) AS links FROM (\(incoming) UNION ALL \(outgoing)) GROUP BY key"
        }
    }
}

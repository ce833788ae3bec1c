import EventLog
import LedgerStorage

/// A memory in an answer about the links of a whole namespace.
public struct GraphMemory: Hashable, Sendable {
    public var key: String
    public var type: String
    /// Cut after `GraphLimits.characters`, as the type is.
    public var summary: String
}

/// A page of memories that no other one links to, by key.
public struct OrphanPage: Hashable, Sendable {
    public var namespace: String
    public var memories: [GraphMemory]
    /// A page may have few memories, or none, and others behind it: it ends after
    /// `GraphLimits.orphanMemories` that were looked at.
    public var next: String?
}

extension MemoryReading {
    /// The memories of a namespace that no other memory links to, a page at a time.
    ///
    /// - Parameters:
    ///   - isolated: only those that link to none either.
    ///   - limit: memories of a page, of `GraphLimits.pageSize`.
    ///   - cursor: the former page's `next`.
    /// - Throws: `MemoryLedgerError.invalidArgument`; `EventLogError` as `get`.
    public func orphans(
        in namespace: String = MemoryKey.defaultNamespace, isolated: Bool = false, limit: Int = 100,
        after cursor: String? = nil
    ) async throws -> OrphanPage {
        try await audited(.graph, namespace) {
            try GraphLimits.check(limit, GraphLimits.pageSize, "limit")
            let after = try cursor.map { try GraphCursor.read($0) { $0.count == 1 ? $0[0].string : nil } }
            return try await linkTables(namespace) { try $0.orphans(isolated: isolated, limit: limit, after: after) }
        } describe: { page in
            (["orphans": true, "isolated": .bool(isolated), "limit": JSONValue(limit)], page.memories.map(\.key))
        }
    }
}

extension LinkTables {
    fileprivate func orphans(isolated: Bool, limit: Int, after: String?) throws -> OrphanPage {
        let last = try lastKey(after: after ?? "")
        let row = try statement(
            """
            SELECT m.id, m.key FROM memories m WHERE m.namespace = ?2 AND m.key > ?5\
            \(last == nil ? "" : " AND m.key <= ?6") AND \(isShown("m")) \
            AND NOT EXISTS (SELECT 1 FROM memory_links l WHERE l.namespace = ?2 AND l.to_key = m.key \
            AND l.id >> 20 <> m.id AND \(isSourceShown("l")))\(isolated ? hasNoTarget : "") ORDER BY m.key LIMIT ?7
            """)
        row.bind(5, after ?? "")
        if let last { row.bind(6, last) }
        row.bind(7, limit + 1)
        defer { row.reset() }
        var found: [(id: Position, key: String)] = []
        while try row.step() { found.append((row.int64(0), row.text(1))) }
        let shown = found.prefix(limit)
        let end = found.count > limit ? shown.last?.key : last
        return OrphanPage(
            namespace: namespace, memories: try shown.map { try graphMemory($0.id) },
            next: end.map { GraphCursor.text(.string($0)) })
    }

    /// `m` links to no other memory, with `AND` in front.
    private var hasNoTarget: String {
        """
         AND NOT EXISTS (SELECT 1 FROM memory_links l CROSS JOIN memories t \
        ON t.namespace = l.namespace AND t.key = l.to_key \
        WHERE l.id BETWEEN m.id << 20 AND (m.id << 20) + 1048575 AND t.id <> m.id AND \(isShown("t")))
        """
    }

    /// Up to which key a page looks; nil: to the end.
    private func lastKey(after: String) throws -> String? {
        let row = try statement(
            "SELECT m.key FROM memories m WHERE m.namespace = ?2 AND m.key > ?5 ORDER BY m.key LIMIT 1 OFFSET ?6")
        row.bind(5, after)
        row.bind(6, GraphLimits.orphanMemories - 1)
        defer { row.reset() }
        return try row.step() ? row.text(0) : nil
    }

    func graphMemory(_ id: Position) throws -> GraphMemory {
        let outline = try outline(id)
        return GraphMemory(key: outline.key, type: outline.type, summary: outline.summary)
    }
}

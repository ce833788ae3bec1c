public import EventLog

/// A change of some of a memory's fields: what is nil stays as it is, lists are replaced whole.
///
///     let version = try await ledger.update(tea, MemoryChange(summary: "Likes black tea"))
///     try await ledger.update(tea, MemoryChange(domain: "drinks"), expecting: version)
public struct MemoryChange: Hashable, Sendable {
    public var domain: String?
    public var summary: String?
    public var text: String?
    public var type: String?
    public var keywords: [String]?
    public var links: [MemoryLink]?

    public init(
        domain: String? = nil, summary: String? = nil, text: String? = nil, type: String? = nil,
        keywords: [String]? = nil, links: [MemoryLink]? = nil
    ) {
        self.domain = domain
        self.summary = summary
        self.text = text
        self.type = type
        self.keywords = keywords
        self.links = links
    }

    public var isEmpty: Bool { self == MemoryChange() }

    /// The content with the change made.
    public func applied(to content: MemoryContent) -> MemoryContent {
        var content = content
        if let domain { content.domain = domain }
        if let summary { content.summary = summary }
        if let text { content.text = text }
        if let type { content.type = type }
        if let keywords { content.keywords = keywords }
        if let links { content.links = links }
        return content
    }
}

/// The statistics that can be set by hand; the degrees are counted from the links.
public struct MemoryMetaValues: Hashable, Sendable {
    public var createdAt: Timestamp
    public var lastAccessedAt: Timestamp
    public var lastLinkedAt: Timestamp
    public var accessCount: Int
    public var traverseCount: Int
    public var status: MemoryStatus

    public init(
        createdAt: Timestamp, lastAccessedAt: Timestamp, lastLinkedAt: Timestamp, accessCount: Int,
        traverseCount: Int, status: MemoryStatus
    ) {
        self.createdAt = createdAt
        self.lastAccessedAt = lastAccessedAt
        self.lastLinkedAt = lastLinkedAt
        self.accessCount = accessCount
        self.traverseCount = traverseCount
        self.status = status
    }

    /// The settable part of a memory's statistics.
    public init(_ meta: MemoryMeta) {
        self.init(
            createdAt: meta.createdAt, lastAccessedAt: meta.lastAccessedAt, lastLinkedAt: meta.lastLinkedAt,
            accessCount: meta.accessCount, traverseCount: meta.traverseCount, status: meta.status)
    }
}

public import EventLog

/// The statistics of a memory, derived from its events.
public struct MemoryMeta: Hashable, Sendable {
    /// The key of the memory that this belongs to.
    public var id: String
    public var createdAt: Timestamp
    public var lastAccessedAt: Timestamp
    /// When somebody last followed a link from here.
    public var lastLinkedAt: Timestamp
    /// Links of other memories that point here.
    public var inDegree: Int
    /// Links from here that name a key.
    public var outDegree: Int
    public var accessCount: Int
    public var traverseCount: Int
    public var status: MemoryStatus

    /// A memory that was made just now.
    public init(id: String, at moment: Timestamp) {
        self.init(id: id, createdAt: moment, lastAccessedAt: moment, lastLinkedAt: moment)
    }

    public init(
        id: String, createdAt: Timestamp, lastAccessedAt: Timestamp, lastLinkedAt: Timestamp, inDegree: Int = 0,
        outDegree: Int = 0, accessCount: Int = 0, traverseCount: Int = 0, status: MemoryStatus = .active
    ) {
        self.id = id
        self.createdAt = createdAt
        self.lastAccessedAt = lastAccessedAt
        self.lastLinkedAt = lastLinkedAt
        self.inDegree = inDegree
        self.outDegree = outDegree
        self.accessCount = accessCount
        self.traverseCount = traverseCount
        self.status = status
    }
}

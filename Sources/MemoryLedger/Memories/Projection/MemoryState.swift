import EventLog

/// A memory's row, kept while events may still change it: the statistics always, the content while there is room.
final class MemoryState {
    let id: Int64
    var createdAt: Int64
    var lastAccessedAt: Int64
    var lastLinkedAt: Int64
    var inDegree = 0
    var outDegree = 0
    var accessCount = 0
    var traverseCount = 0
    var status = MemoryStatus.active
    var expiresAt: Int64?
    /// The ordinal of the next row of `memory_links`.
    var nextLink = 0
    var version: StreamVersion
    var contentVersion: StreamVersion
    /// The row of `import_rows` that the content is from.
    var sourceRow: Int64?
    /// Nil: nothing was said.
    var provenance: StoredProvenance?
    /// The actor that was noted last as one that the content comes from; 0: none was yet, or it is not remembered.
    var lastActorID: Int64 = 0
    /// The content where it is not in the row yet; nil: it is there.
    var content: PackedContent?
    /// Its text is another one than the event gave it that made it; nil: it is not remembered.
    var hasChangedText: Bool?
    /// The memory has a row.
    var isInserted = false
    /// The creation time that the row has.
    var storedCreatedAt: Int64 = 0
    /// The row is inserted, and these values are not all in it.
    var isDirty = false

    init(id: Int64, at time: Int64, version: StreamVersion) {
        self.id = id
        createdAt = time
        lastAccessedAt = time
        lastLinkedAt = time
        self.version = version
        contentVersion = version
    }

    func set(_ values: MemoryMetaValues) {
        createdAt = values.createdAt.milliseconds
        lastAccessedAt = values.lastAccessedAt.milliseconds
        lastLinkedAt = values.lastLinkedAt.milliseconds
        accessCount = values.accessCount
        traverseCount = values.traverseCount
        status = values.status
        sourceRow = nil
    }

    /// The settable part of the statistics.
    var statistics: MemoryMetaValues {
        MemoryMetaValues(
            createdAt: Timestamp(milliseconds: createdAt), lastAccessedAt: Timestamp(milliseconds: lastAccessedAt),
            lastLinkedAt: Timestamp(milliseconds: lastLinkedAt), accessCount: accessCount,
            traverseCount: traverseCount, status: status)
    }

    /// Ids of the memory's rows in `memory_links`.
    var linkIDs: ClosedRange<Int64> { (id << Self.linkBits)...((id << Self.linkBits) + Self.maximumLinkOrdinal) }
    func linkID(_ ordinal: Int) -> Int64 { id << Self.linkBits + Int64(ordinal) }

    static let linkBits: Int64 = 20
    static let maximumLinkOrdinal: Int64 = 1 << linkBits - 1
}

/// A key: the memory that it holds, or the number of links that point at it in vain.
final class KeySlot {
    let memory: MemoryKey
    let namespace: NamespaceState
    var state: MemoryState?
    /// Links to the key while it holds no memory, and what `link_targets` says of that (0: no row).
    var dangling = 0
    var storedDangling = 0
    /// It is in the writer's list of slots to write.
    var isTouched = false
    /// The key begins with its namespace's prefix: links to it count for another one while it holds no memory.
    let hasPrefix: Bool
    /// While everything is known: rows of `memory_links` that point here, and some that have ended since.
    var incoming: [Int64] = []

    init(memory: MemoryKey, namespace: NamespaceState) {
        self.memory = memory
        self.namespace = namespace
        hasPrefix = memory.hasPrefix
    }
}

/// The counts of a namespace.
final class NamespaceState {
    let name: String
    var memories: Int
    var links: Int
    var linksWithoutTarget: Int
    /// Events since the last flush.
    var events: [EventType: Int] = [:]
    var isTouched = false
    /// A key with a prefix holds or held a memory; nil: not looked up yet.
    var hasPrefixedLives: Bool?

    init(name: String, memories: Int = 0, links: Int = 0, linksWithoutTarget: Int = 0) {
        self.name = name
        self.memories = memories
        self.links = links
        self.linksWithoutTarget = linksWithoutTarget
    }
}

/// A memory as a reader sees it.
public struct Memory: Hashable, Sendable, Identifiable {
    public var id: MemoryKey
    public var content: MemoryContent
    public var meta: MemoryMeta

    public init(id: MemoryKey, content: MemoryContent, meta: MemoryMeta) {
        self.id = id
        self.content = content
        self.meta = meta
    }

    public var namespace: String { id.namespace }
    public var key: String { id.key }
}

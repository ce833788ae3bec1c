public import EventLog

/// A memory as a reader sees it.
///
///     if let memory = try await ledger.get(tea) {
///         print(memory.content.summary, memory.meta.accessCount, memory.version)
///     }
public struct Memory: Hashable, Sendable, Identifiable {
    public var id: MemoryKey
    public var content: MemoryContent
    public var meta: MemoryMeta
    /// Changes with every change of the memory, not with counted reads; for `expecting:`.
    public var version: StreamVersion
    /// Where it comes from, as far as its writer has said; nil: nothing was said.
    public var provenance: Provenance?

    public init(
        id: MemoryKey, content: MemoryContent, meta: MemoryMeta, version: StreamVersion = 0,
        provenance: Provenance? = nil
    ) {
        self.provenance = provenance
        self.id = id
        self.content = content
        self.meta = meta
        self.version = version
    }

    public var namespace: String { id.namespace }
    public var key: String { id.key }
}

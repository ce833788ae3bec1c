import EventLog

extension MemoryReading {
    /// How a memory would differ from what is shown of it here after events of its stream.
    ///
    /// - Parameter isThere: false: the key holds none, whatever it holds here.
    /// - Returns: nil if it would not.
    /// - Throws: what reading it throws.
    package func difference(
        of memory: MemoryKey, isThere: Bool = true, after events: [MemoryEvent]
    ) async throws -> MemoryDifference? {
        let before = isThere ? try await get(memory) : nil
        var after = before
        var isReplaced = false
        for event in events {
            switch event {
            case .added(let content, let provenance), .replaced(let content, let provenance):
                isReplaced = before != nil
                after = Memory.drafted(memory, content, provenance)
            case .restored(let restoration):
                after = Memory.drafted(memory, restoration.content, restoration.provenance)
            case .updated(let change, let provenance):
                guard var changed = after else { continue }
                changed.content = change.applied(to: changed.content)
                if let provenance { changed.provenance = provenance.changing(changed.provenance) }
                after = changed
            case .linked(let link): _ = after?.content.links.connect(link)
            case .unlinked(let key, let type, let term):
                after?.content.links.disconnect(from: key, type: type, term: term)
            case .renamed(let key): after?.id = MemoryKey(namespace: memory.namespace, key: key)
            case .deleted: after = nil
            case .metaSet, .nameTaken, .accessed, .traversed, .legacyRowImported, .legacyImportStarted: break
            }
        }
        var difference = MemoryDifference(from: before, to: after, isReplaced: isReplaced)
        // Only a memory that is there has a status, and a time when it was made.
        if before == nil { difference?.delta.fields.removeAll { ["status", "created_at"].contains($0.field) } }
        return difference
    }
}

extension MemoryEvent {
    /// What its writer says of where the memory comes from.
    package var said: Provenance? { contribution.said }
}

extension Memory {
    /// One that there is not yet.
    fileprivate static func drafted(
        _ id: MemoryKey, _ content: MemoryContent, _ provenance: Provenance?
    ) -> Memory {
        let never = Timestamp(milliseconds: 0)
        return Memory(
            id: id, content: content,
            meta: MemoryMeta(id: id.key, createdAt: never, lastAccessedAt: never, lastLinkedAt: never), version: 0,
            provenance: provenance)
    }
}

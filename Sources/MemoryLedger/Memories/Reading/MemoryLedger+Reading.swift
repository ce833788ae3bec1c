public import EventLog

extension MemoryLedger: MemoryReading {
    public var source: MemorySource { MemorySource(parts) }

    /// Reads a memory and counts an access to it.
    ///
    /// - Throws: `EventLogError` with `readOnly` where the ledger cannot count, use `get` there; or `actorRequired`. A
    ///   read that throws is not counted.
    public func access(_ memory: MemoryKey, by attribution: Attribution = Attribution()) async throws -> Memory? {
        let memory = try await resolve(memory)
        guard var found = try await find(memory, countedBy: attribution) else { return nil }
        let time = try await reads.count(memory, .accessed, by: attribution)
        found.meta.accessCount += 1
        found.meta.lastAccessedAt = time
        return found
    }

    /// Reads a memory and counts that somebody went through it on the way to another.
    ///
    /// - Throws: as `access`.
    public func traverse(_ memory: MemoryKey, by attribution: Attribution = Attribution()) async throws -> Memory? {
        let memory = try await resolve(memory)
        guard var found = try await find(memory, countedBy: attribution) else { return nil }
        let time = try await reads.count(memory, .traversed, by: attribution)
        found.meta.traverseCount += 1
        found.meta.lastLinkedAt = time
        return found
    }
}

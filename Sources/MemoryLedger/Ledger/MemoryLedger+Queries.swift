public import EventLog

extension MemoryLedger {
    /// A memory, without counting the read; nil where the key holds none.
    public func get(_ memory: MemoryKey) async throws -> Memory? {
        try await reads.consistently {
            try log.file.read { try MemoryRows.find(memory, now: options.clock.now(), $0) }
        } add: { found, counts in
            guard var known = found, let added = counts(known.id) else { return }
            added.apply(to: &known.meta)
            found = known
        }
    }

    /// Reads a memory and counts an access to it.
    ///
    /// - Throws: `EventLogError` with `readOnly` where the ledger cannot count; use `get` there. A read that throws
    ///   is not counted.
    public func access(_ memory: MemoryKey, by context: EventContext = EventContext()) async throws -> Memory? {
        guard var found = try await get(memory) else { return nil }
        let time = try await reads.count(memory, .accessed, by: context)
        found.meta.accessCount += 1
        found.meta.lastAccessedAt = time
        return found
    }

    /// Reads a memory and counts that somebody went through it on the way to another.
    ///
    /// - Throws: as `access`.
    public func traverse(_ memory: MemoryKey, by context: EventContext = EventContext()) async throws -> Memory? {
        guard var found = try await get(memory) else { return nil }
        let time = try await reads.count(memory, .traversed, by: context)
        found.meta.traverseCount += 1
        found.meta.lastLinkedAt = time
        return found
    }

    /// The summary of each of the keys that holds a memory. Not a counted read.
    package func summaries(of keys: [String], namespace: String) async throws -> [ByteText: String] {
        guard !keys.isEmpty else { return [:] }
        return try log.file.read {
            try MemoryRows.summaries(of: keys, namespace: namespace, now: options.clock.now(), $0)
        }
    }

    /// A page of memories in the order of namespace and key, byte by byte.
    ///
    /// - Throws: `MemoryLedgerError.invalidArgument` for a limit out of bounds or a cursor that is none.
    public func list(_ query: MemoryQuery = MemoryQuery()) async throws -> MemoryPage {
        let after = try query.after.map { try MemoryQuery.decode(cursor: $0) }
        guard (1...MemoryQuery.maximumLimit).contains(query.limit) else {
            throw MemoryLedgerError(
                .invalidArgument, "A page holds 1 to \(MemoryQuery.maximumLimit) memories, not \(query.limit).")
        }
        let page = try await reads.consistently {
            try log.file.read { try query.rows(after: after, now: options.clock.now(), $0) }
        } add: { page, counts in
            for index in page.memories.indices {
                counts(page.memories[index].id)?.apply(to: &page.memories[index].meta)
            }
        }
        let last = page.hasMore ? page.memories.last : nil
        return MemoryPage(memories: page.memories, next: last.map { MemoryQuery.cursor(after: $0.id) })
    }

    /// The names of the namespaces that hold or held a memory, in order.
    public func namespaces() async throws -> [String] {
        try await statistics().namespaces.map(\.namespace)
    }
}

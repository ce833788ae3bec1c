public import EventLog
package import LedgerStorage

extension MemoryLedger {
    // MARK: Adding

    /// Adds a memory under a key that holds none. Every command takes keys as `resolve` understands them, so a new
    /// memory has no prefix.
    ///
    /// - Parameter provenance: where it comes from. From a source that is quarantined it is taken and not shown.
    /// - Returns: the memory's version, for `expecting:`.
    /// - Throws: `MemoryLedgerError.alreadyExists`, also where the key's memory is quarantined; `MemoryLimitError`,
    ///   `EventLogError`.
    @discardableResult
    public func add(
        _ memory: MemoryKey, _ content: MemoryContent, from provenance: Provenance? = nil,
        by attribution: Attribution = Attribution()
    ) async throws -> StreamVersion {
        try check(memory, content)
        let provenance = try checked(provenance)
        return try await commands.commit(by: attribution, settling: [memory]) { decision in
            try Self.decideAdd(memory, content, provenance, &decision)
        }.last ?? 0
    }

    /// Adds many memories, all or none.
    ///
    /// - Throws: as `add`; `EventLogError.limitExceeded` where there are more than `EventLogLimits.appendEvents`.
    public func addAll(
        _ memories: [(MemoryKey, MemoryContent)], from provenance: Provenance? = nil,
        by attribution: Attribution = Attribution()
    ) async throws {
        let provenance = try checked(provenance)
        for (memory, content) in memories { try check(memory, content) }
        guard !memories.isEmpty else { return }
        // Most keys are new: the log tells which are not, and only then is each looked at.
        var isFirst = true
        try await commands.commit(by: attribution, settling: memories.map(\.0)) { decision in
            let provenance = try decision.resolve(provenance)
            var keys = Set<MemoryKey>(minimumCapacity: memories.count)
            for (memory, content) in memories {
                let memory = try decision.resolve(memory)
                guard keys.insert(memory).inserted else {
                    throw MemoryLedgerError(
                        .invalidArgument, "The key \(memory.key) occurs twice in one batch; give each memory its own.",
                        memory: memory)
                }
                if isFirst {
                    try decision.append([.added(content, from: provenance)], to: memory, .mustNotExist)
                } else {
                    try Self.decideAdd(memory, content, provenance, &decision)
                }
            }
            isFirst = false
        }
    }

    private static func decideAdd(
        _ memory: MemoryKey, _ content: MemoryContent, _ provenance: Provenance?, _ decision: inout Decision
    ) throws {
        let memory = try decision.resolve(memory)
        guard try decision.head(memory) == nil else { throw MemoryLedgerError.alreadyExists(memory) }
        try decision.append([.added(content, from: try decision.resolve(provenance))], to: memory)
    }

    /// Writes a memory whether or not the key holds one; statistics begin again.
    ///
    /// - Returns: the memory's version.
    /// - Throws: `MemoryLedgerError.quarantined` where the key holds what a quarantine holds back: it could not be
    ///   released any more.
    @discardableResult
    public func put(
        _ memory: MemoryKey, _ content: MemoryContent, from provenance: Provenance? = nil,
        by attribution: Attribution = Attribution()
    ) async throws -> StreamVersion {
        try check(memory, content)
        let provenance = try checked(provenance)
        return try await commands.commit(by: attribution, settling: [memory]) { decision in
            let (memory, provenance) = (try decision.resolve(memory), try decision.resolve(provenance))
            let head = try decision.head(memory)
            if head?.isQuarantined == true { throw MemoryLedgerError.quarantined(memory) }
            let event: MemoryEvent =
                head == nil ? .added(content, from: provenance) : .replaced(content, from: provenance)
            try decision.append([event], to: memory)
        }.last ?? 0
    }

    // MARK: Changing

    /// Changes some fields of a memory.
    ///
    /// - Parameters:
    ///   - expecting: the version that the memory must have; nil for any.
    ///   - provenance: where the change comes from: a source takes the place of the former one with its trust, keys
    ///     are added to the former ones.
    /// - Returns: the memory's new version.
    /// - Throws: `MemoryLedgerError` with `notFound`, `quarantined`, `conflict` or `invalidArgument` (nothing to
    ///   change).
    @discardableResult
    public func update(
        _ memory: MemoryKey, _ change: MemoryChange, expecting: StreamVersion? = nil,
        from provenance: Provenance? = nil, by attribution: Attribution = Attribution()
    ) async throws -> StreamVersion {
        let provenance = try checked(provenance)
        guard !change.isEmpty else {
            throw MemoryLedgerError(
                .invalidArgument, "The update changes nothing; give a field to change.", memory: memory)
        }
        try check(memory, change.applied(to: MemoryContent()))
        return try await commands.commit(by: attribution, settling: [memory]) { decision in
            let memory = try decision.resolve(memory)
            try decision.existing(memory, expecting: expecting)
            try decision.append([.updated(change, from: try decision.resolve(provenance))], to: memory)
        }.last ?? 0
    }

    /// Changes some fields of a memory and sets its statistics, both or neither.
    func update(
        _ memory: MemoryKey, _ change: MemoryChange, _ values: MemoryMetaValues, by attribution: Attribution
    ) async throws {
        try check(memory, change.applied(to: MemoryContent()))
        try check(memory, values)
        try await commands.commit(by: attribution, settling: [memory]) { decision in
            let memory = try decision.resolve(memory)
            try decision.existing(memory, expecting: nil)
            try decision.append((change.isEmpty ? [] : [.updated(change)]) + [.metaSet(values)], to: memory)
        }
    }

    /// Moves a memory to a key that holds none. Its history and the links that point at it follow.
    ///
    /// - Returns: the version under the new key.
    /// - Throws: `MemoryLedgerError` with `notFound`, `sameKey`, `alreadyExists` or `conflict`.
    @discardableResult
    public func rename(
        _ memory: MemoryKey, to newKey: String, expecting: StreamVersion? = nil,
        by attribution: Attribution = Attribution()
    ) async throws -> StreamVersion {
        let new = MemoryKey(namespace: memory.namespace, key: newKey)
        try options.limits.check(memory.withoutPrefixes)
        try options.limits.check(new.withoutPrefixes)
        return try await commands.commit(by: attribution, settling: [memory, new]) { decision in
            let (memory, target) = (try decision.resolve(memory), try decision.resolve(new))
            guard target != memory else {
                throw MemoryLedgerError(
                    .sameKey, "The old and the new key are the same; give another key.", memory: memory)
            }
            try decision.existing(memory, expecting: expecting)
            guard try decision.head(target) == nil else { throw MemoryLedgerError.alreadyExists(target) }
            try decision.append([.renamed(newKey: target.key)], to: memory)
            try decision.append([.nameTaken(oldKey: memory.key)], to: target)
        }.last ?? 0
    }

    /// Deletes a memory, one that is quarantined too. Its history stays in the log; links that point at it stay,
    /// without a target.
    public func delete(
        _ memory: MemoryKey, expecting: StreamVersion? = nil, by attribution: Attribution = Attribution()
    ) async throws {
        try options.limits.check(memory.withoutPrefixes)
        try await commands.commit(by: attribution, settling: [memory]) { decision in
            let memory = try decision.resolve(memory)
            try decision.existing(memory, expecting: expecting, orQuarantined: true)
            try decision.append([.deleted], to: memory)
        }
    }

    /// Sets a memory's statistics; the degrees stay what the links make them.
    @discardableResult
    public func setMeta(
        _ memory: MemoryKey, _ values: MemoryMetaValues, expecting: StreamVersion? = nil,
        by attribution: Attribution = Attribution()
    ) async throws -> StreamVersion {
        try check(memory, values)
        return try await commands.commit(by: attribution, settling: [memory]) { decision in
            let memory = try decision.resolve(memory)
            try decision.existing(memory, expecting: expecting)
            try decision.append([.metaSet(values)], to: memory)
        }.last ?? 0
    }

    // MARK: Links

    /// Adds a link; where the memory has one of the same type to the same key, sets its term and weight.
    ///
    /// - Throws: `MemoryLedgerError` with `notFound` or `conflict`; `MemoryLimitError` at the most links of a memory.
    @discardableResult
    public func link(
        _ memory: MemoryKey, _ link: MemoryLink, expecting: StreamVersion? = nil,
        by attribution: Attribution = Attribution()
    ) async throws -> StreamVersion {
        try check(memory, MemoryContent(links: [link]))
        return try await commands.commit(by: attribution, settling: [memory]) { decision in
            let memory = try decision.resolve(memory)
            var content = try decision.content(of: memory, expecting: expecting)
            var link = link
            if content.links.place(ofOneLike: link) == nil {
                if let known = try Self.keyOfLink(like: link, in: content.links, of: memory, &decision) {
                    link.key = known
                } else {
                    content.links.append(link)
                    try options.limits.check(content)
                }
            }
            try decision.append([.linked(link)], to: memory)
        }.last ?? 0
    }

    /// Takes away the links to a key: all of them, or those of a type and a term.
    ///
    /// - Throws: `MemoryLedgerError` with `notFound`, `linkNotFound` or `conflict`.
    @discardableResult
    public func unlink(
        _ memory: MemoryKey, from key: String, type: String? = nil, term: String? = nil,
        expecting: StreamVersion? = nil, by attribution: Attribution = Attribution()
    ) async throws -> StreamVersion {
        try options.limits.check(memory.withoutPrefixes)
        return try await commands.commit(by: attribution, settling: [memory]) { decision in
            let memory = try decision.resolve(memory)
            let links = try decision.content(of: memory, expecting: expecting).links
            let target = try decision.target(key, in: memory.namespace)
            // What the links of that target call it.
            var keys: [String] = []
            for link in links {
                guard let own = link.key, link.matches(key: own, type: type, term: term),
                    try decision.target(own, in: memory.namespace) == target,
                    !keys.contains(where: { $0.hasSameBytes(as: own) })
                else { continue }
                keys.append(own)
            }
            guard !keys.isEmpty else {
                throw MemoryLedgerError(
                    .linkNotFound, "Memory \(memory.key) has no such link to \(key); `get` shows its links.",
                    memory: memory)
            }
            try decision.append(keys.map { .unlinked(key: $0, type: type, term: term) }, to: memory)
        }.last ?? 0
    }

    /// What a link of the same type to the same memory calls it, where the memory has one; nil otherwise.
    private static func keyOfLink(
        like link: MemoryLink, in links: [MemoryLink], of memory: MemoryKey, _ decision: inout Decision
    ) throws -> String? {
        guard let key = link.key else { return nil }
        let target = try decision.target(key, in: memory.namespace)
        for known in links where known.type.hasSameBytes(as: link.type) {
            if let own = known.key, try decision.target(own, in: memory.namespace) == target { return own }
        }
        return nil
    }

    /// What is said; nil where nothing is.
    private func checked(_ provenance: Provenance?) throws -> Provenance? {
        guard let provenance, !provenance.isEmpty else { return nil }
        try provenance.check(options.limits)
        return provenance
    }

    private func check(_ memory: MemoryKey, _ values: MemoryMetaValues) throws {
        try options.limits.check(memory.withoutPrefixes)
        guard values.accessCount >= 0, values.traverseCount >= 0 else {
            throw MemoryLedgerError(.invalidArgument, "Counts are 0 or more.", memory: memory)
        }
    }

    private func check(_ memory: MemoryKey, _ content: MemoryContent) throws {
        try options.limits.check(memory.withoutPrefixes)
        try options.limits.check(content)
        for link in content.links where !link.weight.isFinite {
            throw MemoryLedgerError(
                .invalidArgument, "A link's weight is a number, by convention from 0 to 1, not \(link.weight).",
                memory: memory)
        }
    }

    /// The content's version of the memory that a key holds: counted reads leave it as it is; 0: it holds none.
    package func contentVersion(of memory: MemoryKey, in tables: SQLiteConnection) throws -> StreamVersion {
        let head = try MemoryRows.head(memory, now: options.clock.now(), tables)
        return head.flatMap { $0.hasExpired ? nil : $0.contentVersion } ?? 0
    }
}

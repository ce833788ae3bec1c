import EventLog

extension MemoryReading {
    /// The key that a key means: itself where it holds a memory, quarantined or not, else the one without the prefix
    /// `<namespace>:`. Every method that takes a key does this by itself.
    ///
    ///     let key = try await ledger.resolve(MemoryKey(key: "mem:tea")).key  // "tea", unless there is "mem:tea"
    ///
    /// - Throws: as `get`.
    public func resolve(_ memory: MemoryKey) async throws -> MemoryKey {
        guard memory.hasPrefix else { return memory }
        return try await memory.resolved { try await holdsMemory($0) }
    }

    private func holdsMemory(_ memory: MemoryKey) async throws -> Bool {
        if source.reader != nil { return try await includingQuarantined.find(memory) != nil }
        return try await read { try MemoryRows.holds(memory, now: source.now, $0) }
    }

    /// The same where the past counts: of keys that hold nothing by now, the first one under which something happened.
    func resolveInHistory(_ memory: MemoryKey) async throws -> MemoryKey {
        guard memory.hasPrefix else { return memory }
        let found = try await resolve(memory)
        if try await holdsMemory(found) { return found }
        return try await resolveStream(memory)
    }

    /// The first of the keys that a key may mean under which something happened up to the moment, whatever became of
    /// it.
    func resolveStream(_ memory: MemoryKey) async throws -> MemoryKey {
        guard memory.hasPrefix else { return memory }
        let (log, moment) = (source.parts.log, source.moment)
        return try await memory.resolved { key in
            let stream = MemoryStream.name(key)
            guard let moment else { return try await log.version(of: stream) > 0 }
            return try await log.version(of: stream, at: moment.position) > 0
        }
    }
}

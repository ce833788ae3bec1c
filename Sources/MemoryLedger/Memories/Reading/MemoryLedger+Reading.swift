public import EventLog
import LedgerStorage

extension MemoryLedger: MemoryReading {
    public var source: MemorySource { MemorySource(LiveTables(ledger: self)) }

    /// Reads a memory and counts an access to it.
    ///
    /// - Throws: `EventLogError` with `readOnly` where the ledger cannot count, use `get` there; or `actorRequired`. A
    ///   read that throws is not counted.
    public func access(_ memory: MemoryKey, by attribution: Attribution = Attribution()) async throws -> Memory? {
        try checkActor(attribution)
        let memory = try await resolve(memory)
        guard var found = try await find(memory) else { return nil }
        let time = try await reads.count(memory, .accessed, by: attribution)
        found.meta.accessCount += 1
        found.meta.lastAccessedAt = time
        return found
    }

    /// Reads a memory and counts that somebody went through it on the way to another.
    ///
    /// - Throws: as `access`.
    public func traverse(_ memory: MemoryKey, by attribution: Attribution = Attribution()) async throws -> Memory? {
        try checkActor(attribution)
        let memory = try await resolve(memory)
        guard var found = try await find(memory) else { return nil }
        let time = try await reads.count(memory, .traversed, by: attribution)
        found.meta.traverseCount += 1
        found.meta.lastLinkedAt = time
        return found
    }
}

/// The serving tables.
private struct LiveTables: QuerySource {
    let ledger: MemoryLedger

    func tables() async throws -> any TableReading { ledger.tables }
    func memory(_ memory: MemoryKey, showsQuarantined: Bool) async throws -> Memory?? { nil }
    func id(of memory: MemoryKey) async throws -> Position?? { nil }
    var now: Timestamp { ledger.options.clock.now() }
    var moment: LogMoment? { nil }
    var log: any EventLog { ledger.log }
    var counter: ReadCounter? { ledger.reads }
}

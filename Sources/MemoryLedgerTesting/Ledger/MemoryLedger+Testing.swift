public import EventLog
public import EventLogTesting
public import MemoryLedger
public import Projections
import SQLiteEventLog

extension MemoryLedger {
    /// A new ledger in memory with a fixed clock and fixed ids: the same commands make the same events, byte for byte.
    ///
    /// Counted reads wait until `flushReads()`, `statistics()`, `digest()` or a command on their memory, never for a
    /// time to pass.
    ///
    /// - Parameter projectors: Projectors of your own, to run beside the ledger's.
    /// - Throws: `MemoryLedgerError.invalidArgument` where projectors get in each other's way.
    public static func forTesting(
        clock: FixedClock = FixedClock(), ids: FixedIDs = FixedIDs(), projectors: [any Projector] = [],
        modules: [any LedgerModule] = []
    ) async throws -> MemoryLedger {
        try await inMemory(options: .forTesting(clock: clock, ids: ids, projectors: projectors, modules: modules))
    }

    /// Every event of the log, in order. Reads that wait to be counted are appended first.
    public func recordedEvents(after position: Position = 0) async throws -> [RecordedEvent] {
        try await flushReads()
        var events: [RecordedEvent] = []
        for try await event in log.events(from: position, pageSize: 1_000) { events.append(event) }
        return events
    }
}

extension MemoryLedgerOptions {
    /// Options with a fixed clock and fixed ids, for a ledger in memory or in a file.
    public static func forTesting(
        clock: FixedClock = FixedClock(), ids: FixedIDs = FixedIDs(), projectors: [any Projector] = [],
        modules: [any LedgerModule] = []
    ) -> MemoryLedgerOptions {
        // So long a time does not pass in a test.
        let reads = ReadCounting.batched(reads: 8_192, milliseconds: 86_400_000)
        var options = MemoryLedgerOptions(readCounting: reads, clock: clock, ids: ids)
        options.projectors = projectors
        options.modules = modules
        return options
    }
}

public import EventLog
public import LedgerStorage

/// A ledger as it stood at a moment. It never changes, and reading it counts nothing.
///
///     let then = try await ledger.asOf(.position(1))
///     let memory = try await then.get(MemoryKey(key: "tea"))
///
/// Queries throw what the log throws where it cannot be read, and what the projectors throw.
public final class LedgerView: MemoryReading {
    /// The moment, as a position and a time.
    public let moment: LogMoment
    public let source: MemorySource

    init(_ parts: LedgerParts, _ moment: LogMoment) {
        self.moment = moment
        source = MemorySource(parts, at: moment)
    }

    /// Reads the tables as they stood at the moment, in one snapshot; they are built if need be.
    ///
    /// - Throws: what the body throws, and what building the tables does.
    public func readTables<T>(_ body: (SQLiteConnection) throws -> T) async throws -> T {
        try await source.tables().readSnapshot(body)
    }
}

extension MemoryLedger {
    /// The ledger as it stood at a moment.
    ///
    /// - Throws: `EventLogError.unknownMoment`, with the valid range in its message, where the log has no such moment.
    public func asOf(_ moment: Moment) async throws -> LedgerView {
        LedgerView(parts, try await parts.resolve(moment))
    }
}

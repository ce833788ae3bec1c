public import EventLog
public import LedgerStorage

extension MemoryLedger {
    /// Decides on events of one stream and appends them; decides again if others were faster.
    ///
    ///     let stream = StreamFamily("tasks").stream("work", id)
    ///     try await ledger.commit(to: stream, by: me) { tables in
    ///         guard try Tasks.isOpen(id, tables) else { throw TaskError.done }
    ///         return [TaskEvent.done]
    ///     }
    ///
    /// - Parameter decide: sees the tables with all that has been appended. What it throws ends it, and nothing is
    ///   appended; nothing is either if there are no events. Of what it sees only the stream itself is sure to be the
    ///   same when the events are appended.
    /// - Returns: the positions of the events.
    /// - Throws: `MemoryLedgerError.contention`, and what `EventLog.append` and the closure throw.
    @discardableResult
    public func commit(
        to stream: StreamName, by attribution: Attribution = Attribution(),
        _ decide: (SQLiteConnection) throws -> [any ModuleEvent]
    ) async throws -> [Position] {
        try await commands.commit(to: stream, by: attribution, decide)
    }

    /// Decides on events of several streams and appends them, all at once or not at all.
    ///
    /// - Parameters:
    ///   - streams: all that may get events, or that nothing may be appended to in between if they do.
    ///   - decide: as for one stream; what it names of one stream stands together.
    /// - Throws: as for one stream.
    @discardableResult
    package func commit(
        to streams: [StreamName], by attribution: Attribution,
        _ decide: (SQLiteConnection) throws -> [StreamChange]
    ) async throws -> CommittedEvents {
        try await commands.commit(to: streams, by: attribution, decide)
    }

    /// The same, by what else can be said of each stream.
    ///
    /// - Parameters:
    ///   - isRestricted: what modules restrict is refused.
    ///   - decide: sees where the streams stand, too; 0: they do not exist.
    /// - Throws: also `EventLogError.conflict`, for a stream that does not stand where a change wants it to.
    @discardableResult
    package func commit(
        to streams: [StreamName], by attribution: Attribution, isRestricted: Bool,
        deciding decide: (SQLiteConnection, [StreamName: StreamVersion]) throws -> [StreamChange]
    ) async throws -> CommittedEvents {
        try await commands.commit(to: streams, by: attribution, isRestricted: isRestricted, decide)
    }

    /// Appends what was decided on what is remembered, all at once or not at all.
    ///
    /// - Parameter changes: each with its condition, those without events too.
    /// - Returns: nil if one of them does not hold: then it is to be decided on what the tables say.
    package func commit(
        remembered changes: [StreamChange], by attribution: Attribution
    ) async throws -> CommittedEvents? {
        try await commands.commit(remembered: changes, by: attribution)
    }
}

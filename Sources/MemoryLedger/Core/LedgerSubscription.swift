public import EventLog

/// An event of the log, and what it says.
///
///     for try await change in ledger.subscribe(after: seen) {
///         print(change.recorded.position, change.recorded.attribution.actor ?? "somebody", change.body?.words ?? "")
///     }
public struct LedgerChange: Sendable {
    public var recorded: RecordedEvent
    /// Of the module that the type is of: `MemoryEvent`, or what a module of your own has. Nil if no module knows the
    /// type, or if the event was erased and means nothing any more.
    public var body: (any ModuleEvent)?
}

extension MemoryLedger {
    /// Every event after a position with what it says, then each new one as it comes, from any process.
    ///
    ///     for try await change in ledger.subscribe(after: seen) {
    ///         switch change.body {
    ///         case let event as MemoryEvent: print(change.recorded.position, event.words)
    ///         default: break
    ///         }
    ///     }
    ///
    /// It ends when the task is cancelled. Slow readers hold up no writer.
    ///
    /// - Parameters:
    ///   - filter: which events.
    ///   - position: 0: from the first event on.
    /// - Throws: while it is read, what the log throws; `EventLogError.newerEvent` with the position for an event of a
    /// newer
    ///   program, `damagedPayload`, `masterKeyMissing` or `masterKeyWrong`.
    public func subscribe(
        _ filter: EventFilter = .all, after position: Position = 0
    ) -> some AsyncSequence<LedgerChange, any Error> & Sendable {
        let events = events
        return log.subscribe(filter, after: position).map { event in
            LedgerChange(recorded: event, body: try events.body(of: event))
        }
    }
}

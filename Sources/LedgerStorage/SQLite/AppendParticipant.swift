package import EventLog

/// The log as a transaction has it on one connection.
package protocol CommittedLog {
    /// The log's last position; 0 if it is empty.
    func head() throws -> Position

    /// Calls back with every event after a position up to another, in their order.
    func replay(
        after first: Position, through last: Position, _ body: (RecordedEvent) throws -> Void) throws

    /// The position of the last of so many events after a position, or of the bound if there are fewer up to it.
    func end(of events: Int, after first: Position, through bound: Position) throws -> Position

    /// The event at a position; nil if there is none.
    func event(at position: Position) throws -> RecordedEvent?

    /// The last event of a stream that has one of the types and a later position; nil if there is none.
    func lastEvent(of stream: StreamName, types: Set<EventType>, after position: Position) throws -> RecordedEvent?

    /// When the log took the event; nil if there is no such event.
    func recordedAt(_ position: Position) throws -> Timestamp?

    /// The position of the last erasure; 0 if there was none.
    func lastErasure() throws -> Position

    /// - Throws: `damagedLog` if the log's end is not where its Merkle tree has it.
    func checkEnd() throws
}

/// What takes part in the transactions that append: it writes, on the log's own connection, what is to commit together
/// with the events or not at all. It lives on the writer's queue.
package protocol AppendParticipant: AnyObject {
    /// A transaction begins, with the log at this position.
    func begin(head: Position) throws
    /// - Parameter prepared: `NewEvent.prepared`.
    func apply(_ event: RecordedEvent, prepared: PreparedBody?) throws
    /// Writes what is held back. Called once before the commit, with the log's last position.
    func finish(through position: Position) throws
    /// The transaction was rolled back, or another process wrote: nothing that is held is true any more.
    func forget()
    /// Called after a rollback and `forget`, outside a transaction. True if the cause is out of the way, so that the
    /// same can be tried again; each time it answers so, it has set aside one event more.
    func recover(from error: any Error) throws -> Bool
}

extension AppendParticipant {
    package func recover(from error: any Error) throws -> Bool { false }
}

/// A log that lets a participant write in the transactions that append: an optional capability of an `EventLog`.
package protocol ParticipatingLog: EventLog {
    /// Call it before the first append.
    ///
    /// - Parameter make: Called once, on the writer's queue, with the connection that appends and the log as it has it.
    ///   The log owns what it makes.
    func setParticipant(
        _ make: @escaping @Sendable (SQLiteConnection, any CommittedLog) throws -> any AppendParticipant)
}

/// Categories that cannot be read, and why.
package struct LockedCategories: Sendable {
    package var categories: Set<ByteText>
    package var reason: EventProtection.LockReason

    package init(categories: Set<ByteText>, reason: EventProtection.LockReason) {
        self.categories = categories
        self.reason = reason
    }
}

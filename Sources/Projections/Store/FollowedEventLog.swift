package import EventLog

/// A log whose appends return when the tables that follow it hold their events: so who has appended reads what was
/// written.
///
/// All appends to a ledger whose log does not write the tables itself go through here.
package final class FollowedEventLog: EventLog {
    private let log: any EventLog
    private let store: ProjectionStore

    package init(_ log: any EventLog, followedBy store: ProjectionStore) {
        self.log = log
        self.store = store
    }

    package func append(_ appends: [StreamAppend]) async throws -> AppendResult {
        if store.database.settings.isReadOnly { throw EventLogError.readOnly }
        let result: AppendResult
        do {
            result = try await log.append(appends)
        } catch let error as EventLogError where error.code == .conflict {
            // Others were faster: what is decided next must see what they did.
            try await store.bringUp()
            throw error
        }
        await store.follow(through: result.lastPosition)
        return result
    }

    // MARK: As the log has it

    package var limits: EventLogLimits { log.limits }
    package func head() async throws -> Position { try await log.head() }
    package func version(of stream: StreamName) async throws -> StreamVersion { try await log.version(of: stream) }
    package func version(of stream: StreamName, at position: Position) async throws -> StreamVersion {
        try await log.version(of: stream, at: position)
    }
    package func types() async throws -> [EventType] { try await log.types() }
    package func kinds(
        besides skipped: Set<Position>, where isWanted: @Sendable (EventType, Int) -> Bool
    ) async throws -> [EventKind] {
        try await log.kinds(besides: skipped, where: isWanted)
    }
    package func read(_ query: EventQuery) async throws -> EventPage { try await log.read(query) }
    package func readStream(
        _ stream: StreamName, from: StreamVersion?, direction: ReadDirection, limit: Int
    ) async throws -> EventPage {
        try await log.readStream(stream, from: from, direction: direction, limit: limit)
    }
    package func event(id: EventID) async throws -> RecordedEvent? { try await log.event(id: id) }
    package func makeFeed(after position: Position) throws -> any EventFeed { try log.makeFeed(after: position) }
    package func waitForEvent(after position: Position) async throws { try await log.waitForEvent(after: position) }
    package func close() async { await log.close() }
}

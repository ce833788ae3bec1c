/// A log that is as another one but for what it says itself.
package protocol ForwardingEventLog: EventLog {
    var forwarded: any EventLog { get }
}

extension ForwardingEventLog {
    package var limits: EventLogLimits { forwarded.limits }
    package func append(_ appends: [StreamAppend]) async throws -> AppendResult { try await forwarded.append(appends) }
    package func head() async throws -> Position { try await forwarded.head() }
    package func version(of stream: StreamName) async throws -> StreamVersion {
        try await forwarded.version(of: stream)
    }
    package func version(of stream: StreamName, at position: Position) async throws -> StreamVersion {
        try await forwarded.version(of: stream, at: position)
    }
    package func types() async throws -> [EventType] { try await forwarded.types() }
    package func kinds(
        besides skipped: Set<Position>, where isWanted: @Sendable (EventType, Int) -> Bool
    ) async throws -> [EventKind] {
        try await forwarded.kinds(besides: skipped, where: isWanted)
    }
    package func read(_ query: EventQuery) async throws -> EventPage { try await forwarded.read(query) }
    package func readStream(
        _ stream: StreamName, from: StreamVersion?, direction: ReadDirection, limit: Int
    ) async throws -> EventPage {
        try await forwarded.readStream(stream, from: from, direction: direction, limit: limit)
    }
    package func event(id: EventID) async throws -> RecordedEvent? { try await forwarded.event(id: id) }
    package func makeFeed(after position: Position) throws -> any EventFeed { try forwarded.makeFeed(after: position) }
    package func waitForEvent(after position: Position) async throws {
        try await forwarded.waitForEvent(after: position)
    }
    package func close() async { await forwarded.close() }
}

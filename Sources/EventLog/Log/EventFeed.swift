/// The whole log, event by event and as fast as it can be read: what projections are built from.
///
///     let feed = try log.makeFeed(after: 0)
///     var page = try feed.page(limit: 1_000)
///     while !page.isEmpty {
///         for event in page { print(event.position) }
///         page = try feed.page(limit: 1_000)
///     }
///
/// A feed reads on the calling thread, which it blocks meanwhile, and keeps nothing open between two pages: a feed that
/// is not read holds up neither a writer nor the log's upkeep. One thread at a time uses it.
public protocol EventFeed: AnyObject, Sendable {
    /// The log's last position now; 0 if it is empty.
    func head() throws -> Position

    /// The events that follow those of the last page, in the order of their positions; none at the log's present end.
    ///
    /// A page may end early where its payloads are large, but has an event if there is one.
    ///
    /// - Parameters:
    ///   - limit: At most this many events, 1 or more.
    ///   - last: No event beyond this position.
    /// - Throws: `EventLogError` with `damagedPayload`, `damagedLog`, `closed` or `storage`.
    func page(limit: Int, through last: Position) throws -> [RecordedEvent]
}

extension EventFeed {
    /// The events that follow those of the last page, up to the log's present end.
    public func page(limit: Int) throws -> [RecordedEvent] { try page(limit: limit, through: .max) }
}

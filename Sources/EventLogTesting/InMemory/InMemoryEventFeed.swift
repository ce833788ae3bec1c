import EventLog
import Synchronization

/// Reads a log in memory from its beginning to its end.
final class InMemoryEventFeed: EventFeed {
    private let log: InMemoryEventLog
    private let position: Mutex<Position>

    init(_ log: InMemoryEventLog, after position: Position) {
        self.log = log
        self.position = Mutex(position)
    }

    func head() throws -> Position { try log.contentsNow { $0.head } }

    func page(limit: Int, through last: Position) throws -> [RecordedEvent] {
        try position.withLock { position in
            let events = try log.contentsNow { $0.events(after: position, through: last, limit: limit) }
            position = events.last?.position ?? position
            return events
        }
    }
}

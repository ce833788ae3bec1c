/// Events of one type in one schema version.
public struct EventKind: Hashable, Sendable {
    public var type: EventType
    public var schemaVersion: Int
    public var events: Int
    /// Of the first of them.
    public var firstPosition: Position

    public init(type: EventType, schemaVersion: Int, events: Int, firstPosition: Position) {
        self.type = type
        self.schemaVersion = schemaVersion
        self.events = events
        self.firstPosition = firstPosition
    }
}

extension EventKind: Comparable {
    public static func < (left: EventKind, right: EventKind) -> Bool {
        (left.type, left.schemaVersion) < (right.type, right.schemaVersion)
    }
}

extension EventLog {
    public func kinds(
        besides skipped: Set<Position>, where isWanted: @Sendable (EventType, Int) -> Bool
    ) async throws -> [EventKind] {
        var counts = EventKindCounts(besides: skipped)
        let feed = try makeFeed(after: 0)
        var page = try feed.page(limit: EventKindCounts.pageEvents)
        while !page.isEmpty {
            try Task.checkCancellation()
            for event in page where isWanted(event.type, event.schemaVersion) {
                counts.add(event.type, event.schemaVersion, at: event.position)
            }
            page = try feed.page(limit: EventKindCounts.pageEvents)
        }
        return counts.kinds
    }
}

/// Counts events by type and schema version.
package struct EventKindCounts {
    private struct Key: Hashable {
        var type: EventType
        var schemaVersion: Int
    }

    private let skipped: Set<Position>
    private var found: [Key: EventKind] = [:]

    fileprivate static let pageEvents = 4_096

    package init(besides skipped: Set<Position>) { self.skipped = skipped }

    /// Takes an event; positions ascend.
    package mutating func add(_ type: EventType, _ schemaVersion: Int, at position: Position) {
        if skipped.contains(position) { return }
        let first = EventKind(type: type, schemaVersion: schemaVersion, events: 0, firstPosition: position)
        found[Key(type: type, schemaVersion: schemaVersion), default: first].events += 1
    }

    package var kinds: [EventKind] { found.values.sorted() }
}

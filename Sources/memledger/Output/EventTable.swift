import EventLog
import MemoryLedger

/// Events as lines for a person.
enum EventTable {
    /// - Parameter isPaged: False where the rows come one at a time, so that columns need a width beforehand.
    static func make(isPaged: Bool) -> Table {
        let minimum = isPaged ? [0, 0, 0, 0, 0] : [7, 24, 16, 24, 10]
        return Table(
            [
                .init("POSITION", right: true, minimum: minimum[0], paint: .dim),
                .init("RECORDED", minimum: minimum[1], paint: .dim),
                .init("TYPE", minimum: minimum[2], paint: .cyan),
                .init("STREAM", minimum: minimum[3], paint: .bold),
                .init("ACTOR", minimum: minimum[4]),
                .init("WHAT"),
            ], hasHeader: isPaged)
    }

    static func row(_ event: RecordedEvent, _ catalogue: EventCatalogue) throws -> [String] {
        let words = try catalogue.words(of: event)
        return [
            String(event.position), event.recordedAt.rfc3339, event.type.rawValue, event.stream.rawValue,
            event.attribution.actor ?? "",
            Line.truncated(String(words.prefix(maximumCharacters)), to: maximumCharacters),
        ]
    }
    /// What is kept of a text before it goes into a table.
    private static let maximumCharacters = 120
}

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

    static func row(_ event: RecordedEvent) throws -> [String] {
        [
            String(event.position), event.recordedAt.rfc3339, event.type.rawValue, event.stream.rawValue,
            event.context.actor ?? "", try EventSummary.text(of: event),
        ]
    }
}

/// What an event says, in some words.
enum EventSummary {
    /// What is kept of a text before it goes into a table.
    private static let maximumCharacters = 120

    private static func text(_ event: OversightEvent) -> String {
        switch event {
        case .quarantined(let origin, let reason), .released(let origin, let reason):
            ([origin.description, reason]).compactMap(\.self).joined(separator: ": ")
        case .policySet(let change): change.json.description
        case .memoriesRead(let read):
            ([read.operation.rawValue, Figures.count(read.results, "memory", "memories")] + read.keys)
                .joined(separator: " ")
        case .contextComposed(let entries): entries.map { "\($0.memory.key)@\($0.version)" }.joined(separator: " ")
        }
    }

    static func text(of event: RecordedEvent) throws -> String {
        if event.protection.isErased { return "erased" }
        if event.protection.isLocked { return "locked" }
        if event.isOfNewerSchema { return "of a newer program: schema version \(event.schemaVersion)" }
        switch LedgerEvent.Name.erasure.contains(event.type) ? try LedgerEvent.decode(event) : nil {
        case .subjectsProtected(let namespace)?: return "namespace \(namespace)"
        case .subjectErased(let erased)?: return "\(erased.selection): \(erased.reason)"
        default: return text(try MemoryEvent.decode(event), event)
        }
    }

    static func text(_ event: MemoryEvent?, _ recorded: RecordedEvent) -> String {
        let text =
            switch event {
            case nil: ofLedger(recorded) ?? "unknown, \(Figures.bytes(Int64(recorded.payload.count)))"
            case .added(let content, _)?, .replaced(let content, _)?:
                content.summary.isEmpty ? content.text : content.summary
            case .updated(let change, _)?:
                (change.json.object?.members ?? []).map(\.name).joined(separator: ", ")
            case .restored(let restoration)?: "as at \(restoration.asOf): \(restoration.content.summary)"
            case .renamed(let key)?: "to \(key)"
            case .nameTaken(let key)?: "from \(key)"
            case .linked(let link)?: "\(link.type) to \(link.key ?? "nothing") \(link.term)"
            case .unlinked(let key, let type, let term)?:
                ([type, "from \(key)", term].compactMap(\.self)).joined(separator: " ")
            case .metaSet(let values)?: values.status.rawValue
            case .legacyRowImported(let row)?: "\(row.row.displayKey), \(row.row.format.rawValue)"
            case .legacyImportStarted(let start)?: start.path
            case .oversight(let event)?: self.text(event)
            case .deleted?, .accessed?, .traversed?: ""
            }
        return Line.truncated(String(text.prefix(maximumCharacters)), to: maximumCharacters)
    }

    private static func ofLedger(_ recorded: RecordedEvent) -> String? {
        switch try? LedgerEvent.decode(recorded) {
        case .signingKeyRotated(let rotation)?: "to \(rotation.newKey)"
        case .epochStarted(let start)?: start.origin
        case .subjectsProtected?, .subjectErased?, nil: nil
        }
    }
}

package import EventLog
import Projections

/// An event of a memory, decoded, with what takes time to make of it.
final class PreparedMemoryEvent: Sendable {
    let body: MemoryEvent
    /// Of an event that brings a whole memory.
    let content: PackedContent?
    /// Of a legacy row.
    let interpretation: LegacyInterpretation?
    /// Of a legacy row.
    let rowHash: [UInt8]?

    /// It changes single links of the memory.
    let takesLinks: Bool
    /// Who writes it is one of those that the memory comes from.
    let setsContent: Bool
    /// What the writer says of where it comes from.
    let provenance: Provenance?

    private static let accessed = PreparedMemoryEvent(.accessed)
    private static let traversed = PreparedMemoryEvent(.traversed)

    /// Counted reads, which most events are, share one.
    static func of(_ body: MemoryEvent) -> PreparedMemoryEvent {
        switch body {
        case .accessed: accessed
        case .traversed: traversed
        default: PreparedMemoryEvent(body)
        }
    }

    private init(_ body: MemoryEvent) {
        self.body = body
        (setsContent, provenance) = body.contribution
        if case .legacyRowImported(let row) = body { rowHash = row.row.contentHash } else { rowHash = nil }
        takesLinks =
            switch body {
            case .linked, .unlinked: true
            default: false
            }
        switch body {
        case .added(let content, _), .replaced(let content, _):
            self.content = PackedContent(content)
            interpretation = nil
        case .restored(let restoration):
            content = PackedContent(restoration.content)
            interpretation = nil
        case .legacyRowImported(let row):
            let interpretation = row.interpretation()
            self.interpretation = interpretation
            if case .memory(let memory) = interpretation {
                content = PackedContent(memory.content)
            } else {
                content = nil
            }
        default:
            content = nil
            interpretation = nil
        }
    }
}

extension MemoryProjector: PreparingProjector {
    package func prepare(_ event: RecordedEvent) -> PreparedBody? {
        // Most events are reads, which have no body.
        guard !event.payload.isEmpty, let body = try? MemoryEvent.decode(event) else { return nil }
        return PreparedMemoryEvent.of(body)
    }
}

extension MemoryWriter: PreparedWriter {
    func apply(_ event: RecordedEvent, prepared: PreparedBody) throws {
        guard let prepared = prepared as? PreparedMemoryEvent else { return try apply(event) }
        try apply(event, prepared)
    }
}

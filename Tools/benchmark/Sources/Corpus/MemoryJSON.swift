import EventLog
import Foundation
import MemoryLedger

/// A memory as compact JSON, for what others would store.
enum MemoryJSON {
    private struct Link: Encodable {
        var type: String
        var key: String?
        var term: String
        var weight: Double
    }

    private struct Content: Encodable {
        var key: String
        var domain: String
        var summary: String
        var text: String
        var type: String
        var keywords: [String]
        var links: [Link]

        init(_ memory: MemoryKey, _ content: MemoryContent) {
            key = memory.key
            domain = content.domain
            summary = content.summary
            text = content.text
            type = content.type
            keywords = content.keywords
            links = content.links.map { Link(type: $0.type, key: $0.key, term: $0.term, weight: $0.weight) }
        }
    }

    private struct Event: Encodable {
        var position: Position
        var stream: String
        var version: StreamVersion
        var type: String
        var schema_version: Int
        var event_id: String
        var recorded_at: String
        var occurred_at: String
        var actor: String?
        var data: Content
    }

    private struct Envelope: Encodable {
        var value: Content
        var expires: Int?
    }

    private static func text(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes]
        return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// The memory alone.
    static func memory(_ memory: MemoryKey, _ content: MemoryContent) -> String { text(Content(memory, content)) }

    /// The memory in Keyv's envelope.
    static func keyv(_ memory: MemoryKey, _ content: MemoryContent) -> String {
        text(Envelope(value: Content(memory, content)))
    }

    /// The whole event with the memory as its data.
    static func event(_ event: RecordedEvent, _ memory: MemoryKey, _ content: MemoryContent) -> String {
        text(
            Event(
                position: event.position, stream: event.stream.rawValue, version: event.version,
                type: event.type.rawValue, schema_version: event.schemaVersion, event_id: event.id.description,
                recorded_at: event.recordedAt.rfc3339, occurred_at: event.occurredAt.rfc3339,
                actor: event.attribution.actor, data: Content(memory, content)))
    }
}

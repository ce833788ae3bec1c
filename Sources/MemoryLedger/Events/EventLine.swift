import EventLog
import Foundation

/// An event as one line of JSON in an export.
///
/// A line with `"erased": true` is an event that was erased where it comes from; it lands as one that nobody can read.
/// `stream`, `type`, `event_id` and `payload` are required; `schema_version` is 1 where it is missing. `version` is
/// where the event must land in its stream; a line without it may land anywhere. `data`, `position` and `recorded_at`
/// are there for readers and are not read.
struct EventLine {
    var stream: StreamName
    var version: StreamVersion?
    var event: NewEvent

    // MARK: Writing

    /// The line with its line break.
    ///
    /// - Parameter ciphertext: of an erased event, which stands in the place of its payload.
    static func write(_ event: RecordedEvent, ciphertext: [UInt8]? = nil) throws -> [UInt8] {
        var object = try event.json().object ?? [:]
        if Timestamp(rfc3339: event.occurredAt.rfc3339) != event.occurredAt {
            object.append(occurredAtMilliseconds, JSONValue(event.occurredAt.milliseconds))
        }
        object.append("payload", JSONValue(base64: ciphertext ?? event.payload))
        var line = JSONValue.object(object).compactBytes
        line.append(UInt8(ascii: "\n"))
        return line
    }

    /// Added where RFC 3339 cannot write the time: years beyond 9999.
    private static let occurredAtMilliseconds = "occurred_at_ms"

    // MARK: Reading

    /// - Throws: `Fault` where the line is not an event.
    init(_ bytes: [UInt8]) throws {
        let object: JSONObject
        do {
            guard let found = try JSONParser.parse(bytes).object else { throw Fault("it is not a JSON object") }
            object = found
        } catch let error as JSONSyntaxError {
            throw Fault("it is not JSON: \(error.reason.rawValue), at byte \(error.offset)")
        }
        stream = StreamName(try Self.text("stream", object))
        version = try Self.integer("version", object)
        if let version, version < 1 { throw Fault("`version` is 1 or more, not \(version)") }
        let idText = try Self.text("event_id", object)
        guard let id = EventID(idText) else { throw Fault("`event_id` is not a UUID") }
        guard let payload = Data(base64Encoded: try Self.text("payload", object)) else {
            throw Fault("`payload` is not base64")
        }
        guard let schemaVersion = Int32(exactly: try Self.integer("schema_version", object) ?? 1) else {
            throw Fault("`schema_version` is too large")
        }
        event = NewEvent(
            id: id, type: EventType(try Self.text("type", object)), schemaVersion: Int(schemaVersion),
            payload: [UInt8](payload), occurredAt: try Self.time(object),
            context: EventContext(
                actor: try Self.optionalText("actor", object),
                correlationID: try Self.optionalText("correlation_id", object),
                causationID: try Self.optionalText("causation_id", object)))
        if case .bool(true)? = object["erased"] { event.isErased = true }
    }

    /// Why a line is not an event; completes "Line 7 is not an event: …".
    struct Fault: Error {
        let reason: String
        init(_ reason: String) { self.reason = reason }
    }

    private static func text(_ name: String, _ object: JSONObject) throws -> String {
        guard let text = try optionalText(name, object) else { throw Fault("`\(name)` is missing") }
        return text
    }

    private static func optionalText(_ name: String, _ object: JSONObject) throws -> String? {
        switch object[name] {
        case .string(let text)?: return text
        case .null?, nil: return nil
        case let other?: throw Fault("`\(name)` is a string, not \(other.kind)")
        }
    }

    private static func integer(_ name: String, _ object: JSONObject) throws -> Int64? {
        switch object[name] {
        case .null?, nil: return nil
        case .number(let number)?:
            guard let value = number.int64 else { throw Fault("`\(name)` is a whole number, not \(number.text)") }
            return value
        case let other?: throw Fault("`\(name)` is a number, not \(other.kind)")
        }
    }

    private static func time(_ object: JSONObject) throws -> Timestamp? {
        if let milliseconds = try integer(occurredAtMilliseconds, object) {
            return Timestamp(milliseconds: milliseconds)
        }
        guard let text = try optionalText("occurred_at", object) else { return nil }
        guard let time = Timestamp(rfc3339: text) else { throw Fault("`occurred_at` is not a time by RFC 3339") }
        return time
    }
}

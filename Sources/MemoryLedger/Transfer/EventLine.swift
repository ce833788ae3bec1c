import EventLog
import Foundation

/// An event as one line of JSON in an export: `Schemas/EXPORT.md`.
///
/// `stream`, `type`, `event_id`, and `payload` or `data` are required; `schema_version` is 1 where it is missing.
/// `version` is where the event must land in its stream; a line without it may land anywhere. `payload` and `data` must
/// say the same, so that no line imports anything but what it shows. A line with `"erased": true` is an event that was
/// erased where it comes from; it lands as one that cannot be read. `position`, `recorded_at` and members that are not
/// known are there for readers and are not read.
struct EventLine {
    var stream: StreamName
    var version: StreamVersion?
    var event: NewEvent

    // MARK: Writing

    /// The line with its line break.
    ///
    /// - Parameter ciphertext: of an erased event, which stands in the place of its payload.
    static func write(
        _ event: RecordedEvent, of events: EventCatalogue, ciphertext: [UInt8]? = nil
    ) throws -> [UInt8] {
        var object = try events.json(of: event).object ?? [:]
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

    /// - Parameter events: the types that are known.
    /// - Throws: `Fault` where the line is not an event.
    init(_ object: JSONObject, of events: EventCatalogue) throws {
        // Two readers would each see another of two members of one name.
        if let name = object.repeatedName { throw Fault("`\(name)` stands in it twice") }
        stream = StreamName(try Self.text("stream", object))
        version = try Self.integer("version", object)
        if let version, version < 1 { throw Fault("`version` is 1 or more, not \(version)") }
        let idText = try Self.text("event_id", object)
        guard let id = EventID(idText) else { throw Fault("`event_id` is not a UUID") }
        guard let schemaVersion = Int32(exactly: try Self.integer("schema_version", object) ?? 1) else {
            throw Fault("`schema_version` is too large")
        }
        let type = EventType(try Self.text("type", object))
        if let newest = events[type]?.schemaVersion, schemaVersion > newest {
            throw Fault(
                .newerEvent, "it is a \(type) of schema version \(schemaVersion), and this program reads \(newest)")
        }
        guard try !Self.flag("locked", object) else {
            throw Fault("it is locked: export it where the master key is")
        }
        let isErased = try Self.flag("erased", object)
        let given = object["data"]?.unlessNull
        let body = EventBody(type: type, schemaVersion: Int(schemaVersion), events: events)
        let payload = try Self.payload(object)
        event = NewEvent(
            id: id, type: type, schemaVersion: Int(schemaVersion),
            payload: try isErased
                ? Self.ciphertext(payload, shown: given) : body.payload(payload, shownAs: given),
            occurredAt: try Self.time(object),
            attribution: Attribution(
                actor: try Self.optionalText("actor", object),
                correlationID: try Self.optionalText("correlation_id", object),
                causationID: try Self.optionalText("causation_id", object)))
        event.protectedFor = try Self.texts("protected_for", object)
        event.isErased = isErased
    }

    /// Why a line is not an event; completes "Line 7 is not an event: …".
    struct Fault: Error {
        enum Kind {
            /// As far as it goes it may be the beginning of a line.
            case syntax
            /// A newer program wrote it.
            case newerEvent
            case other
        }

        let kind: Kind
        let reason: String

        init(_ kind: Kind, _ reason: String) {
            self.kind = kind
            self.reason = reason
        }

        init(_ reason: String) { self.init(.other, reason) }
    }

    /// The line's JSON.
    package static func object(_ bytes: [UInt8]) throws -> JSONObject {
        do {
            guard let found = try JSONParser.parse(bytes).object else { throw Fault("it is not a JSON object") }
            return found
        } catch let error as JSONSyntaxError {
            throw Fault(.syntax, "it is not JSON: \(error.reason.rawValue), at byte \(error.offset)")
        }
    }

    private static func payload(_ object: JSONObject) throws -> [UInt8]? {
        guard let text = try optionalText("payload", object) else { return nil }
        guard let payload = Data(base64Encoded: text) else { throw Fault("`payload` is not base64") }
        return [UInt8](payload)
    }

    /// What an erased event has for a payload.
    private static func ciphertext(_ payload: [UInt8]?, shown data: JSONValue?) throws -> [UInt8] {
        guard data == nil else { throw Fault("it is erased, and shows `data` all the same") }
        guard let payload else { throw Fault("`payload` is missing, which holds the ciphertext of what was erased") }
        return payload
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

    /// Empty if it is missing.
    private static func texts(_ name: String, _ object: JSONObject) throws -> [String] {
        guard let value = object[name]?.unlessNull else { return [] }
        guard let list = value.array else { throw Fault("`\(name)` is a list, not \(value.kind)") }
        return try list.map { entry in
            guard let text = entry.string else { throw Fault("`\(name)` has texts, not \(entry.kind)") }
            return text
        }
    }

    private static func flag(_ name: String, _ object: JSONObject) throws -> Bool {
        switch object[name] {
        case .bool(let value)?: return value
        case .null?, nil: return false
        case let other?: throw Fault("`\(name)` is true or false, not \(other.kind)")
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
        let text = try optionalText("occurred_at", object)
        if let milliseconds = try integer(occurredAtMilliseconds, object) {
            let time = Timestamp(milliseconds: milliseconds)
            guard text.map({ $0 == time.rfc3339 }) ?? true else {
                throw Fault("`occurred_at` and `\(occurredAtMilliseconds)` are not the same time")
            }
            return time
        }
        guard let text else { return nil }
        guard let time = Timestamp(rfc3339: text) else { throw Fault("`occurred_at` is not a time by RFC 3339") }
        return time
    }
}

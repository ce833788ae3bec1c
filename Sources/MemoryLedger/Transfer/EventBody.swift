import EventLog
import Foundation

/// The body of an event that a line brings: as a payload, as JSON, or as both.
struct EventBody {
    let type: EventType
    let schemaVersion: Int
    /// The types that are known.
    let events: EventCatalogue

    typealias Fault = EventLine.Fault

    /// The payload that the line means.
    ///
    /// - Parameters:
    ///   - payload: What the line has in `payload`.
    ///   - data: What the line has in `data`, and what is shown to people.
    /// - Throws: `Fault` where both are missing or do not say the same, and where the payload is not of the type.
    func payload(_ payload: [UInt8]?, shownAs data: JSONValue?) throws -> [UInt8] {
        guard let payload else {
            guard let data else { throw Fault("`payload` is missing, and `data` too") }
            return try self.payload(of: data)
        }
        let shown = try json(payload)
        guard let data else { return payload }
        if let bytes = Self.unknown(data) {
            // The program that wrote the line did not know the type.
            guard bytes == payload else { throw Self.disagreement }
            return payload
        }
        guard let shown else {
            throw Fault(
                "this program does not know \(type), and cannot tell whether `data` and `payload` say the same; use a "
                    + "newer program, or leave out `data`")
        }
        guard shown.isSame(as: data) else { throw Self.disagreement }
        return payload
    }

    private static let disagreement = Fault(
        "`data` and `payload` do not say the same; leave out the one that is wrong")

    /// As `log` shows it; nil for a type that this program does not know.
    private func json(_ payload: [UInt8]) throws -> JSONValue? {
        guard events[type] != nil else { return nil }
        let event = RecordedEvent(
            NewEvent(id: EventID(high: 0, low: 0), type: type, schemaVersion: schemaVersion, payload: payload), in: "")
        do {
            return try events.body(of: event)?.json
        } catch {
            throw Fault("its payload is no \(type)")
        }
    }

    /// The bytes of `{"$unknown": …}`.
    private static func unknown(_ data: JSONValue) -> [UInt8]? {
        guard let object = data.object, object.count == 1, let text = object["$unknown"]?.string else { return nil }
        return Data(base64Encoded: text).map { [UInt8]($0) }
    }

    /// Encodes what is shown, and holds it to what the encoding shows: nothing is lost and nothing invented.
    private func payload(of data: JSONValue) throws -> [UInt8] {
        if let bytes = Self.unknown(data) {
            _ = try json(bytes)
            return bytes
        }
        guard let object = data.object else { throw Fault("`data` is an object, not \(data.kind)") }
        guard let definition = events[type] else {
            throw Fault("`payload` is missing, and this program does not know what a \(type) holds")
        }
        guard schemaVersion == definition.schemaVersion, let payload = try encode(EventData(object)) else {
            throw Fault("`payload` is missing, and `data` does not say all that a \(type) holds")
        }
        guard let shown = try json(payload), shown.isSame(as: data) else {
            throw Fault("`data` is not what a \(type) holds: a member is missing, or is one too many")
        }
        return payload
    }
    /// Nil if the JSON does not say all.
    private func encode(_ data: EventData) throws -> [UInt8]? {
        do {
            return try events.body(of: type, data)?.payload()
        } catch let error as EventDataError {
            throw Fault(error.reason)
        } catch {
            throw Fault("`data` is no \(type): \(error)")
        }
    }
}

extension RecordedEvent {
    /// An event that no log has taken yet, to be looked at.
    init(_ event: NewEvent, in stream: StreamName) {
        self.init(
            position: 0, stream: stream, version: 1, type: event.type, schemaVersion: event.schemaVersion, id: event.id,
            recordedAt: Timestamp(milliseconds: 0), occurredAt: event.occurredAt ?? Timestamp(milliseconds: 0),
            attribution: event.attribution, payload: event.payload)
    }
}

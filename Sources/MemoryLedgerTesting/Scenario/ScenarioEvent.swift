public import EventLog
import Foundation
public import MemoryLedger

/// An event as a scenario states it: in which stream, of which type, and with what in it.
///
/// Memories' events have a function each, named as the event is: `.memoryAdded(tea, content)`. Events of your own are
/// made with their payload. Who did it, for which request, and when it happened are compared where they are stated.
public struct ScenarioEvent: Sendable {
    /// The stream that it is in.
    public let stream: StreamName
    /// Its type.
    public let type: EventType
    /// Its body as `RecordedEvent.json()` shows it under `data`.
    public let data: JSONValue
    private let body: Body
    private(set) var actor: String?
    private(set) var correlationID: String?
    private(set) var occurredAt: Timestamp?

    private enum Body: Sendable {
        case event(any ModuleEvent)
        case payload([UInt8], schemaVersion: Int)
        /// Only to compare with.
        case none
    }

    /// An event of your own.
    ///
    /// - Parameters:
    ///   - schemaVersion: The version of the payload's schema, 1 or more.
    ///   - payload: The encoded body.
    public init(stream: StreamName, type: EventType, schemaVersion: Int = 1, payload: [UInt8]) {
        self.stream = stream
        self.type = type
        data = ["$unknown": .string(Data(payload).base64EncodedString())]
        body = .payload(payload, schemaVersion: schemaVersion)
    }

    /// An event to expect, of any type, by what `RecordedEvent.json()` shows under `data`. It cannot be given.
    public init(stream: StreamName, type: EventType, data: JSONValue) {
        self.stream = stream
        self.type = type
        self.data = data
        body = .none
    }

    /// An event of a module.
    ///
    ///     let done = ScenarioEvent(StreamFamily("tasks").stream("work", "t-7"), TaskEvent.done)
    public init(_ stream: StreamName, _ event: any ModuleEvent) {
        self.stream = stream
        type = event.type
        data = event.json
        body = .event(event)
    }

    init(_ memory: MemoryKey, _ event: MemoryEvent) {
        self.init(MemoryStream.name(memory), event as any ModuleEvent)
    }

    /// The event, done by somebody.
    public func by(_ actor: String) -> ScenarioEvent {
        var event = self
        event.actor = actor
        return event
    }

    /// The event, as part of a request.
    public func correlated(_ correlationID: String) -> ScenarioEvent {
        var event = self
        event.correlationID = correlationID
        return event
    }

    /// The event, with the time at which it happened.
    public func occurred(at time: Timestamp) -> ScenarioEvent {
        var event = self
        event.occurredAt = time
        return event
    }

    // MARK: Giving

    /// - Throws: `MemoryLedgerError.invalidArgument` where the event is only one to expect.
    func newEvent(_ options: MemoryLedgerOptions) throws -> NewEvent {
        let payload: [UInt8]
        var version = options.events[type]?.schemaVersion ?? 1
        switch body {
        case .event(let event): payload = try event.payload()
        case .payload(let bytes, let schemaVersion): (payload, version) = (bytes, schemaVersion)
        case .none:
            throw MemoryLedgerError(
                .invalidArgument, "The \(type) in \(stream) has no payload and cannot be given; only expect it.")
        }
        let now = options.clock.now()
        return NewEvent(
            id: options.ids.next(at: now), type: type, schemaVersion: version, payload: payload,
            occurredAt: occurredAt ?? now, attribution: Attribution(actor: actor, correlationID: correlationID))
    }

    // MARK: Comparing

    /// One line of JSON with everything that is stated.
    var line: String {
        var object: JSONObject = ["stream": .string(stream.rawValue), "type": .string(type.rawValue)]
        if let actor { object.append("actor", .string(actor)) }
        if let correlationID { object.append("correlation_id", .string(correlationID)) }
        if let occurredAt { object.append("occurred_at", .string(occurredAt.rfc3339)) }
        object.append("data", data)
        return JSONValue.object(object).description
    }

    /// The same line of a recorded event, with what this one states.
    private static func line(
        _ event: RecordedEvent, like stated: ScenarioEvent?, _ catalogue: EventCatalogue
    ) throws -> String {
        var object: JSONObject = ["stream": .string(event.stream.rawValue), "type": .string(event.type.rawValue)]
        if stated?.actor != nil { object.append("actor", JSONValue(optional: event.attribution.actor)) }
        if stated?.correlationID != nil {
            object.append("correlation_id", JSONValue(optional: event.attribution.correlationID))
        }
        if stated?.occurredAt != nil { object.append("occurred_at", .string(event.occurredAt.rfc3339)) }
        object.append("data", try catalogue.json(of: event)["data"] ?? .null)
        return JSONValue.object(object).description
    }

    /// The lines that differ, event by event; none where the events are those that were expected.
    static func difference(
        expected: [ScenarioEvent], found: [RecordedEvent], _ catalogue: EventCatalogue
    ) throws -> [String] {
        let lines = try found.enumerated().map { index, event in
            try line(event, like: index < expected.count ? expected[index] : nil, catalogue)
        }
        return LineDifference.lines(expected: expected.map(\.line), found: lines)
    }
}

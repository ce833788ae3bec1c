public import EventLog
import Foundation
public import MemoryLedger

/// An event whose payload is the JSON that shows it, its members in one order, so that the same body is always the same
/// bytes.
public protocol JSONEvent: ModuleEvent {}

extension JSONEvent {
    public func payload() throws -> [UInt8] { json.compactBytes }

    public static func read(_ type: EventType, _ payload: [UInt8]) throws -> Self? {
        guard let object = try JSONParser.parse(payload).object else { throw EventDataError("it is no JSON object") }
        return try read(type, EventData(object))
    }
}

extension EventData {
    /// False if it is missing.
    func flag(_ name: String) -> Bool { object[name]?.bool ?? false }

    /// A number of tokens. What comes from elsewhere may be any number.
    func tokens(_ name: String) throws -> Int { try bounded(name, 0...ContextLimits.tokens) }

    /// A number, or the nearest that may be.
    func bounded(_ name: String, _ range: ClosedRange<Int>) throws -> Int {
        min(max(try count(name), range.lowerBound), range.upperBound)
    }

    /// From base64; nil if it is missing.
    func optionalBytes(_ name: String) throws -> [UInt8]? {
        guard let text = try optionalText(name) else { return nil }
        guard let bytes = Data(base64Encoded: text) else { throw EventDataError("`\(name)` is not base64") }
        return [UInt8](bytes)
    }

    /// An object within; empty if it is missing.
    func optionalObject(_ name: String) throws -> JSONObject { try optional(name) == nil ? [:] : data(name).object }
}

extension JSONValue {
    init(milliseconds time: Timestamp?) { self = time.map { JSONValue($0.milliseconds) } ?? .null }
}

public import EventLog
import Foundation

/// What JSON says of an event's body, member by member: how a `ModuleEvent` is read back from what `log` shows.
///
///     case Name.added: return .added(title: try data.text("title"))
public struct EventData: Sendable {
    public let object: JSONObject

    public init(_ object: JSONObject) { self.object = object }

    /// - Throws: `EventDataError` if it is missing; so do all that follow.
    public func member(_ name: String) throws -> JSONValue {
        guard let value = object[name] else { throw EventDataError("`data` has no `\(name)`") }
        return value
    }

    /// Nil if it is missing or null.
    public func optional(_ name: String) -> JSONValue? { object[name]?.unlessNull }

    public func text(_ name: String) throws -> String {
        guard let text = try member(name).string else { throw EventDataError("`\(name)` is not a string") }
        return text
    }

    public func optionalText(_ name: String) throws -> String? { try optional(name) == nil ? nil : text(name) }

    public func integer(_ name: String) throws -> Int64 { try Self.integer(member(name), name) }

    static func integer(_ value: JSONValue, _ name: String) throws -> Int64 {
        guard let value = value.number?.int64 else { throw EventDataError("`\(name)` is not a whole number") }
        return value
    }

    public func optionalInteger(_ name: String) throws -> Int64? {
        try optional(name) == nil ? nil : integer(name)
    }

    /// A number of things; one that is too large for `Int` becomes the largest.
    public func count(_ name: String) throws -> Int { Int(clamping: try integer(name)) }

    /// From milliseconds since 1970.
    public func time(_ name: String) throws -> Timestamp { Timestamp(milliseconds: try integer(name)) }

    public func optionalTime(_ name: String) throws -> Timestamp? {
        try optionalInteger(name).map { Timestamp(milliseconds: $0) }
    }

    public func array(_ name: String) throws -> [JSONValue] {
        guard let array = try member(name).array else { throw EventDataError("`\(name)` is not a list") }
        return array
    }

    public func texts(_ name: String) throws -> [String] {
        try array(name).map { value in
            guard let text = value.string else { throw EventDataError("`\(name)` is not a list of strings") }
            return text
        }
    }

    /// A list of objects.
    public func list(_ name: String) throws -> [EventData] {
        try array(name).map { EventData(try Self.object($0, name)) }
    }

    /// An object within.
    public func data(_ name: String) throws -> EventData { EventData(try Self.object(member(name), name)) }

    static func object(_ value: JSONValue, _ name: String) throws -> JSONObject {
        guard let object = value.object else { throw EventDataError("`\(name)` is not an object") }
        return object
    }

    /// Bytes in base64.
    package func base64(_ name: String) throws -> [UInt8] {
        guard let bytes = Data(base64Encoded: try text(name)) else { throw EventDataError("`\(name)` is not base64") }
        return Array(bytes)
    }

    /// From two hexadecimal digits a byte.
    static func bytes(_ text: String) throws -> [UInt8] {
        let digits = text.utf8.map { Character(UnicodeScalar($0)).hexDigitValue.map { UInt8($0) } }
        guard digits.count.isMultiple(of: 2) else { throw EventDataError("\"\(text)\" is not hexadecimal") }
        return try stride(from: 0, to: digits.count, by: 2).map { index in
            guard let high = digits[index], let low = digits[index + 1] else {
                throw EventDataError("\"\(text)\" is not hexadecimal")
            }
            return high << 4 | low
        }
    }
}

/// Why JSON is not the body of an event; completes "Line 7 is not an event: …".
public struct EventDataError: Error, Hashable, Sendable {
    public var reason: String

    public init(_ reason: String) { self.reason = reason }
}

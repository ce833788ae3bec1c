/// How Keyv's serializer writes strings, at any depth but not in member names.
///
/// A string that begins with `:` has one more in front. `:base64:` begins binary data, and `:bigint:` an integer in
/// Keyv 6. Source: @keyv/serialize 1.1.1, which follows json-buffer.
enum KeyvEscapes {
    /// The native formats, which write plain JSON.
    case none
    case keyv
    case keyv6

    /// How binary data is kept in a place for JSON.
    static func binary(base64: String) -> JSONValue { ["$base64": .string(base64)] }

    func unescaped(_ text: String) -> JSONValue {
        guard self != .none, text.utf8.first == UInt8(ascii: ":") else { return .string(text) }
        if let base64 = Self.rest(of: text, after: ":base64:") { return Self.binary(base64: base64) }
        if self == .keyv6, let digits = Self.rest(of: text, after: ":bigint:"),
            digits.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") }),
            let number = JSONNumber(text: digits)
        {
            return .number(number)
        }
        return .string(String(decoding: text.utf8.dropFirst(), as: UTF8.self))
    }

    /// The value with every string in it unescaped.
    func unescaped(_ value: JSONValue) -> JSONValue {
        guard self != .none else { return value }
        switch value {
        case .string(let text): return unescaped(text)
        case .array(let elements): return .array(elements.map { unescaped($0) })
        case .object(let object):
            return .object(JSONObject(object.members.map { .init(name: $0.name, value: unescaped($0.value)) }))
        case .null, .bool, .number: return value
        }
    }

    private static func rest(of text: String, after prefix: String) -> String? {
        guard text.utf8.starts(with: prefix.utf8) else { return nil }
        return String(decoding: text.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
    }
}

extension KeyvEscapes {
    /// A text as the serializer stores it.
    func escaped(_ text: String) -> String {
        self != .none && text.utf8.first == UInt8(ascii: ":") ? ":" + text : text
    }

    /// The value as the serializer stores it: what `unescaped` reads back as the same value.
    func escaped(_ value: JSONValue) -> JSONValue {
        guard self != .none else { return value }
        switch value {
        case .string(let text): return .string(escaped(text))
        case .array(let elements): return .array(elements.map { escaped($0) })
        case .object(let object):
            if let base64 = Self.base64(of: object) { return .string(":base64:" + base64) }
            return .object(JSONObject(object.members.map { .init(name: $0.name, value: escaped($0.value)) }))
        case .null, .bool, .number: return value
        }
    }

    private static func base64(of object: JSONObject) -> String? {
        guard object.count == 1, let member = object.members.first, case .string(let base64) = member.value,
            binary(base64: base64) == .object(object)
        else { return nil }
        return base64
    }
}

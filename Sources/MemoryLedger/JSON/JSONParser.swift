/// Reads JSON by RFC 8259, strictly: UTF-8 only, no comments, no byte order mark, nothing after the value.
///
///     let list = try JSONParser.parse(Array(#"["tea", 1.50]"#.utf8))
///     print(list.compactBytes.count)  // every digit is kept
///
/// Own code, because Foundation's parsers lose the digits of numbers, the order of members and repeated names, which a
/// migration has to keep. It reads bytes in place; a string without escapes is copied once.
public struct JSONParser {
    /// Levels of arrays and objects; deeper text is refused with `tooDeep`.
    public static let maximumDepth = 512

    let base: UnsafePointer<UInt8>
    let count: Int
    var index = 0
    private var depth = 0
    /// Nil: half of a surrogate pair is an error.
    var repairs: JSONRepairs?

    private init(base: UnsafePointer<UInt8>, count: Int) {
        self.base = base
        self.count = count
    }

    /// Reads one value that fills all of `bytes`, white space aside.
    public static func parse(_ bytes: UnsafeRawBufferPointer) throws(JSONSyntaxError) -> JSONValue {
        guard let address = bytes.baseAddress else { throw JSONSyntaxError(reason: .unexpectedEnd, offset: 0) }
        var parser = JSONParser(base: address.assumingMemoryBound(to: UInt8.self), count: bytes.count)
        return try parser.whole()
    }

    /// Reads one value as JavaScript writes it, which cuts text inside surrogate pairs: each half that stands alone
    /// becomes U+FFFD.
    ///
    /// - Returns: the value, and the paths of the strings and names that were repaired, as `value.links[0].term`.
    package static func parseRepairing(_ bytes: [UInt8]) throws(JSONSyntaxError) -> (JSONValue, repaired: [String]) {
        let result = bytes.withUnsafeBytes { buffer in
            Result { () throws(JSONSyntaxError) in try parseRepairing(buffer) }
        }
        return try result.get()
    }

    private static func parseRepairing(
        _ bytes: UnsafeRawBufferPointer
    ) throws(JSONSyntaxError) -> (JSONValue, repaired: [String]) {
        guard let address = bytes.baseAddress else { throw JSONSyntaxError(reason: .unexpectedEnd, offset: 0) }
        let base = address.assumingMemoryBound(to: UInt8.self)
        var parser = JSONParser(base: base, count: bytes.count)
        parser.repairs = JSONRepairs(knowsPaths: false)
        let value = try parser.whole()
        guard parser.repairs?.isNeeded == true else { return (value, []) }
        // Few texts are repaired, so only those pay for paths.
        parser = JSONParser(base: base, count: bytes.count)
        parser.repairs = JSONRepairs(knowsPaths: true)
        _ = try parser.whole()
        return (value, parser.repairs?.paths ?? [])
    }

    private mutating func whole() throws(JSONSyntaxError) -> JSONValue {
        skipSpace()
        let value = try value()
        skipSpace()
        guard index == count else { throw failure(.trailingBytes) }
        return value
    }

    /// Reads one value that fills all of `bytes`, white space aside.
    public static func parse(_ bytes: [UInt8]) throws(JSONSyntaxError) -> JSONValue {
        let result = bytes.withUnsafeBytes { buffer in
            Result { () throws(JSONSyntaxError) in try parse(buffer) }
        }
        return try result.get()
    }

    func failure(_ reason: JSONSyntaxError.Reason) -> JSONSyntaxError {
        index < count || reason != .unexpectedByte
            ? JSONSyntaxError(reason: reason, offset: min(index, count))
            : JSONSyntaxError(reason: .unexpectedEnd, offset: count)
    }

    mutating func skipSpace() {
        while index < count {
            switch base[index] {
            case 0x20, 0x0a, 0x0d, 0x09: index += 1
            default: return
            }
        }
    }

    private mutating func value() throws(JSONSyntaxError) -> JSONValue {
        guard index < count else { throw failure(.unexpectedEnd) }
        switch base[index] {
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "{"): return try nested { parser throws(JSONSyntaxError) in try parser.object() }
        case UInt8(ascii: "["): return try nested { parser throws(JSONSyntaxError) in try parser.array() }
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), 0x30...0x39: return .number(try number())
        default: throw failure(.unexpectedByte)
        }
    }

    @inline(__always)
    private mutating func nested(
        _ read: (inout JSONParser) throws(JSONSyntaxError) -> JSONValue
    ) throws(JSONSyntaxError) -> JSONValue {
        guard depth < Self.maximumDepth else { throw failure(.tooDeep) }
        depth += 1
        index += 1
        skipSpace()
        let value = try read(&self)
        depth -= 1
        return value
    }

    private mutating func object() throws(JSONSyntaxError) -> JSONValue {
        var members: [JSONObject.Member] = []
        if accept(UInt8(ascii: "}")) { return .object(JSONObject()) }
        members.reserveCapacity(8)
        while true {
            guard index < count, base[index] == UInt8(ascii: "\"") else { throw failure(.unexpectedByte) }
            let name = try string()
            skipSpace()
            guard accept(UInt8(ascii: ":")) else { throw failure(.unexpectedByte) }
            skipSpace()
            repairs?.enter(name)
            members.append(JSONObject.Member(name: name, value: try value()))
            repairs?.leave()
            skipSpace()
            if accept(UInt8(ascii: "}")) { return .object(JSONObject(members)) }
            guard accept(UInt8(ascii: ",")) else { throw failure(.unexpectedByte) }
            skipSpace()
        }
    }

    private mutating func array() throws(JSONSyntaxError) -> JSONValue {
        var elements: [JSONValue] = []
        if accept(UInt8(ascii: "]")) { return .array(elements) }
        while true {
            repairs?.enter(elements.count)
            elements.append(try value())
            repairs?.leave()
            skipSpace()
            if accept(UInt8(ascii: "]")) { return .array(elements) }
            guard accept(UInt8(ascii: ",")) else { throw failure(.unexpectedByte) }
            skipSpace()
        }
    }

    @inline(__always)
    private mutating func accept(_ byte: UInt8) -> Bool {
        guard index < count, base[index] == byte else { return false }
        index += 1
        return true
    }

    private mutating func word(_ text: StaticString, _ value: JSONValue) throws(JSONSyntaxError) -> JSONValue {
        for offset in 0..<text.utf8CodeUnitCount {
            guard index < count, base[index] == text.utf8Start[offset] else { throw failure(.unexpectedByte) }
            index += 1
        }
        return value
    }
}

extension JSONValue {
    /// Reads JSON from text. For bytes that may not be UTF-8 there is `JSONParser.parse`.
    public init(parsing text: String) throws(JSONSyntaxError) {
        self = try JSONParser.parse(Array(text.utf8))
    }
}

/// Writes JSON. The same value gives the same bytes everywhere: members in their order, numbers with their own digits,
/// and in strings only `"`, `\` and control characters escaped, which is what RFC 8259 demands.
package enum JSONWriter {
    ///
    /// - Parameter number: how a number is written.
    package static func write(
        _ value: JSONValue, into bytes: inout [UInt8], number: (JSONNumber) -> String = { $0.text }
    ) {
        switch value {
        case .null: append("null", to: &bytes)
        case .bool(let value): append(value ? "true" : "false", to: &bytes)
        case .number(let value): bytes.append(contentsOf: number(value).utf8)
        case .string(let text): write(text, into: &bytes)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                write(element, into: &bytes, number: number)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let object):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in object.members.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                write(member.name, into: &bytes)
                bytes.append(UInt8(ascii: ":"))
                write(member.value, into: &bytes, number: number)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    /// Writes over several lines, each level two spaces further in. Empty arrays and objects stay on their line.
    package static func writeIndented(_ value: JSONValue, level: Int = 0, into bytes: inout [UInt8]) {
        switch value {
        case .array(let elements) where !elements.isEmpty:
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                startLine(index, level + 1, &bytes)
                writeIndented(element, level: level + 1, into: &bytes)
            }
            endBlock(level, UInt8(ascii: "]"), &bytes)
        case .object(let object) where !object.isEmpty:
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in object.members.enumerated() {
                startLine(index, level + 1, &bytes)
                write(member.name, into: &bytes)
                append(": ", to: &bytes)
                writeIndented(member.value, level: level + 1, into: &bytes)
            }
            endBlock(level, UInt8(ascii: "}"), &bytes)
        default: write(value, into: &bytes)
        }
    }

    private static func startLine(_ index: Int, _ level: Int, _ bytes: inout [UInt8]) {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: level * 2))
    }

    private static func endBlock(_ level: Int, _ bracket: UInt8, _ bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: level * 2))
        bytes.append(bracket)
    }

    package static func append(_ text: StaticString, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Writes a string with its quotes.
    package static func write(_ text: String, into bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { source in
            var copied = 0
            for index in 0..<source.count where needsEscape(source[index]) {
                bytes.append(contentsOf: source[copied..<index])
                escape(source[index], into: &bytes)
                copied = index + 1
            }
            bytes.append(contentsOf: source[copied...])
        }
        bytes.append(UInt8(ascii: "\""))
    }

    @inline(__always)
    private static func needsEscape(_ byte: UInt8) -> Bool { byte < 0x20 || byte == 0x22 || byte == 0x5c }

    private static func escape(_ byte: UInt8, into bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x22, 0x5c: bytes.append(byte)
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x0c: bytes.append(UInt8(ascii: "f"))
        case 0x0a: bytes.append(UInt8(ascii: "n"))
        case 0x0d: bytes.append(UInt8(ascii: "r"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        default:
            append("u00", to: &bytes)
            bytes.append(0x30 + byte >> 4)
            bytes.append(byte & 0xf < 10 ? 0x30 + byte & 0xf : 0x61 + byte & 0xf - 10)
        }
    }
}

extension JSONValue: CustomStringConvertible {
    /// The value on one line, without spaces.
    public var compactBytes: [UInt8] {
        var bytes: [UInt8] = []
        JSONWriter.write(self, into: &bytes)
        return bytes
    }

    /// The value on one line, without spaces.
    public var description: String { String(decoding: compactBytes, as: UTF8.self) }

    /// The value over several lines, indented by two spaces, without a line break at the end.
    public var indented: String {
        var bytes: [UInt8] = []
        JSONWriter.writeIndented(self, into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}

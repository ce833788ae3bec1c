import EventLog
package import MemoryLedger

/// Token-oriented object notation, version 2.1: what the old program's tools answer unless JSON is asked for. The same
/// values as JSON in fewer tokens, with a length before each list.
///
/// Two-space indent, `key: value`, commas between the values of a list, no newline at the end.
package struct TOON {
    private var lines: [String] = []

    /// The text of a value. Of repeated members of an object each is written.
    package static func text(_ value: JSONValue) -> String {
        var toon = TOON()
        toon.write(root: value)
        return toon.lines.joined(separator: "\n")
    }

    private mutating func add(_ text: String, _ level: Int, isItem: Bool = false) {
        lines.append(String(repeating: "  ", count: level) + (isItem ? text.isEmpty ? "-" : "- " + text : text))
    }

    // MARK: Values

    private mutating func write(root value: JSONValue) {
        switch value {
        case .object(let object): write(object.members[...], 0)
        case .array(let values):
            add(Self.head("", values), 0)
            writeRest(of: values, 0)
        default: add(Self.primitive(value), 0)
        }
    }

    private mutating func write(_ members: ArraySlice<JSONObject.Member>, _ level: Int) {
        for member in members {
            add(Self.firstLine(member), level)
            writeRest(of: member.value, level)
        }
    }

    /// What a member has on its first line: all of a primitive, the head of a list, the name of an object.
    private static func firstLine(_ member: JSONObject.Member) -> String {
        let name = name(member.name)
        switch member.value {
        case .object: return name + ":"
        case .array(let values): return head(name, values)
        default: return "\(name): \(primitive(member.value))"
        }
    }

    /// What follows the first line.
    ///
    /// - Parameter level: of the member.
    private mutating func writeRest(of value: JSONValue, _ level: Int) {
        switch value {
        case .object(let object): write(object.members[...], level + 1)
        case .array(let values): writeRest(of: values, level)
        default: break
        }
    }

    private mutating func writeRest(of values: [JSONValue], _ level: Int) {
        if Self.arePrimitive(values) { return }
        if let columns = Self.columns(values) {
            for row in values {
                add(Self.joined(columns.map { row[$0] ?? .null }), level + 1)
            }
        } else {
            for value in values { write(item: value, level + 1) }
        }
    }

    private mutating func write(item value: JSONValue, _ level: Int) {
        switch value {
        case .array(let values):
            add(Self.head("", values, isTable: false), level, isItem: true)
            if !Self.arePrimitive(values) { for value in values { write(item: value, level + 1) } }
        case .object(let object):
            guard let first = object.members.first else { return add("", level, isItem: true) }
            // The first member is on the item's own line, and counts as one level below the dash.
            add(Self.firstLine(first), level, isItem: true)
            writeRest(of: first.value, level + 1)
            write(object.members.dropFirst(), level + 1)
        default: add(Self.primitive(value), level, isItem: true)
        }
    }

    // MARK: Lists

    /// `name[2]: a,b`, `name[2]{a,b}:`, or `name[2]:` for what follows as items.
    private static func head(_ name: String, _ values: [JSONValue], isTable: Bool = true) -> String {
        let count = "\(name)[\(values.count)]"
        if values.isEmpty { return count + ":" }
        if arePrimitive(values) { return "\(count): \(joined(values))" }
        guard isTable, let columns = columns(values) else { return count + ":" }
        return "\(count){\(columns.map(self.name).joined(separator: ","))}:"
    }

    private static func arePrimitive(_ values: [JSONValue]) -> Bool { values.allSatisfy(isPrimitive) }

    private static func isPrimitive(_ value: JSONValue) -> Bool {
        switch value {
        case .array, .object: false
        default: true
        }
    }

    /// The names that the objects of a list share, if all have the same members and these are primitive.
    private static func columns(_ values: [JSONValue]) -> [String]? {
        guard let first = values.first?.object, !first.isEmpty else { return nil }
        let names = first.members.map(\.name)
        let known = Set(names.map { ByteText($0) })
        guard known.count == names.count else { return nil }
        for value in values {
            guard let members = value.object?.members, members.count == names.count,
                members.allSatisfy({ isPrimitive($0.value) }),
                Set(members.map { ByteText($0.name) }) == known
            else { return nil }
        }
        return names
    }

    private static func joined(_ values: [JSONValue]) -> String {
        values.map(primitive).joined(separator: ",")
    }

    // MARK: Primitives

    private static func primitive(_ value: JSONValue) -> String {
        switch value {
        case .bool(let flag): flag ? "true" : "false"
        case .number(let number): JavaScriptText.number(number)
        case .string(let text): needsQuotes(text) ? quoted(text) : text
        default: "null"
        }
    }

    private static func name(_ name: String) -> String { isPlain(name) ? name : quoted(name) }

    /// `[A-Za-z_][A-Za-z0-9_.]*`
    private static func isPlain(_ name: String) -> Bool {
        guard let first = name.utf8.first, isLetter(first) || first == UInt8(ascii: "_") else { return false }
        return name.utf8.allSatisfy {
            isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static let quotedBytes = Set(":\"\\[]{},\n\r\t".utf8)

    private static func needsQuotes(_ text: String) -> Bool {
        let scalars = text.unicodeScalars
        guard let first = scalars.first, let last = scalars.last else { return true }
        if first == "-" || first.isJavaScriptSpace || last.isJavaScriptSpace { return true }
        if text.utf8.contains(where: quotedBytes.contains) { return true }
        return ["true", "false", "null"].contains { text.hasSameBytes(as: $0) } || isLikeANumber(text)
    }

    /// Digits, with a fraction or an exponent or without, zeros in front or not.
    private static func isLikeANumber(_ text: String) -> Bool {
        var rest = text.utf8[...]
        func digits() -> Bool {
            let count = rest.prefix(while: isDigit).count
            rest = rest.dropFirst(count)
            return count > 0
        }
        guard digits() else { return false }
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            guard digits() else { return false }
        }
        if let mark = rest.first, mark | 0x20 == UInt8(ascii: "e") {
            rest = rest.dropFirst()
            if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
            guard digits() else { return false }
        }
        return rest.isEmpty
    }

    /// Other control characters stand as they are.
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": quoted += "\\\\"
            case "\"": quoted += "\\\""
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}

extension Unicode.Scalar {
    /// What `String.prototype.trim` of JavaScript takes away.
    var isJavaScriptSpace: Bool {
        switch value {
        case 0x09...0x0d, 0x20, 0xa0, 0x1680, 0x2000...0x200a, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff: true
        default: false
        }
    }
}

extension String {
    /// Without white space at its ends, as JavaScript trims.
    var javaScriptTrimmed: String {
        var scalars = unicodeScalars[...]
        while let first = scalars.first, first.isJavaScriptSpace { scalars.removeFirst() }
        while let last = scalars.last, last.isJavaScriptSpace { scalars.removeLast() }
        return String(scalars)
    }
}

import Foundation
import MemoryLedger

/// A schema of `Schemas/json`, and what of a document it refuses: as much of JSON Schema 2020-12 as these use. A
/// keyword that is not known is a problem, so that none is overlooked.
struct JSONSchema {
    private let root: JSONValue

    init(_ name: String) throws {
        let file = URL(filePath: #filePath).appending(path: "../../../Schemas/json/\(name)").standardized
        root = try JSONParser.parse([UInt8](Data(contentsOf: file)))
    }

    /// What is wrong with a document; empty: nothing.
    func problems(_ document: JSONValue) -> [String] { problems(document, root, "$") }

    private func problems(_ value: JSONValue, _ schema: JSONValue, _ path: String) -> [String] {
        (schema.object?.members ?? []).flatMap { member -> [String] in
            switch member.name {
            case "$schema", "$id", "$defs", "title", "description": []
            case "$ref": problems(value, definition(member.value.string ?? ""), path)
            default: isKept(member.name, member.value, value, schema) ? [] : ["\(path): \(member.name)"]
            }
        } + within(value, schema, path)
    }

    private func definition(_ reference: String) -> JSONValue {
        root["$defs"]?[String(reference.dropFirst("#/$defs/".count))] ?? ["unknown": .string(reference)]
    }

    private func isKept(_ keyword: String, _ rule: JSONValue, _ value: JSONValue, _ schema: JSONValue) -> Bool {
        switch keyword {
        case "type":
            let kinds = (rule.array ?? [rule]).compactMap(\.string)
            return kinds.contains(value.kind) || (kinds.contains("integer") && value.number?.int64 != nil)
        case "const": return value == rule
        case "enum": return rule.array?.contains(value) == true
        case "required": return (rule.array ?? []).allSatisfy { value[$0.string ?? ""] != nil }
        case "minimum": return value.number.map { $0.double >= rule.number?.double ?? 0 } ?? true
        case "maximum": return value.number.map { $0.double <= rule.number?.double ?? 0 } ?? true
        case "minLength": return value.string.map { $0.unicodeScalars.count >= count(rule) } ?? true
        case "maxLength": return value.string.map { $0.unicodeScalars.count <= count(rule) } ?? true
        case "minItems": return value.array.map { $0.count >= count(rule) } ?? true
        case "maxItems": return value.array.map { $0.count <= count(rule) } ?? true
        case "additionalProperties":
            return rule != false || (value.object?.members ?? []).allSatisfy { schema["properties"]?[$0.name] != nil }
        case "properties", "items": return true
        default: return false
        }
    }

    private func count(_ rule: JSONValue) -> Int { Int(rule.number?.int64 ?? 0) }

    private func within(_ value: JSONValue, _ schema: JSONValue, _ path: String) -> [String] {
        var found: [String] = []
        for member in value.object?.members ?? [] {
            guard let rule = schema["properties"]?[member.name] else { continue }
            found += problems(member.value, rule, "\(path).\(member.name)")
        }
        guard let rule = schema["items"] else { return found }
        for (index, entry) in (value.array ?? []).enumerated() {
            found += problems(entry, rule, "\(path)[\(index)]")
        }
        return found
    }
}

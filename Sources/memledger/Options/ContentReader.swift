import ArgumentParser
import MemoryLedger

/// Reads a memory's fields from JSON, strictly by type. Unknown members are dropped.
enum ContentReader {
    static func change(_ value: JSONValue) throws -> MemoryChange {
        guard let object = value.object else {
            throw ValidationError("--value is a JSON object with a memory's fields, not \(value.kind).")
        }
        return MemoryChange(
            domain: try text("domain", object), summary: try text("summary", object), text: try text("text", object),
            type: try text("type", object), keywords: try keywords(object["keywords"]),
            links: try links(object["links"]))
    }

    private static func text(_ name: String, _ object: JSONObject) throws -> String? {
        try object[name].map { try string($0, name) }
    }

    private static func string(_ value: JSONValue, _ name: String) throws -> String {
        guard let text = value.string else { throw wrongType(name, "a string", value) }
        return text
    }

    private static func keywords(_ value: JSONValue?) throws -> [String]? {
        guard let value else { return nil }
        guard let list = value.array else { throw wrongType("keywords", "a list of strings", value) }
        return try list.enumerated().map { try string($1, "keywords[\($0)]") }
    }

    private static func links(_ value: JSONValue?) throws -> [MemoryLink]? {
        guard let value else { return nil }
        guard let list = value.array else { throw wrongType("links", "a list of objects", value) }
        return try list.enumerated().map { index, value in
            guard let object = value.object else { throw wrongType("links[\(index)]", "an object", value) }
            return try link(object, "links[\(index)]")
        }
    }

    private static func link(_ object: JSONObject, _ place: String) throws -> MemoryLink {
        func required(_ name: String) throws -> String {
            guard let value = object[name] else { throw ValidationError("--value: \(place).\(name) is missing.") }
            return try string(value, "\(place).\(name)")
        }
        let key: String? =
            switch object["key"] {
            case .null?, nil: nil
            case let value?: try string(value, "\(place).key")
            }
        var weight = MemoryLink.defaultWeight
        if let value = object["weight"] {
            guard let number = value.number?.double, Weight.range.contains(number) else {
                throw wrongType("\(place).weight", "a number from 0 to 1", value)
            }
            weight = number
        }
        return MemoryLink(type: try required("type"), key: key, term: try required("term"), weight: weight)
    }

    private static func wrongType(_ field: String, _ expected: String, _ found: JSONValue) -> ValidationError {
        let what = found.number?.text ?? found.kind
        return ValidationError("--value: \(field) is \(expected), not \(what).")
    }
}

import EventLog

@testable import MemoryLedger

/// Keyv entries by chance: whatever other code may have put there, in the places of a memory and beside it.
struct OddEntries {
    var random: SeededGenerator

    private static let texts = [
        "", "plain", ":", "::double", ":base64:AQI=", ":bigint:7", "中文🧠", "e\u{301}", "a\u{0}b", "\u{2028}\"\\\n\u{7f}",
    ]
    private static let numbers = [
        "0", "-0", "1.0", "1e3", "0.30000000000000004", "1e999", "12345678901234567890", "-7",
    ]
    private static let names = [
        "domain", "summary", "text", "type", "links", "keywords", "meta", "note", "keyv", "keyv_", "id", "a:b",
        "$base64",
    ]
    private static let linkNames = ["type", "key", "term", "weight", "type_raw", "weight_raw", "note", "created_at"]
    private static let metaNames = [
        "id", "created_at", "last_accessed_at", "last_linked_at", "in_degree", "out_degree", "access_count",
        "traverse_count", "status", "score", "version",
    ]

    private mutating func pick<T>(_ list: [T]) -> T { list[Int.random(in: 0..<list.count, using: &random)] }
    private mutating func chance(_ part: Int) -> Bool { Int.random(in: 0..<part, using: &random) == 0 }

    mutating func value(_ depth: Int = 0) -> JSONValue {
        switch Int.random(in: 0..<(depth > 2 ? 4 : 6), using: &random) {
        case 0: return .null
        case 1: return .bool(chance(2))
        case 2: return (try? JSONValue(parsing: pick(Self.numbers))) ?? .null
        case 3: return .string(pick(Self.texts))
        case 4: return .array((0..<Int.random(in: 0..<4, using: &random)).map { _ in value(depth + 1) })
        default: return .object(object(Self.names, atMost: 3) { $0.value(depth + 1) })
        }
    }

    private mutating func object(
        _ names: [String], atMost most: Int, _ value: (inout Self) -> JSONValue
    ) -> JSONObject {
        var object = JSONObject()
        for _ in 0..<Int.random(in: 0...most, using: &random) {
            let name = pick(names)
            object.append(name, value(&self))
        }
        return object
    }

    private mutating func link() -> JSONValue {
        guard !chance(6) else { return value(2) }
        var link: JSONObject = ["type": .string(pick(["design", "bug"])), "key": .string(pick(["a", "b", "gone"]))]
        for member in object(Self.linkNames, atMost: 3, { $0.value(2) }).members {
            link.append(member.name, member.value)
        }
        return .object(link)
    }

    private mutating func field(_ name: String, _ key: String) -> JSONValue {
        if chance(4) { return value() }
        switch name {
        case "links": return .array((0..<Int.random(in: 0..<4, using: &random)).map { _ in link() })
        case "keywords":
            return .array((0..<Int.random(in: 0..<3, using: &random)).map { _ in .string(pick(Self.texts)) })
        case "meta":
            var meta: JSONObject = ["id": .string(key), "created_at": 1_769_000_000_123, "status": "cold"]
            for member in object(Self.metaNames, atMost: 4, { $0.value(2) }).members {
                meta.append(member.name, member.value)
            }
            return .object(meta)
        default: return .string(pick(Self.texts))
        }
    }

    /// The text of an entry for a key within its namespace.
    mutating func entry(_ key: String) -> String {
        var value = JSONObject()
        for _ in 0..<Int.random(in: 0..<9, using: &random) {
            let name = pick(Self.names)
            value.append(name, field(name, key))
        }
        var entry: JSONObject = ["value": .object(value)]
        if chance(4) { entry.append("expires", pick([1, 4_102_444_800_000, .string("soon"), .null])) }
        if chance(5) { entry.append(pick(["expires", "note", "value"]), self.value(2)) }
        if chance(8) { entry.append("value", .object(value)) }
        return JSONValue.object(entry).description
    }
}

import FaultLaboratory
import MemoryLedger

/// Bodies that no client should send.
enum MalformedBodies {
    static let all: [(name: String, bytes: [UInt8])] = texts.map { ($0.0, Array($0.1.utf8)) } + bytes

    private static let texts: [(String, String)] =
        [
            "", " ", "{", "}", "[", "nul", "tru", "{\"a\":}", "{\"a\":1,}", "[1,]", "{'a':1}", "{a:1}", "NaN",
            "Infinity", "-", "+1", "01", ".5", "1.", "1e", "0x10", "{}{}", "{\"a\":1}x", "\"", "\"\\x\"", "\"\\u12\"",
            "{\"key\":\"a\nb\"}", "\u{0}", "{\"\u{0}\":1}", "\u{feff}\u{feff}{}", "// {}", "{\"a\":1 \"b\":2}",
            "{\"a\" 1}", "{1:2}", "{,}", "[,]", "{\"a\":1,\"a\":2}", "7", "null", "true", "\"text\"", "[]", "{}",
        ].map { ($0, $0) } + numbers + [
            ("open arrays", String(repeating: "[", count: 100_000)),
            ("open objects", String(repeating: "{\"a\":", count: 50_000)),
            ("closed arrays", String(repeating: "[", count: 50_000) + String(repeating: "]", count: 50_000)),
            ("a deep value", "{\"value\":\(String(repeating: "[", count: 600))\(String(repeating: "]", count: 600))}"),
            ("a long text", "{\"namespace\":\"\(String(repeating: "x", count: 30_000))\"}"),
            ("many members", "{\(String(repeating: "\"a\":1,", count: 5_000))\"b\":2}"),
            ("many names", "{\((0..<2_000).map { "\"n\($0)\":1" }.joined(separator: ","))}"),
            ("many links", "{\"links\":[\(String(repeating: "{\"type\":7},", count: 1_500))7]}"),
            ("blanks", String(repeating: " ", count: 50_000)),
        ]

    private static let numbers: [(String, String)] =
        [
            "1e999", "-1e999", "1e-999", "1e99999999999999999999", "9223372036854775808", "-9223372036854775809",
            "1" + String(repeating: "0", count: 400), String(repeating: "9", count: 10_000),
            "0." + String(repeating: "1", count: 10_000),
        ].flatMap { number in
            [
                number, "{\"namespace\":\(number)}", "{\"namespace\":\"mem\",\"more\":\(number)}",
                "{\"session\":\"s\",\"key\":\"k\",\"value\":{\"summary\":\"\",\"text\":\"\","
                    + "\"links\":[{\"type\":\"bug\",\"term\":\"t\",\"weight\":\(number)}]}}",
                "{\"jsonrpc\":\"2.0\",\"id\":\(number),\"method\":\"ping\"}",
            ].map { (String($0.prefix(60)), $0) }
        }

    private static let bytes: [(String, [UInt8])] = [
        ("no UTF-8", [0xff]), ("an overlong one", around([0xc0, 0x80])), ("half a pair", around([0xed, 0xa0, 0x80])),
        ("beyond Unicode", around([0xf4, 0x90, 0x80, 0x80])), ("cut", around([0xe2, 0x82])),
        ("a name", Array("{\"na".utf8) + [0xfe] + Array("me\":1}".utf8)),
        ("UTF-16", [0xff, 0xfe] + "{\"namespace\":\"mem\"}".utf16.flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] }),
        ("all bytes", Array(0...255)),
    ]

    private static func around(_ bytes: [UInt8]) -> [UInt8] {
        Array("{\"namespace\":\"".utf8) + bytes + Array("\"}".utf8)
    }

    /// Requests that are right, with each member's value replaced by one of each other type.
    static let wrongTypes: [(path: String, body: JSONValue)] = {
        let value: JSONValue = [
            "domain": "d", "summary": "s", "text": "t", "type": "y", "keywords": ["a"],
            "links": [["type": "bug", "key": "k", "term": "t", "weight": 0.5]],
        ]
        let bodies: [(String, JSONObject)] = [
            ("/login", ["namespace": "mem"]), ("/add_memory", ["session": "s", "key": "k", "value": value]),
            ("/get_memory", ["session": "s", "key": "k", "sortLinks": true]),
            ("/update_memory", ["session": "s", "key": "k", "value": value, "links": []]),
            ("/update_memory_key", ["session": "s", "old_key": "a", "new_key": "b"]),
        ]
        let others: [JSONValue] = [7, -0.5, .null, true, [], [:], "text", [["type": "bug"]], [[], 7]]
        return bodies.flatMap { path, body in
            variants(of: .object(body), others).map { (path, $0) }
        }
    }()

    /// The value with one thing in it replaced, for each.
    private static func variants(of value: JSONValue, _ others: [JSONValue]) -> [JSONValue] {
        var variants = others
        if let object = value.object {
            for (index, member) in object.members.enumerated() {
                for variant in self.variants(of: member.value, others) {
                    var members = object.members
                    members[index] = .init(name: member.name, value: variant)
                    variants.append(.object(JSONObject(members)))
                }
            }
        }
        if let list = value.array {
            for index in list.indices {
                for variant in self.variants(of: list[index], others) {
                    var list = list
                    list[index] = variant
                    variants.append(.array(list))
                }
            }
        }
        return variants
    }

    /// The request with some bytes changed, taken away, put in or repeated.
    static func damaged(_ request: [UInt8], _ random: inout SplitMix) -> [UInt8] {
        var bytes = request
        for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 2: bytes.remove(at: place)
            case 3: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
            case 4: bytes = Array(bytes.prefix(place))
            default:
                let end = min(bytes.count, place + Int.random(in: 1...40, using: &random))
                bytes.insert(contentsOf: bytes[place..<end], at: place)
            }
        }
        return bytes
    }
}

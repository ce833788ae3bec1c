import EventLog
import EventLogTesting
import Foundation
import LedgerService
import MemoryLedger
import Testing

/// Goal: values are written as the old program's tools answer them. Method: a table of every rule; and random values,
/// which a decoder that others wrote reads again as what they were.
@Suite struct TOONTests {
    private static let rules: [(json: String, toon: String)] = [
        // Objects and primitives.
        (#"{"success":true}"#, "success: true"),
        (#"{"a":null,"b":false,"c":1,"d":"text"}"#, "a: null\nb: false\nc: 1\nd: text"),
        (#"{"a":{"b":{"c":1}},"d":{}}"#, "a:\n  b:\n    c: 1\nd:"),
        ("{}", ""), ("1", "1"), (#""a b""#, "a b"), (#""""#, #""""#),
        // Lists.
        (#"{"k":["a","b"]}"#, "k[2]: a,b"), (#"{"k":[]}"#, "k[0]:"), (#"["a",1,null]"#, "[3]: a,1,null"),
        ("[]", "[0]:"), (#"{"k":[1,2.5,true]}"#, "k[3]: 1,2.5,true"),
        (#"{"k":[{"type":"bug","key":"a"}]}"#, "k[1]{type,key}:\n  bug,a"),
        (#"{"k":[{"a":1,"b":2},{"b":3,"a":4}]}"#, "k[2]{a,b}:\n  1,2\n  4,3"),
        (#"[{"a":1},{"a":2}]"#, "[2]{a}:\n  1\n  2"),
        (#"{"k":[{"a":1},{"b":2}]}"#, "k[2]:\n  - a: 1\n  - b: 2"),
        (#"{"k":[{"a":1,"b":{"c":2}},{}]}"#, "k[2]:\n  - a: 1\n    b:\n      c: 2\n  -"),
        (#"{"k":[1,{"a":1},[1,2],[]]}"#, "k[4]:\n  - 1\n  - a: 1\n  - [2]: 1,2\n  - [0]:"),
        (#"{"k":[[1,2],["a"]]}"#, "k[2]:\n  - [2]: 1,2\n  - [1]: a"),
        (#"{"k":[[[1]]]}"#, "k[1]:\n  - [1]:\n    - [1]: 1"),
        (
            #"{"k":[{"rows":[{"a":1},{"a":2}],"n":3}]}"#,
            "k[1]:\n  - rows[2]{a}:\n      1\n      2\n    n: 3"
        ),
        (#"{"k":[{"o":{"a":1},"n":[{"b":[1]}]}]}"#, "k[1]:\n  - o:\n      a: 1\n    n[1]:\n      - b[1]: 1"),
        (#"{"k":[{"l":[1,2],"n":0}]}"#, "k[1]:\n  - l[2]: 1,2\n    n: 0"),
        // Texts.
        (#"{"a":" x","b":"x ","c":"\u00a0x","d":"x\u3000"}"#, "a: \" x\"\nb: \"x \"\nc: \"\u{a0}x\"\nd: \"x\u{3000}\""),
        (#"{"a":"true","b":"null","c":"True"}"#, "a: \"true\"\nb: \"null\"\nc: True"),
        (
            #"{"a":"1","b":"-1.5","c":"1e5","d":"007","e":"1.","f":".5","g":"1E+2"}"#,
            "a: \"1\"\nb: \"-1.5\"\nc: \"1e5\"\nd: \"007\"\ne: 1.\nf: .5\ng: \"1E+2\""
        ),
        (
            #"{"a":"x: y","b":"say \"hi\"","c":"a\\b","d":"[x]","e":"{x}"}"#,
            "a: \"x: y\"\nb: \"say \\\"hi\\\"\"\nc: \"a\\\\b\"\nd: \"[x]\"\ne: \"{x}\""
        ),
        (
            #"{"a":"x,y","b":"l\nm","c":"l\rm","d":"l\tm","e":"- x","f":"a-b"}"#,
            "a: \"x,y\"\nb: \"l\\nm\"\nc: \"l\\rm\"\nd: \"l\\tm\"\ne: \"- x\"\nf: a-b"
        ),
        (#"{"a":"x\u0001y","b":"中文🧠","c":"\u0007:"}"#, "a: x\u{1}y\nb: 中文🧠\nc: \"\u{7}:\""),
        // Names.
        (
            #"{"a.b":1,"_x":2,"1a":3,"a b":4,"":5,"é":6,"a-b":7}"#,
            "a.b: 1\n_x: 2\n\"1a\": 3\n\"a b\": 4\n\"\": 5\n\"é\": 6\n\"a-b\": 7"
        ),
        (#"{"a b":[1],"c":[{"x y":1}]}"#, "\"a b\"[1]: 1\nc[1]{\"x y\"}:\n  1"),
        // Numbers.
        (
            "[1e-7,1e21,0.30000000000000004,-0,-0.0,1.0,1e3,0.5,100000000000000000000]",
            "[9]: 1e-7,1e+21,0.30000000000000004,0,0,1,1000,0.5,100000000000000000000"
        ),
        ("[9007199254740993,-12,1e999]", "[3]: 9007199254740993,-12,null"),
    ]

    @Test(arguments: rules) func everyRule(json: String, toon: String) throws {
        #expect(TOON.text(try JSONValue(parsing: json)) == toon)
    }

    @Test func javaScriptsOwnJSON() throws {
        let value = try JSONValue(parsing: #"{"a":[1.0,1e-7,-0],"b":{},"c":[],"d":"é\u0001\u2028"}"#)
        #expect(
            String(decoding: JavaScriptText.compact(value), as: UTF8.self)
                == "{\"a\":[1,1e-7,0],\"b\":{},\"c\":[],\"d\":\"é\\u0001\u{2028}\"}")
        let indented = """
            {
              "a": [
                1,
                1e-7,
                0
              ],
              "b": {},
              "c": [],
              "d": "é\\u0001\u{2028}"
            }
            """
        #expect(JavaScriptText.indented(value) == indented)
    }

    private static let seed: UInt64 = 2_311
    private static let alphabet: [Character] = Array("ab1 -:,\"\\[]{}\n\t.eé中😀")

    private static func text(_ random: inout SeededRandom) -> String {
        if Int.random(in: 0..<8, using: &random) == 0 {
            return ["true", "null", "12", "-1e5", "05", "a: b", "- x", ""].randomElement(using: &random) ?? ""
        }
        return String(
            (0..<Int.random(in: 0...6, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? "x" })
    }

    private static func value(_ depth: Int, _ random: inout SeededRandom) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 9 : 6), using: &random) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &random))
        case 2: return JSONValue(Int64.random(in: -1_000_000...1_000_000, using: &random))
        case 3: return JSONValue(Double.random(in: -1e-6...1e6, using: &random))
        case 4, 5: return .string(text(&random))
        case 6: return .array((0..<Int.random(in: 0...4, using: &random)).map { _ in value(depth - 1, &random) })
        case 7:
            let names = (0..<Int.random(in: 1...3, using: &random)).map { "\($0)\(text(&random))" }
            return .array(
                (0..<Int.random(in: 1...3, using: &random)).map { _ in
                    .object(JSONObject(names.map { .init(name: $0, value: value(0, &random)) }))
                })
        default:
            let count = Int.random(in: 0...4, using: &random)
            return .object(
                JSONObject((0..<count).map { .init(name: text(&random) + "\($0)", value: value(depth - 1, &random)) }))
        }
    }

    /// The decoder is the package `toon-format`, in its Python environment.
    @Test func anotherDecoderReadsTheSameValues() throws {
        var random = SeededRandom(Self.seed)
        var values = try Self.rules.map { try JSONValue(parsing: $0.json) }
        // What JSON cannot say of a number is no number there, either.
        values.removeAll { $0.description.contains("1e999") }
        for _ in 0..<500 { values.append(Self.value(3, &random)) }
        let pairs = JSONValue.array(values.map { ["value": $0, "toon": .string(TOON.text($0))] })
        let script = """
            import json, sys, toon_format
            wrong = []
            for pair in json.load(sys.stdin):
                try:
                    found = toon_format.decode(pair["toon"])
                except Exception as error:
                    found = repr(error)
                if found != pair["value"] or type(found) != type(pair["value"]):
                    wrong.append([pair["value"], pair["toon"], found])
            print(json.dumps(wrong[:3], ensure_ascii=False))
            """
        let answer = try PythonEnvironment("toon", ["toon-format==1.2.0"]).run(script, input: pairs.compactBytes)
        #expect(answer == "[]\n", "seed \(Self.seed)")
    }
}

import EventLog
import LedgerService
import MemoryLedger
import Testing

/// Goal: faults are named as the old program names them, all at once and in its order, and what passes is what it took
/// on. Method: tables of values with the exact JSON of their issues, as they were seen on the wire.
@Suite struct ValidationTests {
    private static let link = ValueSchema.object([
        .required("type", .options(["decision", "bug"])), .optional("key", .string()), .required("term", .string()),
        .defaulting("weight", to: 0.5, .number(0...1)),
    ])
    private static let add = ValueSchema.object([
        .required("session", .string()), .required("key", .string(minimum: 1)),
        .required(
            "value", .object([.required("summary", .string()), .optional("links", .list(link))], unknown: .refused)),
    ])
    private static let query = ValueSchema.object([
        .required("q", .string(minimum: 1, trims: true, message: "q is required")),
        .defaulting("limit", to: 10, .number(1...100, isWhole: true), from: .number),
        .defaulting("offset", to: 0, .number(0...Double.infinity, isWhole: true), from: .number),
        .defaulting("operator", to: "OR", .options(["AND", "OR"])),
        .optional("sortLinks", .boolean(message: "sortLinks must be true or false"), from: .flag),
    ])

    private func issues(_ json: String, _ schema: ValueSchema) throws -> String {
        do {
            return "passes: \(try schema.validated(JSONValue(parsing: json)))"
        } catch let failure as ValidationFailure {
            return failure.json.description
        }
    }

    private static func wrong(_ expected: String, _ path: String, _ received: String) -> String {
        #"{"expected":"\#(expected)","code":"invalid_type","path":[\#(path)],"message":"#
            + #""Invalid input: expected \#(expected), received \#(received)"}"#
    }
    private static let option =
        #"{"code":"invalid_value","values":["decision","bug"],"path":["value","links",0,"type"],"message":"#
        + #""Invalid option: expected one of \"decision\"|\"bug\""}"#

    private static let faults: [(json: String, issues: [String])] = [
        ("null", [wrong("object", "", "null")]), ("[]", [wrong("object", "", "array")]),
        (#""x""#, [wrong("object", "", "string")]), ("3", [wrong("object", "", "number")]),
        (
            "{}",
            [
                wrong("string", #""session""#, "undefined"), wrong("string", #""key""#, "undefined"),
                wrong("object", #""value""#, "undefined"),
            ]
        ),
        (
            #"{"value":{"summary":[]},"key":true,"session":null}"#,
            [
                wrong("string", #""session""#, "null"), wrong("string", #""key""#, "boolean"),
                wrong("string", #""value","summary""#, "array"),
            ]
        ),
        (
            #"{"session":"s","key":"","value":{"summary":"s"}}"#,
            [
                #"{"origin":"string","code":"too_small","minimum":1,"inclusive":true,"path":["key"],"message":"#
                    + #""Too small: expected string to have >=1 characters"}"#
            ]
        ),
        (
            #"{"session":"s","key":"k","value":{"summary":"s","links":[{"type":"x","key":null,"weight":2},4]}}"#,
            [
                option, wrong("string", #""value","links",0,"key""#, "null"),
                wrong("string", #""value","links",0,"term""#, "undefined"),
                #"{"origin":"number","code":"too_big","maximum":1,"inclusive":true,"#
                    + #""path":["value","links",0,"weight"],"message":"Too big: expected number to be <=1"}"#,
                wrong("object", #""value","links",1"#, "number"),
            ]
        ),
        (
            #"{"session":"s","key":"k","value":{"summary":"s","links":[{"type":"bug","term":"","weight":-1}]}}"#,
            [
                #"{"origin":"number","code":"too_small","minimum":0,"inclusive":true,"#
                    + #""path":["value","links",0,"weight"],"message":"Too small: expected number to be >=0"}"#
            ]
        ),
        (
            #"{"session":"s","key":"k","value":{"summary":"s","links":[{"type":"bug","term":"","weight":1e999}]}}"#,
            [
                #"{"expected":"number","code":"invalid_type","received":"Infinity","#
                    + #""path":["value","links",0,"weight"],"message":"Invalid input: expected number, received number"}"#
            ]
        ),
        (
            #"{"session":"s","key":"k","value":{"summary":"s","foo":1}}"#,
            [#"{"code":"unrecognized_keys","keys":["foo"],"path":["value"],"message":"Unrecognized key: \"foo\""}"#]
        ),
        (
            #"{"session":"s","key":"k","value":{"b":1,"a":2}}"#,
            [
                wrong("string", #""value","summary""#, "undefined"),
                #"{"code":"unrecognized_keys","keys":["b","a"],"path":["value"],"message":"#
                    + #""Unrecognized keys: \"b\", \"a\""}"#,
            ]
        ),
    ]

    @Test(arguments: faults) func everyFaultAtOnce(json: String, expected: [String]) throws {
        #expect(try issues(json, Self.add) == "[\(expected.joined(separator: ","))]")
    }

    private static let notWhole =
        #"[{"expected":"int","format":"safeint","code":"invalid_type","path":["limit"],"message":"#
        + #""Invalid input: expected int, received number"}]"#
    private static let notANumber =
        #"[{"expected":"number","code":"invalid_type","received":"NaN","path":["limit"],"message":"#
        + #""Invalid input: expected number, received NaN"}]"#
    private static func bound(_ name: String) -> String {
        name == "big"
            ? #"[{"origin":"number","code":"too_big","maximum":100,"inclusive":true,"path":["limit"],"message":"#
                + #""Too big: expected number to be <=100"}]"#
            : #"[{"origin":"number","code":"too_small","minimum":1,"inclusive":true,"path":["limit"],"message":"#
                + #""Too small: expected number to be >=1"}]"#
    }

    private static let numbers: [(text: String, outcome: String)] = [
        ("1", "1"), ("100", "100"), (" 12 ", "12"), ("0x10", "16"), ("0b11", "3"), ("0o7", "7"), ("1e1", "10"),
        ("+5", "5"), ("", bound("small")), ("0", bound("small")), ("-3", bound("small")), ("101", bound("big")),
        ("1.5", notWhole), ("abc", notANumber), ("1_0", notANumber), ("0x", notANumber), ("-0x10", notANumber),
        ("1 2", notANumber), ("nan", notANumber), ("0x1p3", notANumber),
    ]

    @Test(arguments: numbers) func numbersOfAQuery(text: String, outcome: String) throws {
        let found = try issues(#"{"q":"a","limit":"\#(text)"}"#, Self.query)
        #expect(
            found == outcome || found == #"passes: {"q":"a","limit":\#(outcome),"offset":0,"operator":"OR"}"#,
            "\(found)")
    }

    /// What cannot be counted is named, and its bound, too.
    @Test func numbersThatAreTooLarge() throws {
        let found = try issues(#"{"q":"a","limit":"9007199254740993"}"#, Self.query)
        let expected =
            #"[{"code":"too_big","maximum":9007199254740991,"note":"Integers must be within the safe integer range.","#
            + #""origin":"int","inclusive":true,"path":["limit"],"message":"#
            + #""Too big: expected int to be <=9007199254740991"},"#
        #expect(found == expected + Self.bound("big").dropFirst())
        let infinite = try issues(#"{"q":"a","limit":"Infinity"}"#, Self.query)
        #expect(infinite.contains(#""received":"Infinity""#))
    }

    private static let flags: [(json: String, value: String?)] = [
        ("true", "true"), ("false", "false"), (#"" TRUE ""#, "true"), (#""\ufeffFalse\u00a0""#, "false"),
        (#""""#, ""), ("null", ""), (#"" ""#, nil), ("1", nil), (#""yes""#, nil), ("[]", nil),
    ]

    @Test(arguments: flags) func aFlag(json: String, value: String?) throws {
        let found = try issues(#"{"q":"a","sortLinks":\#(json)}"#, Self.query)
        let rest = #"passes: {"q":"a","limit":10,"offset":0,"operator":"OR""#
        let refused =
            #"[{"expected":"boolean","code":"invalid_type","path":["sortLinks"],"message":"#
            + #""sortLinks must be true or false"}]"#
        let passes = { (value: String) in value.isEmpty ? "\(rest)}" : #"\#(rest),"sortLinks":\#(value)}"# }
        #expect(found == (value.map(passes) ?? refused))
    }

    @Test func textsOfAQuery() throws {
        let blank = try issues(#"{"q":" \u3000"}"#, Self.query)
        #expect(
            blank == #"[{"origin":"string","code":"too_small","minimum":1,"inclusive":true,"path":["q"],"#
                + #""message":"q is required"}]"#)
        #expect(try issues("{}", Self.query).contains("expected string, received undefined"))
        #expect(try issues(#"{"q":" a b "}"#, Self.query).hasPrefix(#"passes: {"q":"a b","#))
        #expect(try issues(#"{"q":"a","operator":"and"}"#, Self.query).contains(#"one of \"AND\"|\"OR\""#))
    }

    /// In the schema's order, without what is not in it; of a repeated member the last one counts.
    @Test func whatPassesIsInOrder() throws {
        let given = #"{"weight":1,"x":2,"term":"a","term":"t","type":"bug"}"#
        #expect(try issues(given, Self.link) == #"passes: {"type":"bug","term":"t","weight":1}"#)
        #expect(
            try issues(#"{"term":"t","type":"bug"}"#, Self.link)
                == #"passes: {"type":"bug","term":"t","weight":0.5}"#)
    }

    @Test func aFailureIsOneSentenceForTools() throws {
        let failure = #expect(throws: ValidationFailure.self) {
            try Self.add.validated(["session": "s", "key": "", "value": ["links": [["type": "bug"]]]])
        }
        #expect(
            failure?.description
                == "key: Too small: expected string to have >=1 characters, value.summary: Invalid input: expected "
                + "string, received undefined, value.links.0.term: Invalid input: expected string, received undefined")
        let root = #expect(throws: ValidationFailure.self) { try Self.add.validated(nil) }
        #expect(root?.description == "root: Invalid input: expected object, received null")
    }

    @Test func whatIsEchoedIsBounded() throws {
        let many = JSONValue.array((0..<5_000).map { _ in 7 })
        let failure = #expect(throws: ValidationFailure.self) { try ValueSchema.list(Self.link).validated(many) }
        #expect(failure?.issues.count == ValidationLimits.issues)
        let long = String(repeating: "é", count: 10_000)
        let object = JSONObject((0..<1_000).map { .init(name: "\($0)\(long)", value: 1) })
        let strict = ValueSchema.object([], unknown: .refused)
        let names = #expect(throws: ValidationFailure.self) { try strict.validated(.object(object)) }
        #expect(names?.issues.first?.members["keys"]?.array?.count == ValidationLimits.echoedNames)
        #expect(names.map { $0.json.compactBytes.count < 100_000 } == true)
        // Deeper than any schema is not looked at.
        var deep: JSONValue = 1
        for _ in 0..<JSONParser.maximumDepth { deep = [deep] }
        #expect(throws: ValidationFailure.self) { try Self.add.validated(deep) }
    }
}

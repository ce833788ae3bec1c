import MemoryLedger
import Testing

/// Goal: exactly RFC 8259 is accepted, and nothing of it is lost. Method: tables of texts, the refused ones with the
/// reason and the offset, and mutated bytes from a seeded generator.
@Suite struct JSONParserTests {
    @Test(arguments: [
        "null", "true", "false", "0", "-0", "12", "-1.5", "1.10", "1e3", "2E-7", "12345678901234567890", "0.1e+10",
        #""""#, #""a""#, #""中文🧠""#, "[]", "{}", "[1,[2,[]],{}]", #"{"a":1,"a":2,"":null}"#,
        #"{"z":[true,false],"a":{"b":"c"}}"#,
    ])
    func keepsCanonicalTextAsItIs(text: String) throws {
        #expect(try JSONValue(parsing: text).description == text)
    }

    @Test(
        arguments: [
            (" [ 1 ,\t2\r\n] ", "[1,2]"),
            (#""\u0041\n\/\"\\\b\f\r\t""#, #""A\n/\"\\\b\f\r\t""#),
            (#""\ud83e\udde0\u4E2d""#, #""🧠中""#),
            (#""\u0000\u001f\u007f""#, "\"\\u0000\\u001f\u{7f}\""),
            (#"{ "a" : { } , "b" : [ ] }"#, #"{"a":{},"b":[]}"#),
        ] as [(String, String)])
    func readsWhatOthersWrite(text: String, canonical: String) throws {
        #expect(try JSONValue(parsing: text).description == canonical)
    }

    @Test(
        arguments: [
            ("", JSONSyntaxError.Reason.unexpectedEnd, 0),
            ("  ", .unexpectedEnd, 2),
            ("[1", .unexpectedEnd, 2),
            ("[1,", .unexpectedEnd, 3),
            (#"{"a""#, .unexpectedEnd, 4),
            (#""abc"#, .unexpectedEnd, 4),
            (#""\u12"#, .unexpectedEnd, 5),
            ("tru", .unexpectedEnd, 3),
            ("nul1", .unexpectedByte, 3),
            ("[1,]", .unexpectedByte, 3),
            (#"{"a":1,}"#, .unexpectedByte, 7),
            ("{a:1}", .unexpectedByte, 1),
            ("'a'", .unexpectedByte, 0),
            ("\u{feff}1", .unexpectedByte, 0),
            ("NaN", .unexpectedByte, 0),
            ("+1", .unexpectedByte, 0),
            ("1 2", .trailingBytes, 2),
            ("{}{}", .trailingBytes, 2),
            ("01", .invalidNumber, 1),
            ("-", .unexpectedEnd, 1),
            ("-a", .invalidNumber, 1),
            ("1.", .unexpectedEnd, 2),
            ("1.e1", .invalidNumber, 2),
            ("1e+", .unexpectedEnd, 3),
            (#""\x""#, .invalidEscape, 1),
            (#""\u00g0""#, .invalidEscape, 1),
            ("\"a\nb\"", .controlCharacter, 2),
            ("\"\\t\u{1}\"", .controlCharacter, 3),
            (#""\ud800""#, .loneSurrogate, 1),
            (#""a\udc00""#, .loneSurrogate, 2),
            (#""\ud800\u0041""#, .loneSurrogate, 1),
            (#""\ud800\ud800""#, .loneSurrogate, 1),
        ] as [(String, JSONSyntaxError.Reason, Int)])
    func refusesTheRest(text: String, reason: JSONSyntaxError.Reason, offset: Int) {
        #expect(throws: JSONSyntaxError(reason: reason, offset: offset)) { try JSONValue(parsing: text) }
    }

    @Test(
        arguments: [
            [0x22, 0xff, 0x22], [0x22, 0xc0, 0x80, 0x22], [0x22, 0xed, 0xa0, 0x80, 0x22],
            [0x22, 0xf4, 0x90, 0x80, 0x80, 0x22],
            [0x22, 0x5c, 0x6e, 0xe4, 0xb8, 0x22],
        ] as [[UInt8]])
    func refusesInvalidUTF8(bytes: [UInt8]) {
        #expect(throws: JSONSyntaxError(reason: .invalidUTF8, offset: 0)) { try JSONParser.parse(bytes) }
    }

    @Test func limitsTheDepth() throws {
        let levels = JSONParser.maximumDepth
        let deepest = String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
        #expect(try JSONValue(parsing: deepest).description == deepest)
        #expect(throws: JSONSyntaxError(reason: .tooDeep, offset: levels)) { try JSONValue(parsing: "[\(deepest)]") }
        #expect(throws: JSONSyntaxError(reason: .tooDeep, offset: levels)) {
            try JSONValue(parsing: String(repeating: "[", count: 1_000_000))
        }
    }

    /// Any bytes give a value or a typed error, and a value is written as text that reads back as the same value.
    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func survivesAnyBytes(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<400 {
            let value = JSONValue.random(depth: 3, using: &random)
            var bytes = value.compactBytes
            #expect(try JSONParser.parse(bytes) == value, "seed \(seed)")
            #expect(try JSONValue(parsing: value.indented) == value, "seed \(seed)")
            for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: place)
                default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
                }
            }
            do throws(JSONSyntaxError) {
                let mutant = try JSONParser.parse(bytes)
                #expect(try JSONParser.parse(mutant.compactBytes) == mutant, "seed \(seed)")
            } catch {
                #expect((0...bytes.count).contains(error.offset), "seed \(seed)")
            }
        }
    }
}

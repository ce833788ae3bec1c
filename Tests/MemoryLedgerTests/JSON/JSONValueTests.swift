import MemoryLedger
import Testing

/// Goal: numbers keep their digits and objects their members. Method: tables.
@Suite struct JSONValueTests {
    @Test(
        arguments: [
            (0.0, "0"), (-0.0, "-0.0"), (1.0, "1"), (-3.0, "-3"), (0.5, "0.5"), (0.1, "0.1"),
            (0.30000000000000004, "0.30000000000000004"),
            (1e21, "1e+21"), (5e-300, "5e-300"), (9_007_199_254_740_991.0, "9007199254740991"), (.infinity, "null"),
            (.nan, "null"),
        ] as [(Double, String)])
    func writesDoubles(value: Double, text: String) {
        #expect(JSONValue(value).description == text)
    }

    @Test(
        arguments: [
            ("1", 1.0, 1), ("1.0", 1.0, 1), ("1e3", 1000.0, 1000), ("1.5", 1.5, nil), ("-7", -7.0, -7),
            ("9223372036854775807", 9.223372036854775807e18, Int64.max),
            ("9223372036854775808", 9.223372036854775808e18, nil),
            ("1e400", .infinity, nil), ("9007199254740993.0", 9_007_199_254_740_992, nil),
        ] as [(String, Double, Int64?)])
    func readsNumbers(text: String, double: Double, int64: Int64?) throws {
        let number = try #require(JSONNumber(text: text))
        #expect(number.double == double)
        #expect(number.int64 == int64)
        #expect(number.text == text)
    }

    @Test(arguments: ["", " 1", "1 ", "01", "0x1", "\"1\"", "1.", "--1"])
    func refusesWhatIsNoNumber(text: String) {
        #expect(JSONNumber(text: text) == nil)
    }

    @Test func lastOfARepeatedNameCounts() throws {
        var object = try #require(try JSONValue(parsing: #"{"a":1,"b":2,"a":3}"#).object)
        #expect(object["a"] == 3)
        object["a"] = 4
        #expect(JSONValue(object).description == #"{"b":2,"a":4}"#)
        object["b"] = nil
        object["c"] = "x"
        #expect(JSONValue(object).description == #"{"a":4,"c":"x"}"#)
    }

    @Test func equalMeansWrittenTheSame() {
        #expect(JSONValue.string("e\u{301}") != JSONValue.string("\u{e9}"))
        #expect(JSONValue.number(JSONNumber(1)) != (try? JSONValue(parsing: "1.0")))
        #expect(JSONValue(["e\u{301}": 1] as JSONObject)["\u{e9}"] == nil)
        #expect(MemoryKey(key: "e\u{301}") != MemoryKey(key: "\u{e9}"))
    }

    @Test func indentsByTwoSpaces() {
        let value: JSONValue = ["a": [1, [], [:]], "b": ["c": nil]]
        #expect(
            value.indented == """
                {
                  "a": [
                    1,
                    [],
                    {}
                  ],
                  "b": {
                    "c": null
                  }
                }
                """)
    }
}

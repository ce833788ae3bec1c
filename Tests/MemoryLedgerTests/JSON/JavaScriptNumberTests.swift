import Testing

@testable import MemoryLedger

/// Goal: numbers are written as `JSON.stringify` writes them, but for -0. Method: what Node printed for them.
@Suite struct JavaScriptNumberTests {
    @Test(
        arguments: [
            (0, "0"), (-0.0, "-0.0"), (1, "1"), (-1.5, "-1.5"), (0.1 + 0.2, "0.30000000000000004"), (1e21, "1e+21"),
            (1e20, "100000000000000000000"), (123_456_789_012_345_683_968, "123456789012345680000"),
            (1.5e300, "1.5e+300"), (0.000001, "0.000001"), (1e-7, "1e-7"), (1.25e-7, "1.25e-7"),
            (.leastNonzeroMagnitude, "5e-324"),
            (0.00001234, "0.00001234"), (1e16, "10000000000000000"), (9_007_199_254_740_992, "9007199254740992"),
            (1.7976931348623157e308, "1.7976931348623157e+308"), (100, "100"), (0.5, "0.5"),
        ] as [(Double, String)])
    func isWrittenAsInJavaScript(value: Double, text: String) {
        #expect(JSONNumber(javaScript: value)?.text == text)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func whatIsNoJSONIsNone(value: Double) {
        #expect(JSONNumber(javaScript: value) == nil)
    }
}

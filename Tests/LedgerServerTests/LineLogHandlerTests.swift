import EventLog
import EventLogTesting
import Logging
import MemoryLedger
import Synchronization
import Testing

@testable import LedgerServer

/// Goal: whatever is logged, a line stays a line, and no value passes for another. Method: values that a client might
/// send, in both formats.
@Suite struct LineLogHandlerTests {
    private final class Lines: Sendable {
        private let text = Mutex("")

        var all: String { text.withLock { $0 } }
        func write(_ line: String) { text.withLock { $0 += line } }
    }

    private static func line(
        _ format: ServerConfiguration.LogFormat, _ message: String, _ metadata: Logger.Metadata,
        own: Logger.Metadata = [:]
    ) -> String {
        let lines = Lines()
        var logger = Logger(label: "test") { _ in
            LineLogHandler(format, level: .info, clock: FixedClock(Timestamp(milliseconds: 0))) { lines.write($0) }
        }
        for (name, value) in own { logger[metadataKey: name] = value }
        logger.info("\(message)", metadata: metadata)
        return lines.all
    }

    @Test func eachNameStandsOnceInAnObject() throws {
        let line = Self.line(
            .json, "Hello", ["a": "given", "time": "t", "level": "l", "message": "m", "message_": "n"],
            own: ["a": "own", "b": "own"])
        #expect(line.hasSuffix("}\n") && line.filter { $0 == "\n" }.count == 1)
        let object = try #require(try JSONValue(parsing: line).object)
        #expect(Set(object.members.map(\.name)).count == object.members.count)
        #expect(object["a"] == "given" && object["b"] == "own" && object["level"] == "info")
        #expect(object["message"] == "Hello" && object["time"] == "1970-01-01T00:00:00.000Z")
        #expect(object["time_"] == "t" && object["level_"] == "l")
        #expect(Set(["message_", "message__"].map { object[$0]?.string }) == ["m", "n"])
    }

    @Test(arguments: [
        ("word", "word"), ("", "\"\""), ("two words", "\"two words\""), ("a\nb=c", "\"a\\u{a}b=c\""),
        ("x level=error", "\"x level=error\""), ("\"", "\"\\\"\""), ("\\", "\"\\\\\""), ("é", "é"),
        ("\u{1b}[2J", "\"\\u{1b}[2J\""), ("\u{202e}a", "\"\\u{202e}a\""), ("\u{2028}", "\"\\u{2028}\""),
        ("a=b", "\"a=b\""), ("\u{a0}", "\"\\u{a0}\""),
    ])
    func aValueOfATextIsOneWordOrStandsInQuotes(value: String, shown: String) {
        let line = Self.line(.text, "Hello\n world", ["name": "\(value)"])
        #expect(line == "1970-01-01T00:00:00.000Z info Hello\\u{a} world name=\(shown)\n")
    }

    @Test func whatIsLoggedForARequestBearsItsID() async throws {
        let id = RequestNumbers(start: Timestamp(milliseconds: 1)).next()
        let line = await RequestLog.$id.withValue(id) {
            await Task { Self.line(.json, "Hello", [:]) }.value
        }
        #expect(try JSONValue(parsing: line)["request"]?.string == "\(id)")
        #expect(try JSONValue(parsing: Self.line(.json, "Hello", [:]))["request"] == nil)
    }
}

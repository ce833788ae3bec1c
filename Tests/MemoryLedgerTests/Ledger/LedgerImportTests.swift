import EventLog
import SQLiteEventLog
import Testing

@testable import MemoryLedger

/// Goal: a line that is no event ends an import with its number, and everything before it is kept.
/// Method: a table of bad lines, each put between good ones.
@Suite(.onEveryBackend) struct LedgerImportTests {
    /// A `MemoryAdded` with an empty content under a key of its own.
    private static func good(_ number: Int) -> String {
        """
        {"stream":"mem/k\(number)","version":1,"type":"MemoryAdded","event_id":"\(id(number))","payload":"CgA="}
        """
    }

    private static func id(_ number: Int) -> String { "0199c2a8-1c00-7abc-8def-0123456789a\(number)" }

    private static let malformed: [(line: String, reason: String)] = [
        ("nonsense", "not JSON"), ("[]", "not a JSON object"), ("{}", "`stream` is missing"),
        (#"{"stream":"#, "not JSON"),
        (#"{"stream":1}"#, "`stream` is a string, not number"),
        (good(2).replacing("\"version\":1", with: "\"version\":\"1\""), "`version` is a number, not string"),
        (good(2).replacing("\"version\":1", with: "\"version\":0"), "`version` is 1 or more"),
        (good(2).replacing("\"version\":1", with: "\"version\":1.5"), "`version` is a whole number"),
        (good(2).replacing(id(2), with: "7"), "`event_id` is not a UUID"),
        (good(2).replacing("CgA=", with: "?"), "`payload` is not base64"),
        (good(2).replacing("\"payload\":\"CgA=\"", with: "\"data\":{}"), "`data` has no `domain`"),
        (good(2).replacing(",\"payload\":\"CgA=\"", with: ""), "`payload` is missing"),
        (good(2).replacing("CgA=", with: "/w=="), "its payload is no MemoryAdded"),
        (good(2).replacing("{", with: #"{"schema_version":1e12,"#), "`schema_version` is too large"),
        (good(2).replacing("{", with: #"{"occurred_at":"yesterday","#), "`occurred_at` is not a time"),
        (good(2).replacing("{", with: #"{"actor":{},"#), "`actor` is a string, not object"),
    ]

    @Test(arguments: malformed)
    func aMalformedLineIsNamed(line: String, reason: String) async throws {
        let error = try await expectError(.malformedLine, after: [Self.good(0), "", Self.good(1)], line)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }

    /// What only the log can tell.
    private static let refused: [(line: String, code: EventLogError.Code)] = [
        (good(2).replacing("\"version\":1", with: "\"version\":2"), .conflict),
        (good(1).replacing(id(1), with: id(2)), .conflict),
        (good(2).replacing("\"mem/k2\"", with: "\"\""), .invalidArgument),
        (good(2).replacing("{", with: #"{"schema_version":0,"#), .invalidArgument),
        (good(2).replacing("{", with: #"{"actor":"","#), .invalidArgument),
    ]

    @Test(arguments: refused)
    func aRefusedLineIsNamed(line: String, code: EventLogError.Code) async throws {
        let error = try await expectError(.refused, after: [Self.good(0), "", Self.good(1)], line)
        #expect((error?.underlying as? EventLogError)?.code == code, "\(error?.message ?? "")")
    }

    @Test func aLineBeyondTheLimitIsNamed() async throws {
        var limits = EventImportLimits()
        limits.lineBytes = 200
        let long = String(repeating: " ", count: 201)
        _ = try await expectError(.lineTooLong, after: [Self.good(0), "", Self.good(1)], long, limits)
    }

    /// The ids of one ledger's events, under other streams: the file was made by mistake.
    @Test func anIDOfAnotherEventIsRefused() async throws {
        let test = try await TestLedger.open()
        _ = try await test.importing([Self.good(1)])
        let line = Self.good(2).replacing(Self.id(2), with: Self.id(1))
        let error = await #expect(throws: EventImportError.self) {
            _ = try await test.importing([Self.good(0), line, Self.good(3)])
        }
        #expect(error?.code == .refused && error?.line == 2)
        #expect(try await test.ledger.log.head() == 2)
        await test.ledger.close()
    }

    @Test func linesWithoutAVersionLandAnywhere() async throws {
        let test = try await TestLedger.open()
        let bare = { (number: Int, stream: Int) in
            Self.good(number).replacing("\"version\":1,", with: "").replacing("mem/k\(number)", with: "mem/k\(stream)")
        }
        let report = try await test.importing([Self.good(0), bare(1, 0), bare(2, 5), bare(3, 5)])
        #expect(report.imported == 4)
        #expect(try await test.ledger.log.version(of: "mem/k0") == 2)
        await test.ledger.close()
    }

    @Test func lineBreaksOfAnyKindAndSpaceAreNoMatter() async throws {
        let test = try await TestLedger.open()
        let text = "\n \n\(Self.good(0))\r\n\t\n\(Self.good(1))"
        let report = try await test.ledger.importEvents(AsyncStream(text.utf8.map { [$0] }))
        #expect(report.events == 2 && report.imported == 2)
        await test.ledger.close()
    }

    private func expectError(
        _ code: EventImportError.Code, after before: [String], _ line: String, _ limits: EventImportLimits = .init()
    ) async throws -> EventImportError? {
        let test = try await TestLedger.open()
        let error = await #expect(throws: EventImportError.self) {
            _ = try await test.importing(before + [line, Self.good(3)], limits)
        }
        #expect(error?.code == code && error?.line == 4)
        #expect(error?.message.contains("ine 4") == true)
        #expect(try await test.ledger.list().memories.map(\.key) == ["k0", "k1"])
        await test.ledger.close()
        return error
    }
}

extension TestLedger {
    fileprivate func importing(_ lines: [String], _ limits: EventImportLimits = .init()) async throws
        -> EventImportReport
    {
        try await ledger.importEvents(AsyncStream([Array(lines.joined(separator: "\n").utf8)]), limits: limits)
    }
}

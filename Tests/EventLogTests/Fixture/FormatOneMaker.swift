import EventLog
import EventLogTesting
import Foundation
import SQLiteEventLog
import Testing

/// What the fixture of format 1 was made of: notes in three schema versions, and events of a type without upcasters.
///
/// `format-1.sqlite` is the ledger; `format-1.tsv` says what was given to it, a line an event. Both are made once and
/// never again, because later versions must read what this one wrote. To make those of a new format, run this test with
/// `EVENTLOG_FIXTURE_FOLDER` set to the folder that they shall be written to.
@Suite struct FormatOneMaker {
    private static let folder = ProcessInfo.processInfo.environment["EVENTLOG_FIXTURE_FOLDER"]

    @Test(.enabled(if: folder != nil, "fixtures are made on purpose only"))
    func make() async throws {
        let target = URL(filePath: try #require(Self.folder))
        let file = try LogFile()
        var lines: [String] = []
        for part in 0..<4 {
            let log = try file.open()
            for index in 0..<30 {
                file.clock.advance(by: 977)
                let events = [event(part * 30 + index, file)]
                let stream = Self.stream(index)
                let result = try await log.append(to: stream, events)
                lines.append(Self.line(events[0], stream, result, file.clock.now()))
            }
            if part == 1 { _ = try await log.addDictionary(Array(Self.body(7).utf8)) }
            await log.close()
            if part == 0 || part == 2 { try await SegmentTests.index(file) }
        }
        let text = Data((lines.joined(separator: "\n") + "\n").utf8)
        try text.write(to: target.appendingPathComponent("format-1.tsv"))
        try Data(contentsOf: URL(filePath: file.path)).write(to: target.appendingPathComponent("format-1.sqlite"))
    }

    private static func stream(_ index: Int) -> StreamName {
        index % 4 == 3 ? StreamName("note/\u{e9}t\u{e9} \(index % 3)") : index % 4 == 2 ? "plain" : "note/long"
    }

    private static func body(_ number: Int) -> String {
        (0..<12).map { "Sentence \($0) of note \(number) says what every note says. " }.joined()
    }

    /// Schema 1 holds a title; 2 a title and a body; 3 a language before them.
    private func event(_ number: Int, _ file: LogFile) -> NewEvent {
        let title = "Note \(number)"
        let texts = [title, title + "\n" + Self.body(number), "fr\n" + title + "\n"]
        let version = number % 10 == 9 ? 3 : number % 10 > 6 ? 2 : 1
        var event = file.event(Array(texts[version - 1].utf8), "NoteTaken")
        event.schemaVersion = version
        if number % 13 == 5 { (event.type, event.schemaVersion, event.payload) = ("Measured", 4, Array(0...255)) }
        if number % 5 == 0 { event.occurredAt = Timestamp(milliseconds: 86_400_000 * Int64(number)) }
        if number % 2 == 0 { event.attribution.actor = "agent \(number % 3)" }
        if number % 3 == 0 { event.attribution.correlationID = "request \(number / 6)" }
        if number % 7 == 0 { event.attribution.causationID = "cause \(number)" }
        return event
    }

    private static func line(
        _ event: NewEvent, _ stream: StreamName, _ result: AppendResult, _ now: Timestamp
    ) -> String {
        let fields: [String] = [
            "\(result.positions[0])", stream.rawValue, "\(result.versions[0])", event.type.rawValue,
            "\(event.schemaVersion)", "\(event.id)", "\(now.milliseconds)", "\((event.occurredAt ?? now).milliseconds)",
            event.attribution.actor ?? "", event.attribution.correlationID ?? "", event.attribution.causationID ?? "",
            hex(event.payload),
        ]
        return fields.joined(separator: "\t")
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.hexadecimal
    }
}

import EventLog
import SQLiteEventLog
import Testing

@testable import MemoryLedger

/// Goal: an import says that an export is not all there, and takes what is. Method: an export is cut at every byte of
/// its last lines, loses a line, and follows another.
@Suite(.onEveryBackend) struct CutExportTests {
    /// Three events, five lines.
    private static func export() async throws -> [UInt8] {
        let test = try await TestLedger.open()
        for key in ["a", "b", "c"] { try await test.ledger.add(MemoryKey(key: key), MemoryContent(summary: key)) }
        var bytes: [UInt8] = []
        let report = try await test.ledger.exportEvents { bytes += $0 }
        #expect(report.events == 3)
        await test.ledger.close()
        return bytes
    }

    private static func lines(_ bytes: [UInt8]) -> [[UInt8]] {
        bytes.split(separator: UInt8(ascii: "\n")).map { $0 + [UInt8(ascii: "\n")] }
    }

    private static func importing(_ bytes: [UInt8]) async throws -> EventImportReport {
        let test = try await TestLedger.open()
        let report = try await test.ledger.importEvents(AsyncStream([bytes]))
        #expect(try await test.ledger.log.head() == Position(report.imported))
        await test.ledger.close()
        return report
    }

    @Test func itIsNoticedWhereverItWasCut() async throws {
        let bytes = try await Self.export()
        let lines = Self.lines(bytes)
        #expect(try await Self.importing(bytes).incomplete.isEmpty)
        // Without the last line break nothing is lost.
        #expect(try await Self.importing(bytes.dropLast()).incomplete.isEmpty)
        let begin = lines[0].count
        for end in stride(from: begin, to: bytes.count - 1, by: 7) {
            let report = try await Self.importing(Array(bytes[..<end]))
            let whole = bytes[begin..<end].count { $0 == UInt8(ascii: "\n") }
            // An event's last line may be whole without its line break.
            #expect((whole...whole + 1).contains(report.imported))
            #expect(report.incomplete.map(\.events) == [report.imported] && report.incomplete[0].stated == nil)
        }
    }

    @Test func aCountThatDiffersIsSaid() async throws {
        var lines = Self.lines(try await Self.export())
        lines.remove(at: 2)
        #expect(
            try await Self.importing(Array(lines.joined())).incomplete
                == [IncompleteExport(events: 2, stated: 3, line: 4)])
        // The beginning is gone.
        #expect(
            try await Self.importing(Array(lines.dropFirst().joined())).incomplete
                == [IncompleteExport(events: 2, stated: 3, line: 3)])
    }

    @Test func exportsFollowOneAnother() async throws {
        let bytes = try await Self.export()
        let cut = Self.lines(bytes).dropLast(2).joined()
        #expect(try await Self.importing(bytes + bytes).incomplete.isEmpty)
        #expect(
            try await Self.importing(cut + bytes).incomplete == [IncompleteExport(events: 2, stated: nil, line: 4)])
    }

    @Test func exportsOfOlderVersionsAreTakenAsTheyAre() async throws {
        let lines = Self.lines(try await Self.export()).dropFirst().dropLast()
        let report = try await Self.importing(Array(lines.joined()))
        #expect(report.imported == 3 && report.incomplete.isEmpty)
        // What is no line is an error there, as it was.
        let error = await #expect(throws: EventImportError.self) {
            _ = try await Self.importing(Array(lines.joined().dropLast(9)))
        }
        #expect(error?.code == .malformedLine && error?.line == 3)
    }

    @Test func aNewerFormIsRefused() async throws {
        let line = #"{"export_begin":{"format":"memory-ledger-events","version":2}}"#
        let error = await #expect(throws: EventImportError.self) { _ = try await Self.importing(Array(line.utf8)) }
        #expect(error?.code == .newerEvent && error?.message.contains("use a newer program") == true)
    }
}

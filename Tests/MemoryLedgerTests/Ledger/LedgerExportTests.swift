import EventLog
import SQLiteEventLog
import Testing

import class EventLogTesting.FixedClock

@testable import MemoryLedger

/// Goal: an export holds everything that the log decides, and an import brings it back exactly once.
/// Method: a ledger with every kind of event is exported and imported, whole, again, in pieces, and mixed with what is
/// there already; the digests and the exports are compared.
@Suite(.onEveryBackend) struct LedgerExportTests {
    /// A ledger in which everything has happened that a command can make happen, and something that none can.
    private static func full() async throws -> TestLedger {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        let attribution = Attribution(actor: "a", correlationID: "r1", causationID: "e1")
        let (tea, cup) = (MemoryKey(key: "tea"), MemoryKey(namespace: "%/ns", key: "cup/ü"))
        try await ledger.add(tea, MemoryContent(summary: "s", links: [MemoryLink(type: "bug", key: "x", term: "t")]))
        test.clock.advance(1_000)
        try await ledger.add(cup, MemoryContent(text: String(repeating: "long ", count: 500)), by: attribution)
        try await ledger.update(tea, MemoryChange(keywords: ["k"]), by: attribution)
        _ = try await ledger.access(tea, by: attribution)
        _ = try await ledger.access(cup)
        _ = try await ledger.traverse(tea)
        try await ledger.rename(tea, to: "green")
        let green = MemoryKey(key: "green")
        try await ledger.link(green, MemoryLink(type: "design", key: "y", term: ""))
        try await ledger.unlink(green, from: "x")
        try await ledger.put(green, MemoryContent(summary: "new"))
        let meta = try #require(try await ledger.get(green)).meta
        try await ledger.setMeta(green, MemoryMetaValues(meta))
        try await ledger.delete(cup)
        _ = try await ledger.log.append(
            to: "mem/green", [NewEvent(id: test.id(), type: "Unheard", schemaVersion: 9, payload: [0, 255, 10])])
        return test
    }

    private static func lines(_ ledger: MemoryLedger, after: Position = 0) async throws -> [[UInt8]] {
        var lines: [[UInt8]] = []
        let report = try await ledger.exportEvents(after: after) { lines.append($0) }
        #expect(report.events == lines.count - 2)
        return Array(lines.dropFirst().dropLast())
    }

    /// The lines without the time at which the log took the events.
    private static func comparable(_ lines: [[UInt8]]) throws -> [JSONValue] {
        try lines.map { line in
            var object = try #require(try JSONParser.parse(line).object)
            object["recorded_at"] = nil
            return .object(object)
        }
    }

    private static func importing(
        _ lines: [[UInt8]], into ledger: MemoryLedger, chunk: Int = 1_000, limits: EventImportLimits = .init()
    ) async throws -> EventImportReport {
        let bytes = lines.flatMap(\.self)
        let chunks = stride(from: 0, to: bytes.count, by: chunk).map { Array(bytes[$0..<min($0 + chunk, bytes.count)]) }
        return try await ledger.importEvents(AsyncStream(chunks), limits: limits)
    }

    @Test(arguments: [1, 7, 100_000], [1, 3, 1_000])
    func exportThenImportGivesEqualDigests(chunk: Int, batch: Int) async throws {
        let source = try await Self.full()
        let target = try await TestLedger.open()
        target.clock.advance(86_400_000)
        let lines = try await Self.lines(source.ledger)
        var limits = EventImportLimits()
        limits.batchEvents = batch
        let report = try await Self.importing(lines, into: target.ledger, chunk: chunk, limits: limits)
        #expect(report.events == lines.count && report.imported == lines.count && report.duplicates == 0)
        #expect(report.firstPosition == 1 && report.lastPosition == Int64(lines.count))
        #expect(try await target.ledger.digest() == source.ledger.digest())
        #expect(try Self.comparable(await Self.lines(target.ledger)) == Self.comparable(lines))
        await source.ledger.close()
        await target.ledger.close()
    }

    @Test(arguments: [1, 4, 1_000])
    func importingAgainChangesNothing(batch: Int) async throws {
        let source = try await Self.full()
        let target = try await TestLedger.open()
        let lines = try await Self.lines(source.ledger)
        var limits = EventImportLimits()
        limits.batchEvents = batch
        // First some of them, then all: a batch has known and unknown events; then all of them twice over.
        let part = try await Self.importing(Array(lines[..<6]), into: target.ledger, limits: limits)
        #expect(part.imported == 6)
        let rest = try await Self.importing(lines, into: target.ledger, limits: limits)
        #expect(rest.imported == lines.count - 6 && rest.duplicates == 6 && rest.firstPosition == 7)
        let again = try await Self.importing(lines + lines, into: target.ledger, limits: limits)
        #expect(again.imported == 0 && again.duplicates == 2 * lines.count && again.firstPosition == nil)
        #expect(try await target.ledger.digest() == source.ledger.digest())
        await source.ledger.close()
        await target.ledger.close()
    }

    @Test func anExportBeginsAfterAPosition() async throws {
        let source = try await Self.full()
        let all = try await Self.lines(source.ledger)
        #expect(try await Self.lines(source.ledger, after: 5) == Array(all[5...]))
        #expect(try await Self.lines(source.ledger, after: 1_000).isEmpty)
        await source.ledger.close()
    }

    /// A stream that has gone another way in the target must not be overwritten in silence.
    @Test func aStreamThatWentAnotherWayIsRefused() async throws {
        let source = try await Self.full()
        let target = try await TestLedger.open()
        try await target.ledger.add(MemoryKey(namespace: "%/ns", key: "cup/ü"), MemoryContent(summary: "other"))
        let lines = try await Self.lines(source.ledger)
        let error = await #expect(throws: EventImportError.self) {
            _ = try await Self.importing(lines, into: target.ledger)
        }
        #expect(error?.code == .refused && error?.line == 2)
        #expect((error?.underlying as? EventLogError)?.code == .conflict)
        #expect(try await target.ledger.log.head() == 2)
        #expect(try await target.ledger.get(MemoryKey(key: "tea"))?.content.summary == "s")
        await source.ledger.close()
        await target.ledger.close()
    }
}

extension TestLedger {
    /// An id that is not in the ledger.
    func id() -> EventID { RandomEventIDs().next(at: clock.now()) }
}

extension AsyncStream where Element: Sendable {
    /// The elements, already there.
    init(_ elements: [Element]) {
        self.init { continuation in
            for element in elements { continuation.yield(element) }
            continuation.finish()
        }
    }
}

import EmbeddedLedger
import EventLog
import MerkleLog
import SQLiteEventLog
import Testing

import class EventLogTesting.FixedClock

@testable import MemoryLedger

/// Goal: nothing that another ledger decided about itself takes effect by an import. Method: a ledger that has set,
/// quarantined and released is exported, its lines are moved to other streams too, and imported into one that demands
/// actors and holds something back.
@Suite(.onEveryBackend) struct LeftOutLinesTests {
    private static let web = Contributor.source(Provenance.Source(.tool, "web"))
    private static let evil = Attribution(actor: "evil")

    private static func target() async throws -> TestLedger {
        let test = try await TestLedger.open()
        let admin = Attribution(actor: "admin")
        try await test.ledger.add(
            "poison", MemoryContent(), from: Provenance(source: .init(.tool, "web")), by: admin)
        try await test.ledger.setPolicy(LedgerPolicyChange(requiresActor: true, auditsReads: true), by: admin)
        try await test.ledger.quarantine(web, by: admin)
        return test
    }

    /// The lines of a ledger whose memories came and went, and which has let everything go.
    private static func lines() async throws -> [String] {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.add("fine", MemoryContent(summary: "fine"), by: evil)
        try await ledger.setPolicy(LedgerPolicyChange(requiresActor: false, auditsReads: false), by: evil)
        try await ledger.quarantine(web, by: evil)
        try await ledger.release(web, by: evil)
        try await ledger.recordContext("s", memories: [ContextEntry("fine", version: 1)], by: evil)
        let epoch = EpochStart(
            number: 2, epochID: "0123456789abcdef", origin: "memory-ledger/x/0123456789abcdef", checkpoint: nil,
            restoredOrigin: "memory-ledger/x", restoredSize: 0, restoredRoot: .emptyRoot)
        let event = LedgerEvent.epochStarted(epoch)
        let id = ledger.options.ids.next(at: test.clock.now())
        _ = try await ledger.log.append(to: event.stream, [event.newEvent(id: id, by: evil)])
        var bytes: [UInt8] = []
        try await ledger.exportEvents { bytes += $0 }
        await ledger.close()
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").dropFirst().dropLast().map(String.init)
    }

    private static func moved(_ lines: [String], to stream: String) throws -> [String] {
        try lines.dropFirst().map { line in
            var object = try #require(try JSONParser.parse(Array(line.utf8)).object)
            object["stream"] = .string(stream)
            object["version"] = nil
            return JSONValue.object(object).description
        }
    }

    /// Nil leaves them where they were.
    @Test(.inAFile, arguments: [nil, "mem/other", "$import/0011223344556677", "$else/where"])
    func theyAreLeftOutAndCounted(stream: String?) async throws {
        let lines = try await Self.lines()
        let given = try stream.map { try Array(lines.prefix(1)) + Self.moved(lines, to: $0) } ?? lines
        let test = try await Self.target()
        let origin = try LedgerOrigin.current(in: test.ledger.log.inFile)
        let report = try await test.ledger.importEvents(AsyncStream([Array(given.joined(separator: "\n").utf8)]))
        #expect((report.events, report.imported, report.leftOut) == (6, 1, 5))
        #expect(try test.ledger.policy() == LedgerPolicy(requiresActor: true, auditsReads: true))
        #expect(try await test.ledger.quarantines().map(\.contributor) == [Self.web])
        #expect(try LedgerOrigin.current(in: test.ledger.log.inFile) == origin)
        await expectLogError(.actorRequired) { try await test.ledger.add("n", MemoryContent()) }
        await test.ledger.close()
    }

    /// An erasure that another ledger did takes nothing away that is readable here.
    @Test(.inAFile) func anErasureTakesNothingAway() async throws {
        let source = try await TestLedger.openProtected()
        try await source.ledger.protect("people")
        try await source.ledger.add(.person("ada"), MemoryContent(summary: "first"))
        _ = try await source.ledger.erase(.memory(.person("ada")), reason: "r")
        var bytes: [UInt8] = []
        try await source.ledger.exportEvents { bytes += $0 }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").dropLast().map(String.init)

        let target = try await TestLedger.openProtected()
        try await target.ledger.protect("people")
        try await target.ledger.add(.person("ada"), MemoryContent(summary: "here"))
        let erasure = try #require(lines.last)
        #expect(erasure.contains("SubjectErased"))
        let report = try await target.ledger.importEvents(AsyncStream([Array(erasure.utf8)]))
        #expect(report.imported == 0 && report.leftOut == 1)
        #expect(try await target.ledger.get(.person("ada"))?.content.summary == "here")

        let empty = try await TestLedger.openProtected()
        try await empty.ledger.protect("people")
        try await empty.ledger.importEvents(AsyncStream([bytes]))
        #expect(try await empty.ledger.get(.person("ada")) == nil)
        for each in [source, target, empty] { await each.ledger.close() }
    }
}

import EventLog
import Projections
import SQLiteEventLog
import Testing

@testable import MemoryLedger

/// Goal: an event that a newer program wrote is never passed over in silence. Method: it is appended past the
/// projections, as another process's, and everything that could show an older text is asked.
@Suite(.onEveryBackend) struct NewerEventTests {
    /// `a` as "old", then changed by a newer program at position 2, and an event of an unknown type.
    private static func ledger(
        _ type: EventType = MemoryEvent.Name.updated, schema: Int = 2, payload: [UInt8] = [1, 2, 3]
    ) async throws -> TestLedger {
        let test = try await TestLedger.open()
        try await test.ledger.add("a", MemoryContent(summary: "old"))
        let log = try SQLiteEventLog(path: test.path, options: test.ledger.options.file, clock: test.clock)
        let newer = NewEvent(id: test.id(), type: type, schemaVersion: schema, payload: payload)
        _ = try await log.append(to: "mem/a", [newer])
        _ = try await log.append(
            to: "mem/a", [NewEvent(id: test.id(), type: "Unheard", schemaVersion: 9, payload: [7])])
        await log.close()
        return try await test.reopened()
    }

    @Test(.inAFile, arguments: [(2, [UInt8](arrayLiteral: 1, 2, 3)), (1, [0xff, 0xff])])
    func itIsSetAsideAndNamed(schema: Int, payload: [UInt8]) async throws {
        let test = try await Self.ledger(schema: schema, payload: payload)
        let letters = try await test.ledger.deadLetters()
        #expect(letters.positions == [2] && letters[0].state == .waiting)
        #expect(letters[0].reason.contains(schema == 2 ? "use a newer program" : "cannot be read"))
        // Of the projector that wanted it.
        let statuses = try await test.ledger.projections()
        #expect(statuses.allSatisfy { $0.health == ($0.name == "access_tokens" ? .ok : .deadLetters(1)) })
        let unread = try await test.ledger.unreadEvents()
        #expect(unread.unknown == [.init(type: "Unheard", schemaVersion: nil, events: 1, firstPosition: 3)])
        let newer = UnreadEvents.Kind(type: "MemoryUpdated", schemaVersion: 2, events: 1, firstPosition: 2)
        #expect(unread.newer == (schema == 2 ? [newer] : []))
        // Others can write.
        try await test.ledger.add("b", MemoryContent())
        await test.ledger.close()
    }

    @Test(.inAFile) func thePastFailsRatherThanShowingAnOlderText() async throws {
        let test = try await Self.ledger()
        let ledger = test.ledger
        let attempts: [(String, () async throws -> Void)] = [
            ("get --at", { _ = try await ledger.asOf(.position(2)).get("a") }),
            ("list --at", { _ = try await ledger.asOf(.position(3)).list() }),
            ("history", { _ = try await ledger.history(of: "a") }), ("blame", { _ = try await ledger.blame("a") }),
            ("diff", { _ = try await ledger.diff(DiffQuery(from: .position(0))) }),
            ("undo", { _ = try await ledger.planUndo(.matching(UndoFilter(since: .position(0)))) }),
            ("rebuild", { try await ledger.rebuild() }), ("verify", { _ = try await ledger.verifyProjections() }),
        ]
        for (name, attempt) in attempts {
            let error = await #expect(throws: (any Error).self, "\(name)") { try await attempt() }
            #expect(
                error.map { "\($0)" }?.contains("use a newer program") == true, "\(name): \(error.debugDescription)")
        }
        // What came before it can be seen.
        #expect(try await ledger.asOf(.position(1)).get("a")?.content.summary == "old")
        // A person who decides to do without it, can.
        try await ledger.skipDeadLetters()
        try await ledger.rebuild()
        #expect(try await ledger.unreadEvents().newer.isEmpty)
        await ledger.close()
    }

    @Test(.inAFile) func itIsShownAndExportedAsItIs() async throws {
        let test = try await Self.ledger()
        let event = try #require(try await test.ledger.log.event(at: 2))
        #expect(try event.json()["data"] == ["$unknown": "AQID"])
        var lines: [[UInt8]] = []
        try await test.ledger.exportEvents { lines.append($0) }
        let target = try await TestLedger.open()
        let error = await #expect(throws: EventImportError.self) {
            try await target.ledger.importEvents(AsyncStream(lines))
        }
        #expect(error?.code == .newerEvent && error?.line == 3)
        #expect(error?.message.contains("MemoryUpdated of schema version 2") == true)
        #expect(try await target.ledger.log.head() == 1)
        for each in [test, target] { await each.ledger.close() }
    }

    /// Nor is it appended past this program's projections.
    @Test(.inAFile) func appendingOneIsRefused() async throws {
        let test = try await TestLedger.open()
        await expectLogError(.projectionFailed) {
            _ = try await test.ledger.log.append(
                to: "mem/a", [NewEvent(id: test.id(), type: "MemoryAdded", schemaVersion: 2, payload: [])])
        }
        #expect(try await test.ledger.log.head() == 0)
        await test.ledger.close()
    }

    /// A demand that cannot be read does not keep the ledger from being opened, and is said.
    @Test(.inAFile) func aPolicyOfANewerProgramIsSetAside() async throws {
        let test = try await Self.ledger(LedgerPolicyChange.eventType)
        #expect(try await test.ledger.deadLetters().positions == [2])
        await test.ledger.close()
    }
}

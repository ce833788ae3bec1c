import EventLog
import LedgerCapabilities
import SQLiteEventLog
import Testing

import class EventLogTesting.FixedClock

@testable import MemoryLedger

/// Goal: with audited reads every answer is an event that says who read what and when, and none else is. Method: every
/// query once, of the present and of a moment, and the events that come of it.
@Suite(.onEveryBackend) struct AuditTests {
    private static let ada = Attribution(actor: "ada", correlationID: "r1", causationID: "c1")

    private static func ledger(
        reads: MemoryLedgerOptions.ReadCounting = .batched(reads: 64, milliseconds: 60_000)
    ) async throws -> TestLedger {
        let test = try await TestLedger.open(reads: reads) { $0.auditReads = true }
        let link = MemoryLink(type: "t", key: "b", term: "x")
        try await test.ledger.add("a", MemoryContent(summary: "a", links: [link]), by: ada)
        try await test.ledger.add("b", MemoryContent(summary: "b"), by: ada)
        try await test.ledger.add(MemoryKey(namespace: "x/y", key: "c"), MemoryContent(), by: ada)
        return test
    }

    private static func records(_ test: TestLedger) async throws -> [(RecordedEvent, ReadRecord)] {
        try await test.ledger.flushReads()
        return try await test.ledger.events(EventFilter(types: [AuditEvent.Name.memoriesRead])).map { event in
            guard case .memoriesRead(let record)? = try EventCatalogue.builtIn.body(of: event) as? AuditEvent else {
                throw MemoryLedgerError(.notFound, "no read")
            }
            return (event, record)
        }
    }

    @Test func everyQueryIsWrittenDown() async throws {
        let test = try await Self.ledger()
        let reader = test.ledger.reading(by: Self.ada)
        test.clock.advance(1_000)
        _ = try await reader.get("a")
        _ = try await reader.get("nothing")
        _ = try await reader.list(MemoryQuery(namespace: "mem", limit: 10))
        _ = try await reader.list()
        _ = try await reader.history(of: "a")
        _ = try await reader.blame("b")
        _ = try await test.ledger.diff(DiffQuery(from: .position(0)), by: Self.ada)
        _ = try await test.ledger.asOf(.position(1)).reading(by: Self.ada).get("a")
        _ = try await KVMemoryService(test.ledger, by: Self.ada).getMemory("mem", "a")
        _ = try await KVMemory(test.ledger, namespace: "x/y", by: Self.ada).get("c")
        let records = try await Self.records(test)
        #expect(
            records.map(\.1.operation.rawValue) == [
                "get", "get", "list", "list", "history", "blame", "diff", "get", "summaries", "get",
            ])
        #expect(records.map(\.1.results) == [1, 0, 2, 3, 1, 1, 3, 1, 1, 1])
        #expect(records[0].1.keys == ["a"] && records[1].1.keys.isEmpty && records[2].1.keys == ["a", "b"])
        #expect(records[1].1.query == ["key": "nothing"])
        #expect(records[7].1.asOf == 1 && records[0].1.asOf == nil)
        #expect(
            records.map(\.0.stream.rawValue) == [
                "$reads/mem", "$reads/mem", "$reads/mem", "$reads/", "$reads/mem", "$reads/mem", "$reads/",
                "$reads/mem", "$reads/mem", "$reads/x%2Fy",
            ])
        #expect(records.allSatisfy { $0.0.attribution == Self.ada && $0.0.occurredAt == test.clock.now() })
        try await test.expectRebuildChangesNothing()
        await test.ledger.close()
    }

    /// What the ledger asks itself is no actor's reading.
    @Test func commandsAreNotReads() async throws {
        let test = try await Self.ledger()
        try await test.ledger.update("a", MemoryChange(text: "x"), by: Self.ada)
        try await test.ledger.rename("b", to: "c", by: Self.ada)
        let last = try #require(try await test.ledger.events().last)
        try await test.ledger.undo(test.ledger.planUndo(.events([last.id])), by: Self.ada)
        _ = try await test.ledger.statistics()
        _ = try await test.ledger.digest()
        #expect(try await Self.records(test).isEmpty)
        await test.ledger.close()
    }

    @Test func manyKeysAreCutAndHashed() async throws {
        let test = try await Self.ledger()
        try await test.ledger.addAll((0..<200).map { (MemoryKey(namespace: "many", key: "k\($0)"), MemoryContent()) })
        _ = try await test.ledger.list(MemoryQuery(namespace: "many", limit: 200))
        let record = try #require(try await Self.records(test).last?.1)
        #expect(record.results == 200 && record.keys.count == ReadRecord.maximumKeys)
        #expect(record.keysSHA256?.count == 32)
        await test.ledger.close()
    }

    @Test func strictReadsAreDurableBeforeTheyAnswer() async throws {
        let test = try await Self.ledger(reads: .strict)
        let head = try await test.ledger.log.head()
        _ = try await test.ledger.get("a")
        #expect(try await test.ledger.log.head() == head + 1)
        await test.ledger.close()
    }

    @Test func closingAppendsWhatWaits() async throws {
        let test = try await Self.ledger()
        _ = try await test.ledger.reading(by: Self.ada).get("a")
        await test.ledger.close()
        let again = try await test.another(access: .readOnly)
        #expect(try await again.ledger.events(EventFilter(types: [AuditEvent.Name.memoriesRead])).count == 1)
        await again.ledger.close()
    }

    @Test func aReaderThatCannotWriteGetsNoAnswer() async throws {
        let test = try await Self.ledger()
        try await test.ledger.setPolicy(LedgerPolicyChange(auditsReads: true), by: Self.ada)
        let reader = try await test.another(access: .readOnly)
        for read in [
            { _ = try await reader.ledger.get("a") }, { _ = try await reader.ledger.list() },
            { _ = try await reader.ledger.asOf(.position(1)).get("a") },
        ] as [@Sendable () async throws -> Void] {
            let error = await #expect(throws: EventLogError.self) { try await read() }
            #expect(error?.code == .readOnly)
        }
        await reader.ledger.close()
        await test.ledger.close()
    }

    @Test func aPolicyTurnsItOnAndOff() async throws {
        let test = try await TestLedger.open()
        try await test.ledger.add("a", MemoryContent())
        _ = try await test.ledger.get("a")
        let other = try await test.another()
        try await other.ledger.setPolicy(LedgerPolicyChange(requiresActor: true, auditsReads: true), by: Self.ada)
        let error = await #expect(throws: EventLogError.self) { _ = try await test.ledger.get("a") }
        #expect(error?.code == .actorRequired)
        _ = try await test.ledger.reading(by: Self.ada).get("a")
        #expect(try await Self.records(test).count == 1)
        try await other.ledger.setPolicy(LedgerPolicyChange(requiresActor: false, auditsReads: false), by: Self.ada)
        _ = try await test.ledger.get("a")
        #expect(try await Self.records(test).count == 1)
        await other.ledger.close()
        await test.ledger.close()
    }

    @Test func contextsAreKept() async throws {
        let test = try await TestLedger.open()
        let version = try await test.ledger.add("a", MemoryContent())
        let position = try await test.ledger.recordContext(
            "session 7", memories: [ContextEntry("a", version: version)], by: Self.ada)
        let event = try #require(try await test.ledger.log.event(at: position))
        #expect(event.stream.rawValue == "$contexts/session 7" && event.attribution == Self.ada)
        #expect(
            try event.json().object?["data"]?.description
                == #"{"memories":[{"namespace":"mem","key":"a","version":1}]}"#)
        let bad: [(String, [ContextEntry])] = [
            ("", [ContextEntry("a", version: 1)]), ("s", []),
            ("s", Array(repeating: ContextEntry("a", version: 1), count: MemoryLedger.maximumContextEntries + 1)),
        ]
        for (id, entries) in bad {
            let error = await #expect(throws: MemoryLedgerError.self) {
                try await test.ledger.recordContext(id, memories: entries)
            }
            #expect(error?.code == .invalidArgument)
        }
        #expect(try await test.ledger.log.head() == position)
        await test.ledger.close()
    }
}

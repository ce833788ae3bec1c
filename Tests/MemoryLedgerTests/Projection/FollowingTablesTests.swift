import EventLog
import Foundation
import LedgerCapabilities
import LedgerStorage
import Projections
import Testing

import class EventLogTesting.FixedClock
import class EventLogTesting.InMemoryEventLog

@testable import MemoryLedger

/// Goal: tables that follow a log elsewhere are never the truth, are of one log, and never keep an append from being
/// acknowledged.
/// Method: ledgers on a log in plain arrays, whose tables' file is lost, exchanged or shared.
@Suite struct FollowingTablesTests {
    private let folder: TemporaryFolder
    private let clock = FixedClock(.start)
    private let log: InMemoryEventLog

    init() throws {
        folder = try TemporaryFolder()
        log = InMemoryEventLog(clock: clock)
    }

    private func open(
        _ name: String = "tables.sqlite", on other: InMemoryEventLog? = nil,
        configure: (inout MemoryLedgerOptions) -> Void = { _ in }
    ) async throws -> MemoryLedger {
        var options = MemoryLedgerOptions(clock: clock)
        configure(&options)
        let opened = OpenedLog(other ?? log, options.file.limits, requiresActor: false)
        return try await MemoryLedger.open(on: opened, tables: folder.file(name), options: options)
    }

    @Test func lostTablesAreBuiltAgain() async throws {
        let ledger = try await open()
        for index in 0..<5 { try await ledger.add(MemoryKey(key: "k\(index)"), MemoryContent(summary: "\(index)")) }
        try await ledger.rename("k0", to: "first")
        let digest = try await ledger.digest()
        await ledger.close()
        for suffix in ["", "-wal", "-shm"] { unlink(folder.file("tables.sqlite" + suffix)) }
        let again = try await open()
        #expect(try await again.digest() == digest)
        #expect(try await again.get("first")?.content.summary == "0")
        await again.close()
    }

    /// As the first version of this file has it: see `FormerLayoutTests`.
    @Test func tablesOfTheFormerLayoutAreTakenOver() async throws {
        let ledger = try await open()
        try await ledger.add("tea", MemoryContent())
        let digest = try await ledger.digest()
        await ledger.close()
        let database = try TestDatabase(
            folder.file("tables.sqlite"),
            """
            CREATE TABLE projections (name TEXT PRIMARY KEY, version INTEGER NOT NULL, generation INTEGER NOT NULL,
                position INTEGER NOT NULL) WITHOUT ROWID;
            INSERT INTO projections SELECT 'memories', 4, 7, position FROM projection_positions WHERE projector = 'memories';
            DROP TABLE projection_positions; DROP TABLE projection_generations; PRAGMA user_version = 1;
            DROP TABLE standing_texts; DROP TABLE ended_texts; DROP TABLE hidden_memories; DROP TABLE ended_hidings;
            DROP TABLE expiring_texts;
            """)
        database.close()
        let again = try await open()
        #expect(try await again.digest() == digest)
        for status in try await again.projections() {
            // One more belongs to the memories by now, and was built.
            let isNew = ["access_tokens", "memory_texts"].contains(status.name)
            #expect(status.generation == (isNew ? 1 : 7), "\(status)")
            #expect(status.health == .ok, "\(status)")
        }
        try await again.add("coffee", MemoryContent())
        #expect(try await again.verifyProjections().isEqual)
        await again.close()
    }

    @Test func tablesOfAnotherLogAreRefused() async throws {
        let ledger = try await open()
        try await ledger.add("tea", MemoryContent())
        let digest = try await ledger.digest()
        await ledger.close()
        let other = InMemoryEventLog(clock: clock)
        let elsewhere = try await open("other.sqlite", on: other)
        try await elsewhere.add("coffee", MemoryContent())
        await elsewhere.close()
        await expectLogError(.otherLog) { _ = try await open(on: other) }
        // The log that was refused is still open.
        #expect(try await other.head() == 1)
        let still = try await open()
        #expect(try await still.digest() == digest)
        await still.close()
    }

    @Test(arguments: ["text", "database", "ledger"])
    func whatHoldsNoTablesIsRefusedAndStays(kind: String) async throws {
        let path = folder.file("tables.sqlite")
        switch kind {
        case "text": try Data("no database at all".utf8).write(to: URL(fileURLWithPath: path))
        case "database":
            let database = try TestDatabase(path)
            try database.execute("CREATE TABLE mine (x)")
            database.close()
        default: await (try MemoryLedger.open(at: path)).close()
        }
        let before = FileManager.default.contents(atPath: path)
        await expectLogError(.notALedger) { _ = try await open() }
        #expect(FileManager.default.contents(atPath: path) == before)
    }

    @Test func whoReadsOnlyAppendsNothing() async throws {
        await (try await open()).close()
        let reader = try await open { $0.file.access = .readOnly }
        await expectLogError(.readOnly) { try await reader.add("tea", MemoryContent()) }
        #expect(try await log.head() == 0)
        await reader.close()
    }

    /// Somebody else's events are seen by the next command.
    @Test func aCommandDecidesOnWhatOthersHaveAppended() async throws {
        let (one, two) = (try await open(), try await open("other.sqlite"))
        try await two.add("tea", MemoryContent())
        await expectError(.alreadyExists) { try await one.add("tea", MemoryContent()) }
        try await one.rename("tea", to: "green")
        await expectError(.notFound) { try await two.delete("tea") }
        #expect(try await one.digest() == two.digest())
        await one.close()
        await two.close()
    }

    @Test func tablesOfALogThatHasLostEventsAreBuiltAgain() async throws {
        let ledger = try await open()
        for key: MemoryKey in ["a", "b"] { try await ledger.add(key, MemoryContent()) }
        let shorter = InMemoryEventLog(clock: clock)
        let first = try #require(try log.makeFeed(after: 0).page(limit: 1).first)
        _ = try await shorter.append(
            to: first.stream,
            [NewEvent(id: first.id, type: first.type, schemaVersion: first.schemaVersion, payload: first.payload)])
        await ledger.close()
        let store = try await open("tables.sqlite", on: shorter)
        #expect(try await store.all().map(\.key) == ["a"])
        await store.close()
    }

    /// Of two that share the file, each sees what the other has appended as soon as it has appended itself.
    @Test func twoOpeningsTakeTurns() async throws {
        let (one, two) = (try await open(), try await open())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<40 {
                let ledger = index % 2 == 0 ? one : two
                group.addTask { try await ledger.add(MemoryKey(key: "k\(index)"), MemoryContent()) }
            }
            try await group.waitForAll()
        }
        await expectError(.alreadyExists) { try await one.add("k1", MemoryContent()) }
        for ledger in [one, two] { #expect(try await ledger.all().count == 40) }
        #expect(try await one.verifyProjections().isEqual)
        await one.close()
        await two.close()
    }

    private struct Refusing: Projector {
        struct Refusal: Error {}

        let name = "refusing"
        let version = 1
        let schema = ProjectionSchema(script: "CREATE TABLE refused (x INTEGER PRIMARY KEY);\n")
        let eventTypes: Set<EventType>? = [MemoryEvent.Name.deleted]

        func makeWriter(_ sqlite: SQLiteConnection, isBeingBuilt: Bool) -> any ProjectionWriter { Writer() }

        private final class Writer: ProjectionWriter {
            func apply(_ event: RecordedEvent) throws { throw Refusal() }
            func flush() throws {}
            func forget() {}
        }
    }

    /// What was appended is in the log: a projector cannot take it back.
    @Test func aRefusedEventBecomesADeadLetter() async throws {
        let ledger = try await open { $0.projectors = [Refusing()] }
        try await ledger.add("tea", MemoryContent())
        try await ledger.delete("tea")
        #expect(try await ledger.get("tea") == nil)
        let letters = try await ledger.deadLetters()
        #expect(letters.map(\.projection) == ["refusing"] && letters.map(\.position) == [2])
        await ledger.close()
    }

    @Test func whatWasAppendedBesideItIsThereAtTheNextOpening() async throws {
        let ledger = try await open()
        try await ledger.add("tea", MemoryContent())
        await ledger.close()
        let elsewhere = try await open("other.sqlite")
        try await elsewhere.add("coffee", MemoryContent())
        let digest = try await elsewhere.digest()
        await elsewhere.close()
        for access in [LedgerFileOptions.Access.readOnly, .readWrite] {
            let again = try await open { $0.file.access = access }
            #expect(try await again.digest() == digest, "\(access)")
            await again.close()
        }
    }
}

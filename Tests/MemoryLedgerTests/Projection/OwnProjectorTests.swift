import EventLog
import LedgerStorage
import Projections
import SQLiteEventLog
import Testing

@testable import MemoryLedger

/// Goal: a projector of somebody else's runs as the ledger's own do, and cannot get in its way.
@Suite(.onEveryBackend) struct OwnProjectorTests {
    /// The length of each added memory's summary; refuses the one that says so.
    private struct Lengths: Projector {
        var name = "lengths"
        var version = 1
        var table = "lengths"
        let eventTypes: Set<EventType>? = [MemoryEvent.Name.added]
        var schema: ProjectionSchema {
            ProjectionSchema(script: "CREATE TABLE \(table) (stream TEXT PRIMARY KEY, bytes INTEGER NOT NULL);\n")
        }

        struct Refused: Error {}

        func makeWriter(_ sqlite: SQLiteConnection, isBeingBuilt: Bool) -> any ProjectionWriter {
            Writer(sqlite: sqlite, lengths: self)
        }

        private final class Writer: ProjectionWriter {
            let sqlite: SQLiteConnection
            let lengths: Lengths

            init(sqlite: SQLiteConnection, lengths: Lengths) { (self.sqlite, self.lengths) = (sqlite, lengths) }

            func apply(_ event: RecordedEvent) throws {
                let summary = try event.json()["data"]?["summary"]?.string ?? ""
                if summary == "refuse" { throw Refused() }
                let add = try sqlite.statement("INSERT INTO \(lengths.table) VALUES (?, ?)")
                add.bind(1, event.stream.rawValue)
                add.bind(2, summary.utf8.count * lengths.version)
                try add.run()
            }

            func flush() {}
            func forget() {}
        }
    }

    private func sum(_ ledger: MemoryLedger) async throws -> Int64? {
        try await ledger.readTables { try $0.integer("SELECT sum(bytes) FROM lengths") }
    }

    private func open(_ version: Int? = 1, in test: TestLedger? = nil) async throws -> TestLedger {
        let projectors = version.map { [Lengths(version: $0)] } ?? []
        guard let test else { return try await TestLedger.open { $0.projectors = projectors } }
        return try await test.reopened { $0.projectors = projectors }
    }

    @Test func itIsBuiltWithEachAppendAndByARebuild() async throws {
        let test = try await open()
        try await test.ledger.add("tea", MemoryContent(summary: "1234"))
        #expect(try await sum(test.ledger) == 4)
        try await test.expectRebuildChangesNothing()
        #expect(try await test.ledger.digest().tables.keys.contains("lengths"))
        await test.ledger.close()
    }

    /// A log that was written without it, or with an older version of it, is caught up when the ledger is opened.
    @Test func itIsBuiltAnewWhereItIsMissingOrOlder() async throws {
        var test = try await open(nil)
        try await test.ledger.add("tea", MemoryContent(summary: "1234"))
        test = try await open(1, in: test)
        #expect(try await sum(test.ledger) == 4)
        test = try await open(2, in: test)
        #expect(try await sum(test.ledger) == 8)
        await test.ledger.close()
    }

    @Test(.inAFile) func whatItThrowsRefusesTheAppend() async throws {
        let test = try await open()
        await #expect(throws: EventLogError.self) {
            try await test.ledger.add("tea", MemoryContent(summary: "refuse"))
        }
        #expect(try await test.ledger.events().isEmpty)
        #expect(try await test.ledger.get("tea") == nil)
        await test.ledger.close()
    }

    @Test(arguments: [
        [Lengths(name: "memories")], [Lengths(), Lengths(table: "other")], [Lengths(), Lengths(name: "other")],
        [Lengths(table: "Memories")], [Lengths(table: "events")], [Lengths(version: 0)],
        [Lengths(table: "departures")],
    ])
    func thoseInEachOthersWayAreRefused(projectors: [any Projector]) async throws {
        var options = MemoryLedgerOptions()
        options.projectors = projectors
        let error = await #expect(throws: MemoryLedgerError.self) { try await MemoryLedger.inMemory(options: options) }
        #expect(error?.code == .invalidArgument)
        let folder = try TemporaryFolder()
        await #expect(throws: MemoryLedgerError.self) {
            try await MemoryLedger.open(at: folder.file("ledger.sqlite"), options: options)
        }
    }

    @Test(arguments: [true, false])
    func readingTablesWritesNothing(isInMemory: Bool) async throws {
        let test = try await open()
        let ledger = isInMemory ? try await MemoryLedger.inMemory() : test.ledger
        await #expect(throws: (any Error).self) {
            try await ledger.readTables { try $0.execute("DELETE FROM memories") }
        }
        try await ledger.add("tea", MemoryContent())
        #expect(try await ledger.readTables { try $0.integer("SELECT count(*) FROM memories") } == 1)
        await ledger.close()
        await test.ledger.close()
    }
}

import EventLog
import EventLogTesting
import LedgerCapabilities
import LedgerStorage
import Testing

@testable import Projections

/// Goal: tables that follow a log, in a file of the first format, are taken over without a rebuild, with their dead
/// letters and their former generation; older programs are kept out then. Method: a file that is brought to that
/// format, in which a projector had one projection; beside it a connection that does what the older program does.
@Suite struct FormerFileTests {
    private let folder: TestFolder
    private let clock = FixedClock()
    private let ids = RandomEventIDs.seeded(1)
    private let log: InMemoryEventLog
    private var path: String { folder.path("tables") }

    init() throws {
        folder = try TestFolder()
        log = InMemoryEventLog(clock: clock)
    }

    private func append(_ types: EventType...) async throws {
        for type in types {
            let event = NewEvent(id: ids.next(at: clock.now()), type: type, payload: [1])
            _ = try await log.append([StreamAppend("s", events: [event])])
        }
    }

    private func open(refusing badType: EventType? = nil, isReadOnly: Bool = false) throws -> ProjectionStore {
        let file = LedgerFileOptions.test()
        let settings = ProjectionSettings(
            isReadOnly: isReadOnly, busyTimeoutMilliseconds: file.busyTimeoutMilliseconds, readers: file.readers,
            logger: file.logger)
        return ProjectionStore(
            log: log, database: try ProjectionFile(path: path, log: log, settings: settings), participating: nil,
            projectors: [CountingProjector("counting", "a", "b", badType: badType)], clock: clock)
    }

    /// The same, with the tables as this program has them.
    private func prepared(refusing badType: EventType? = nil) async throws -> ProjectionStore {
        let store = try open(refusing: badType)
        try await store.database.bind()
        try await store.prepare()
        return store
    }

    /// Three events, of which the last was refused; a former generation of the first two; all of it as the older
    /// program had written it. Answers the digests.
    private func makeFormer() async throws -> [String: String] {
        let store = try await prepared(refusing: "Bad")
        try await append("A", "B")
        try await store.bringUp()
        try await store.rebuild()
        try await append("Bad")
        try await store.bringUp()
        let digest = try store.digest().tables
        #expect(try store.deadLetters().map(\.projection) == ["a", "b"])
        await store.close()
        try RawSQLite.run(
            path,
            """
            CREATE TABLE projections (name TEXT PRIMARY KEY, version INTEGER NOT NULL, generation INTEGER NOT NULL,
                position INTEGER NOT NULL) WITHOUT ROWID
            """,
            """
            INSERT INTO projections SELECT projector, version, generation, position
            FROM projection_generations JOIN projection_positions USING (projector) WHERE name = 'a'
            """, "DROP TABLE projection_generations", "DROP TABLE projection_positions",
            "DELETE FROM former_projections WHERE name = 'b'", "UPDATE former_projections SET name = 'counting'",
            "DELETE FROM dead_letters WHERE projection = 'b'", "UPDATE dead_letters SET projection = 'counting'",
            "PRAGMA user_version = 1")
        return digest
    }

    private func format() throws -> (version: Int64?, hasFormerTable: Bool) {
        let raw = try RawSQLite(path)
        return try (raw.sqlite.integer("PRAGMA user_version"), raw.sqlite.hasTable("projections"))
    }

    private func expectAsItWas(_ store: ProjectionStore, _ digest: [String: String]) throws {
        #expect(try store.digest().tables == digest)
        for status in try store.statuses() {
            // A rebuild would have made it the third.
            #expect(status.generation == 2 && status.position == 3 && status.health == .deadLetters(1))
            #expect(status.former?.generation == 1 && status.former?.position == 2)
        }
        #expect(try store.statuses().map(\.name) == ["a", "b"])
        #expect(try store.deadLetters().map(\.projection) == ["a", "b"] && store.deadLetters().positions == [3])
    }

    @Test func itIsTakenOverWithoutARebuild() async throws {
        let digest = try await makeFormer()
        let store = try await prepared()
        try expectAsItWas(store, digest)
        let format = try format()
        #expect(format.version == 2 && !format.hasFormerTable)
        try await append("A")
        try await store.bringUp()
        await store.close()
        let again = try await prepared()
        #expect(try again.states().allSatisfy { $0.generation == 2 && $0.position == 4 })
        await again.close()
    }

    @Test func itsDeadLettersAndItsFormerGenerationAreOfUse() async throws {
        _ = try await makeFormer()
        let store = try await prepared()
        let retried = try await store.retryDeadLetters()
        #expect(retried.applied.map(\.projection) == ["a", "b"] && retried.refused.isEmpty)
        #expect(try await store.verify().isEqual)
        let digest = try store.digest().tables
        for generation in [1, 2] {
            #expect(try await store.rollBack().allSatisfy { $0.generation == generation && $0.position == 3 })
            #expect(try store.digest().tables == digest)
        }
        #expect(try await store.rebuild().projections.map(\.generation) == [3, 3])
        await store.close()
    }

    @Test func whoOnlyReadsReadsItAsItIs() async throws {
        let digest = try await makeFormer()
        let reader = try open(isReadOnly: true)
        try expectAsItWas(reader, digest)
        await reader.close()
        let format = try format()
        #expect(format.version == 1 && format.hasFormerTable)
    }

    @Test func severalThatOpenItAtOnceTakeItOverOnce() async throws {
        let digest = try await makeFormer()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    await (try prepared()).close()
                }
            }
            try await group.waitForAll()
        }
        let store = try await prepared()
        try expectAsItWas(store, digest)
        await store.close()
    }

    /// One that has the file open saves where it stands by the statement here, on a connection that was open before.
    @Test func anOlderProgramIsKeptOut() async throws {
        _ = try await makeFormer()
        let older = try RawSQLite(path)
        let save = "INSERT OR REPLACE INTO projections VALUES ('counting', 1, 2, 4)"
        try older.sqlite.execute("BEGIN IMMEDIATE; \(save); ROLLBACK")
        let store = try await prepared()
        let error = #expect(throws: SQLiteFailure.self) { try older.sqlite.execute(save) }
        #expect(error?.message.contains("no such table: projections") == true)
        await store.close()
    }
}

import EventLog
import LedgerStorage
import Testing

@testable import Projections
@testable import SQLiteEventLog

/// How many events each type has, and the last event of each: two projections of one run, whose rows depend on each
/// other.
private struct TwoProjector: Projector {
    var countsVersion = 1
    var lastVersion = 1
    /// Throws at these events.
    var badType: EventType?

    let name = "counts"
    var version: Int { countsVersion }
    var schema: ProjectionSchema { ProjectionSchema(joining: projections.map(\.schema)) }
    let eventTypes: Set<EventType>? = nil

    var projections: [ProjectionDefinition] {
        [
            ProjectionDefinition(
                name: "counts", version: countsVersion,
                schema: ProjectionSchema(
                    script: "CREATE TABLE counts (type TEXT PRIMARY KEY, events INTEGER NOT NULL) WITHOUT ROWID;")),
            ProjectionDefinition(
                name: "last", version: lastVersion,
                schema: ProjectionSchema(
                    script: """
                        CREATE TABLE last (type TEXT PRIMARY KEY, position INTEGER NOT NULL, number INTEGER NOT NULL);
                        CREATE INDEX idx_last_position ON last (position);
                        """)),
        ]
    }

    func makeWriter(_ sqlite: SQLiteConnection, isBeingBuilt: Bool) -> any ProjectionWriter {
        Writer(projector: self, sqlite: sqlite)
    }

    private final class Writer: ProjectionWriter {
        struct Refusal: Error {}

        let projector: TwoProjector
        let sqlite: SQLiteConnection

        init(projector: TwoProjector, sqlite: SQLiteConnection) { (self.projector, self.sqlite) = (projector, sqlite) }

        func apply(_ event: RecordedEvent) throws {
            if event.type == projector.badType { throw Refusal() }
            let count = try sqlite.statement(
                """
                INSERT INTO counts VALUES (?1, \(projector.countsVersion))
                ON CONFLICT (type) DO UPDATE SET events = events + \(projector.countsVersion)
                """)
            count.bind(1, event.type.rawValue)
            try count.run()
            // What one table has depends on the other.
            let last = try sqlite.statement(
                """
                INSERT OR REPLACE INTO last
                SELECT ?1, ?2 * \(projector.lastVersion), events FROM counts WHERE type = ?1
                """)
            last.bind(1, event.type.rawValue)
            last.bind(2, event.position)
            try last.run()
        }

        func flush() throws {}
        func forget() {}
    }
}

/// Goal: a projector may build several projections in one run: each is versioned, digested, rebuilt and gone back to by
/// itself, and all stand at one position. Method: a projector of two tables that depend on each other; one of them is
/// changed, raised, refused or gone back to.
@Suite struct SeveralProjectionsTests {
    private func append(_ types: EventType..., to test: ProjectedLog) async throws {
        for type in types { _ = try await test.log.append(to: "s", [test.file.event([1], type)]) }
    }

    private func generations(_ test: ProjectedLog) throws -> [String: Int] {
        try test.host.states().reduce(into: [:]) { $0[$1.name] = $1.generation }
    }

    private func number(_ sql: String, _ test: ProjectedLog) throws -> Int64? {
        try test.log.file.read { try $0.integer(sql) }
    }

    @Test func theyStandAtOnePosition() async throws {
        let test = try await ProjectedLog(LogFile(), [TwoProjector(), TallyProjector()])
        try await append("A", "B", "A", to: test)
        #expect(try test.host.states().map(\.name) == ["counts", "last", "tally"])
        #expect(try test.host.states().allSatisfy { $0.position == 3 })
        #expect(try number("SELECT count(*) FROM projection_positions", test) == 2)
        #expect(try test.host.digest(["last"]).tables.keys.sorted() == ["last"])
        #expect(try test.host.digest().tables.keys.sorted() == ["counts", "last", "tally"])
        let statuses = try test.host.statuses()
        #expect(statuses.allSatisfy { $0.health == .ok && $0.position == 3 })
        let error = await expectError(.unknownProjection) { _ = try await test.host.rebuild(["other"]) }
        #expect(error?.message.contains("counts, last, tally") == true)
        await test.log.close()
    }

    /// One row for all projections of a projector; another one would cost every append.
    @Test func anAppendWritesOneRowOfWhereTheyStand() async throws {
        let test = try await ProjectedLog(LogFile(), [TwoProjector()])
        try await append("A", to: test)
        let plain = try await ProjectedLog(LogFile(), [TallyProjector()])
        try await append("A", to: plain)
        func changes(_ test: ProjectedLog) async throws -> Int64 {
            func total() async throws -> Int64? {
                try await test.log.onWriter { try $0.integer("SELECT total_changes()") }
            }
            let before = try await total() ?? 0
            try await append("A", to: test)
            return try await (total() ?? 0) - before
        }
        // Two rows of the projector's own against one.
        #expect(try await changes(test) == changes(plain) + 1)
        await test.log.close()
        await plain.log.close()
    }

    @Test func oneIsRebuiltAndTheOtherStays() async throws {
        let test = try await ProjectedLog(LogFile(), [TwoProjector()])
        try await append("A", "B", "A", to: test)
        let good = try test.host.digest().tables
        try RawSQLite.run(test.file.path, "UPDATE last SET position = 9", "UPDATE counts SET events = 9")
        #expect(try await !test.host.verify(["last"]).isEqual)
        let error = await expectError(.digestMismatch) { try await test.host.rebuild(["last"]) }
        #expect(error?.difference?.tables.map(\.table) == ["last"])
        let report = try await test.host.rebuild(["last"], onDifference: .replace)
        #expect(report.projections.map(\.name) == ["last"] && report.comparisons.map(\.projection) == ["last"])
        #expect(try generations(test) == ["counts": 1, "last": 2])
        #expect(try test.host.digest().tables["last"] == good["last"])
        #expect(try test.host.digest().tables["counts"] != good["counts"])
        try await test.host.rebuild(["counts"], onDifference: .replace)
        #expect(try test.host.digest().tables == good)
        try await append("B", to: test)
        #expect(try await test.host.verify().isEqual)
        await test.log.close()
    }

    @Test func aNewVersionOfOneReplacesThatOne() async throws {
        let file = try LogFile()
        let old = try await ProjectedLog(file, [TwoProjector()])
        try await append("A", "A", to: old)
        let new = try await ProjectedLog(file, [TwoProjector(lastVersion: 2)])
        #expect(try generations(new) == ["counts": 1, "last": 2])
        #expect(try number("SELECT position FROM last", new) == 4)
        let error = await expectError(.newerFormat) { try await append("A", to: old) }
        #expect(error?.message.contains("Projection last ") == true)
        try await append("A", to: new)
        #expect(try number("SELECT position FROM last", new) == 6)
        #expect(try await new.host.verify().isEqual)
        await old.log.close()
        await new.log.close()
    }

    /// Tables that lag cannot be built further with rows of another version among them.
    @Test func whatLagsIsReplacedTogether() async throws {
        let file = try LogFile()
        let old = try await ProjectedLog(file, [TwoProjector()])
        try await append("A", "A", to: old)
        await old.log.close()
        try await file.make([[1]])
        let new = try await ProjectedLog(file, [TwoProjector(lastVersion: 2)])
        #expect(try generations(new) == ["counts": 2, "last": 2])
        #expect(try await new.host.verify().isEqual)
        await new.log.close()
    }

    @Test(arguments: ["DELETE FROM projection_generations WHERE name = 'last'", "DROP TABLE last"])
    func oneThatIsMissingIsBuilt(sql: String) async throws {
        let file = try LogFile()
        let first = try await ProjectedLog(file, [TwoProjector()])
        try await append("A", "B", to: first)
        let good = try first.host.digest().tables
        await first.log.close()
        try RawSQLite.run(file.path, sql)
        let test = try await ProjectedLog(file, [TwoProjector()])
        #expect(try test.host.digest().tables == good)
        #expect(try generations(test)["counts"] == 1)
        await test.log.close()
    }

    // MARK: Dead letters

    /// An event that one of them does without, all do.
    @Test func whatIsRefusedIsALetterOfEach() async throws {
        let file = try LogFile()
        try await file.make([[1]])
        let plain = try file.open()
        _ = try await plain.append(to: "s", [file.event([1], "Bad")])
        await plain.close()
        let test = try await ProjectedLog(file, [TwoProjector(badType: "Bad")])
        #expect(try test.host.deadLetters().map(\.projection) == ["counts", "last"])
        #expect(try test.host.deadLetters(["last"]).positions == [2])
        let refused = try await test.host.retryDeadLetters(["last"]).refused
        #expect(refused.map(\.projection) == ["last"] && refused.map(\.attempts) == [2])
        // It was tried once for both.
        #expect(try test.host.deadLetters(["counts"]).map(\.attempts) == [2])
        #expect(try await test.host.skipDeadLetters(["last"]).map(\.projection) == ["last"])
        #expect(try test.host.deadLetters().map(\.state) == [.skipped, .skipped])
        #expect(try await test.host.rebuild(["last"]).projections.map(\.name) == ["last"])
        #expect(try await test.host.verify().isEqual)
        await test.log.close()
    }

    /// The other one cannot go on beside it: it lacks an event that this one has.
    @Test func whatCanBeAppliedNowIsAppliedToBoth() async throws {
        let file = try LogFile()
        try await file.make([[1]])
        let plain = try file.open()
        _ = try await plain.append(to: "s", [file.event([1], "Bad")])
        await plain.close()
        let old = try await ProjectedLog(file, [TwoProjector(badType: "Bad")])
        await old.log.close()
        let test = try await ProjectedLog(file, [TwoProjector()])
        #expect(try test.host.deadLetters().count == 2)
        let report = try await test.host.rebuild(["last"], onDifference: .replace)
        #expect(report.projections.map(\.name) == ["last", "counts"])
        #expect(report.comparisons.map(\.outcome) == [.different, .different])
        #expect(try test.host.deadLetters().isEmpty)
        #expect(try await test.host.verify().isEqual)
        await test.log.close()
    }

    // MARK: Going back

    @Test func oneGoesBackByItself() async throws {
        let test = try await ProjectedLog(LogFile(), [TwoProjector()])
        try await append("A", "B", "A", to: test)
        try RawSQLite.run(test.file.path, "UPDATE last SET position = 50 WHERE type = 'B'")
        let tampered = try test.host.digest().tables
        try await test.host.rebuild(["last"], onDifference: .replace)
        #expect(try await test.host.rollBack(["last"]).map(\.generation) == [1])
        #expect(try test.host.digest().tables == tampered && generations(test) == ["counts": 1, "last": 1])
        // Not that one alone: there is no other.
        await expectError(.noFormerGeneration) { try await test.host.rollBack() }
        await expectError(.noFormerGeneration) { try await test.host.rollBack(["counts"]) }
        await test.log.close()
    }

    /// It is brought to the log's end beside the ledger, with what it depends on as it was then.
    @Test func oneGoesBackWithWhatCameSince() async throws {
        let test = try await ProjectedLog(LogFile(), [TwoProjector()])
        try await append("A", "B", "A", to: test)
        try RawSQLite.run(test.file.path, "UPDATE last SET position = 50 WHERE type = 'B'")
        try await test.host.rebuild(["last"], onDifference: .replace)
        try await append("A", "C", to: test)
        let counts = try test.host.digest(["counts"]).tables
        #expect(
            try await test.host.rollBack(["last"]) == [
                ProjectionState(name: "last", version: 1, generation: 1, position: 5)
            ])
        #expect(try number("SELECT position FROM last WHERE type = 'B'", test) == 50)
        #expect(try number("SELECT position FROM last WHERE type = 'A'", test) == 4)
        #expect(try number("SELECT number FROM last WHERE type = 'A'", test) == 3)
        #expect(try number("SELECT position FROM last WHERE type = 'C'", test) == 5)
        #expect(try test.host.digest(["counts"]).tables == counts && generations(test) == ["counts": 1, "last": 1])
        #expect(try number("SELECT count(*) FROM sqlite_master WHERE name = 'idx_last_position'", test) == 1)
        #expect(try test.leftovers() == 0)
        // And forth again.
        try await append("B", to: test)
        #expect(try await test.host.rollBack(["last"]).map(\.generation) == [2])
        #expect(try await test.host.verify().isEqual)
        await test.log.close()
    }

    @Test func bothGoBackFromWhereEachStood() async throws {
        let test = try await ProjectedLog(LogFile(), [TwoProjector()])
        try await append("A", "B", to: test)
        try await test.host.rebuild()
        try await append("A", to: test)
        try await test.host.rebuild(["last"])
        try await append("C", to: test)
        let good = try test.host.digest().tables
        #expect(try test.host.statuses().map { $0.former?.position } == [2, 3])
        let states = try await test.host.rollBack()
        #expect(states.map(\.position) == [4, 4] && states.map(\.generation) == [1, 2])
        #expect(try test.host.digest().tables == good)
        await test.log.close()
    }

    // MARK: Going back with letters

    /// The positions of the letters of each, of the generations that serve.
    private func letters(_ test: ProjectedLog) throws -> [String: [Position]] {
        try Dictionary(grouping: test.host.deadLetters(), by: \.projection).mapValues { $0.map(\.position).sorted() }
    }

    /// A log with A at 1, and Bad at 2, which nothing has projected yet.
    private func unprojected(_ file: LogFile, rebuilding names: [String]) async throws {
        let test = try await ProjectedLog(file, [TwoProjector()])
        try await append("A", to: test)
        try await test.host.rebuild(names)
        await test.log.close()
        let plain = try SQLiteEventLog(path: file.path, options: .test(), clock: file.clock)
        _ = try await plain.append(to: "s", [file.event([1], "Bad")])
        await plain.close()
    }

    @Test func whatWaitsGoesBackAlong() async throws {
        let file = try LogFile()
        try await unprojected(file, rebuilding: ["last"])
        let refusing = try await ProjectedLog(file, [TwoProjector(badType: "Bad")])
        #expect(try letters(refusing) == ["counts": [2], "last": [2]])
        try await refusing.host.rollBack(["last"])
        #expect(try letters(refusing) == ["counts": [2], "last": [2]])
        await refusing.log.close()
        let mended = try await ProjectedLog(file, [TwoProjector()])
        _ = try await mended.host.retryDeadLetters()
        #expect(try letters(mended).isEmpty)
        #expect(try await mended.host.verify().isEqual)
        await mended.log.close()
    }

    @Test func thoseThatLackOtherEventsDoNotGoBackTogether() async throws {
        let file = try LogFile()
        try await unprojected(file, rebuilding: ["counts", "last"])
        let refusing = try await ProjectedLog(file, [TwoProjector(badType: "Bad")])
        try await append("C", to: refusing)
        await refusing.log.close()
        let mended = try await ProjectedLog(file, [TwoProjector()])
        try await mended.host.rebuild(["last"], onDifference: .replace)
        try await mended.host.rebuild(["counts"], onDifference: .replace)
        await expectError(.noFormerGeneration) { try await mended.host.rollBack() }
        _ = try await mended.host.retryDeadLetters()
        #expect(try number("SELECT events FROM counts WHERE type = 'Bad'", mended) == 1)
        await mended.log.close()
    }
}

import EventLog
import LedgerStorage
import Testing

@testable import Projections
@testable import SQLiteEventLog

/// Texts, and two indexes over them: one that takes its content from the texts' table, and another projection's, which
/// stores it.
private struct TextProjector: Projector {
    let name = "texts"
    let version = 1
    var schema: ProjectionSchema { ProjectionSchema(joining: projections.map(\.schema)) }
    let eventTypes: Set<EventType>? = nil

    let projections = [
        ProjectionDefinition(
            name: "texts", version: 1,
            schema: ProjectionSchema(
                script: """
                    CREATE TABLE texts (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
                    CREATE VIRTUAL TABLE search USING fts5 (text, content = 'texts', content_rowid = 'id');
                    """,
                digestedBy: ["search": "SELECT id, text FROM texts"])),
        ProjectionDefinition(
            name: "copies", version: 1,
            schema: ProjectionSchema(
                script: "CREATE VIRTUAL TABLE copies USING fts5 (text);",
                digestedBy: ["copies": "SELECT rowid, text FROM copies"])),
    ]

    func makeWriter(_ sqlite: SQLiteConnection, isBeingBuilt: Bool) -> any ProjectionWriter { Writer(sqlite: sqlite) }

    private final class Writer: ProjectionWriter {
        let sqlite: SQLiteConnection

        init(sqlite: SQLiteConnection) { self.sqlite = sqlite }

        func apply(_ event: RecordedEvent) throws {
            for (table, id) in [("texts", "id"), ("copies", "rowid"), ("search", "rowid")] {
                let insert = try sqlite.statement("INSERT INTO \(table) (\(id), text) VALUES (?, ?)")
                insert.bind(1, event.position)
                insert.bind(2, String(decoding: event.payload, as: UTF8.self))
                try insert.run()
            }
        }

        func flush() {}
        func forget() {}
    }
}

/// Goal: a former generation with full-text indexes goes on where events have come since. Method: an index is changed
/// past the log and replaced; then what was changed goes back, and is asked for old and new words.
@Suite struct VirtualRollbackTests {
    private func append(_ texts: String..., to test: ProjectedLog) async throws {
        for text in texts { _ = try await test.log.append(to: "s", [test.file.event(Array(text.utf8))]) }
    }

    /// The rows that an index finds.
    private func found(_ word: String, _ table: String, _ test: ProjectedLog) throws -> [Int64] {
        try test.log.file.read { sqlite in
            let rows = try sqlite.statement("SELECT rowid FROM \(table) WHERE \(table) MATCH ? ORDER BY rowid")
            rows.bind(1, word)
            defer { rows.reset() }
            var found: [Int64] = []
            while try rows.step() { found.append(rows.int64(0)) }
            return found
        }
    }

    private func expectWhole(_ table: String, _ test: ProjectedLog) async throws {
        try await test.log.onWriter { try $0.execute("INSERT INTO \(table) (\(table)) VALUES ('integrity-check')") }
    }

    @Test(arguments: [
        ("copies", "copies", "UPDATE copies SET text = 'cocoa' WHERE rowid = 1"),
        ("texts", "search", "INSERT INTO search (rowid, text) VALUES (1, 'cocoa')"),
    ])
    func anIndexGoesBackWithWhatCameSince(projection: String, table: String, tampering: String) async throws {
        let test = try await ProjectedLog(LogFile(), [TextProjector()])
        try await append("green tea", "black tea", to: test)
        try await test.log.onWriter { sqlite in try sqlite.transaction { try sqlite.execute(tampering) } }
        #expect(try found("cocoa", table, test) == [1])
        try await test.host.rebuild([projection], onDifference: .replace)
        #expect(try found("cocoa", table, test) == [] && found("green", table, test) == [1])
        try await append("white tea", to: test)
        let texts = try test.host.digest(["texts"]).tables

        let states = try await test.host.rollBack([projection])
        #expect(states == [ProjectionState(name: projection, version: 1, generation: 1, position: 3)])
        #expect(try found("cocoa", table, test) == [1] && found("white", table, test) == [3])
        #expect(try found("tea", table, test).suffix(2) == [2, 3])
        #expect(try test.host.digest(["texts"]).tables == texts && test.generations()["texts"] == 1)
        #expect(try test.leftovers() == 0)
        // And forth again.
        try await append("oolong", to: test)
        #expect(try await test.host.rollBack([projection]).map(\.generation) == [2])
        #expect(try found("cocoa", table, test) == [] && found("tea", table, test) == [1, 2, 3])
        #expect(try found("oolong", table, test) == [4])
        for index in ["copies", "search"] { try await expectWhole(index, test) }
        #expect(try await test.host.verify().isEqual)
        await test.log.close()
    }

    @Test func theTextsThemselvesGoBack() async throws {
        let test = try await ProjectedLog(LogFile(), [TextProjector()])
        try await append("green tea", to: test)
        try await test.host.rebuild(["texts"])
        try await append("white tea", to: test)
        try await test.host.rollBack(["texts"])
        #expect(try test.generations() == ["texts": 1, "copies": 1])
        try await append("oolong", to: test)
        #expect(try found("tea", "search", test) == [1, 2] && found("oolong", "copies", test) == [3])
        for index in ["copies", "search"] { try await expectWhole(index, test) }
        #expect(try await test.host.verify().isEqual)
        await test.log.close()
    }
}

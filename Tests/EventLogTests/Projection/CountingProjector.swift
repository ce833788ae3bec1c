import EventLog
import LedgerStorage
import Projections
import SQLiteEventLog

/// A projector of several projections, each of which counts the events of each type in a table of its own.
struct CountingProjector: Projector {
    struct Refusal: Error {}

    var name = "counting"
    /// Each with its table.
    var builds: [(name: String, table: String)]
    var version = 1
    /// Throws at these events.
    var badType: EventType?
    let eventTypes: Set<EventType>? = nil

    init(_ name: String = "counting", _ tables: String..., version: Int = 1, badType: EventType? = nil) {
        self.init(name, tables.map { ($0, $0) }, version: version, badType: badType)
    }

    init(_ name: String, _ builds: [(name: String, table: String)], version: Int = 1, badType: EventType? = nil) {
        (self.name, self.builds, self.version, self.badType) = (name, builds, version, badType)
    }

    var schema: ProjectionSchema { ProjectionSchema(joining: projections.map(\.schema)) }

    var projections: [ProjectionDefinition] {
        builds.map { name, table in
            ProjectionDefinition(
                name: name, version: version,
                schema: ProjectionSchema(
                    script: "CREATE TABLE \(table) (type TEXT PRIMARY KEY, events INTEGER NOT NULL) WITHOUT ROWID;"))
        }
    }

    func makeWriter(_ sqlite: SQLiteConnection, isBeingBuilt: Bool) -> any ProjectionWriter {
        Writer(projector: self, sqlite: sqlite)
    }

    private final class Writer: ProjectionWriter {
        private let projector: CountingProjector
        private let sqlite: SQLiteConnection

        init(projector: CountingProjector, sqlite: SQLiteConnection) {
            (self.projector, self.sqlite) = (projector, sqlite)
        }

        func apply(_ event: RecordedEvent) throws {
            if event.type == projector.badType { throw Refusal() }
            for (_, table) in projector.builds {
                let count = try sqlite.statement(
                    "INSERT INTO \(table) VALUES (?, 1) ON CONFLICT (type) DO UPDATE SET events = events + 1")
                count.bind(1, event.type.rawValue)
                try count.run()
            }
        }

        func flush() throws {}
        func forget() {}
    }
}

extension ProjectedLog {
    func append(_ types: EventType...) async throws {
        for type in types { _ = try await log.append(to: "s", [file.event([1], type)]) }
    }

    /// The generations that serve, by projection.
    func generations() throws -> [String: Int] { try host.states().reduce(into: [:]) { $0[$1.name] = $1.generation } }

    func integer(_ sql: String) throws -> Int64? { try log.file.read { try $0.integer(sql) } }
}

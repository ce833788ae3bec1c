import EmbeddedLedger
import EventLog
import Foundation
import LedgerStorage
import Projections
import SQLiteEventLog
import Synchronization

/// The simplest projector that can go wrong in every way: how many events each stream has, times the projector's
/// version, the bytes of their payloads, and the highest schema version. It holds rows back until it is told to write.
struct TallyProjector: Projector {
    struct CannotTally: Error, CustomStringConvertible {
        var description: String { "this one is bad" }
    }

    var name = "tally"
    var version = 1
    var eventTypes: Set<EventType>?
    /// Throws at these events.
    var badType: EventType = "Bad"
    /// Throws at these events too, and then at all that follow in their streams, for what it holds of them.
    var halfType: EventType?

    var schema: ProjectionSchema {
        ProjectionSchema(
            script: """
                -- One row a stream.
                CREATE TABLE \(name) (
                    stream TEXT PRIMARY KEY,   -- its name
                    events INTEGER NOT NULL,
                    bytes INTEGER NOT NULL,
                    schema_version INTEGER NOT NULL
                ) WITHOUT ROWID;
                CREATE INDEX idx_\(name)_events ON \(name) (events);
                """)
    }

    func makeWriter(_ sqlite: SQLiteConnection, isBeingBuilt: Bool) -> any ProjectionWriter {
        Writer(projector: self, sqlite: sqlite, table: name)
    }

    private final class Writer: ProjectionWriter {
        private struct Tally {
            var events = 0
            var bytes = 0
            var schemaVersion = 0
        }

        private let projector: TallyProjector
        private let sqlite: SQLiteConnection
        private let table: String
        private var held: [StreamName: Tally] = [:]

        init(projector: TallyProjector, sqlite: SQLiteConnection, table: String) {
            self.projector = projector
            self.sqlite = sqlite
            self.table = table
        }

        func apply(_ event: RecordedEvent) throws {
            guard event.type != projector.badType else { throw CannotTally() }
            guard held[event.stream]?.bytes ?? 0 >= 0 else { throw CannotTally() }
            if event.type == projector.halfType {
                held[event.stream, default: Tally()].bytes = -1_000_000
                throw CannotTally()
            }
            held[event.stream, default: Tally()].events += projector.version
            held[event.stream, default: Tally()].bytes += event.payload.count
            held[event.stream, default: Tally()].schemaVersion = max(
                held[event.stream]?.schemaVersion ?? 0, event.schemaVersion)
        }

        func flush() throws {
            let add = try SQLiteStatement(
                connection: sqlite.handle,
                sql: """
                    INSERT INTO \(table) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (stream) DO UPDATE SET
                        events = events + excluded.events, bytes = bytes + excluded.bytes,
                        schema_version = max(schema_version, excluded.schema_version)
                    """)
            for (stream, tally) in held.sorted(by: { $0.key < $1.key }) {
                add.bind(1, stream.rawValue)
                add.bind(2, tally.events)
                add.bind(3, tally.bytes)
                add.bind(4, tally.schemaVersion)
                try add.run()
            }
            held.removeAll()
        }

        func forget() { held.removeAll() }
    }
}

/// A log with its projections.
struct ProjectedLog {
    let file: LogFile
    let log: SQLiteEventLog
    let host: ProjectionStore

    init(
        _ file: LogFile, _ projectors: [any Projector] = [TallyProjector()],
        deliveries: [String: ProjectionDelivery] = [:], upcasters: [Upcaster] = [], busyMilliseconds: Int = 600_000
    ) async throws {
        self.file = file
        log = try file.open(.test(busyMilliseconds: busyMilliseconds))
        host = ProjectionStore(
            log: log, projectors: projectors, deliveries: deliveries, upcasters: UpcasterChain(upcasters))
        do {
            try await host.prepare()
        } catch {
            await log.close()
            throw error
        }
    }

    /// Appends that many events to a stream, one by one.
    func append(_ count: Int, to stream: StreamName = "s") async throws {
        for event in file.events(count) { _ = try await log.append(to: stream, [event]) }
    }

    /// Events by stream, as the projection has them.
    func tally(_ table: String = "tally") throws -> [String: Int] {
        try log.file.read { sqlite in
            let rows = try sqlite.statement("SELECT stream, events FROM \(table)")
            defer { rows.reset() }
            var tally: [String: Int] = [:]
            while try rows.step() { tally[rows.text(0)] = rows.int(1) }
            return tally
        }
    }

    func state(_ name: String = "tally") throws -> ProjectionState? { try host.states().first { $0.name == name } }

    /// Tables that a rebuild left behind.
    func leftovers() throws -> Int {
        let folder = URL(fileURLWithPath: file.path).deletingLastPathComponent().path
        return try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.contains("-rebuild") }.count
    }

    /// The digests, and what they are after a rebuild.
    func digestsAroundRebuild() async throws -> (before: [String: String], after: [String: String]) {
        let before = try host.digest().tables
        try await host.rebuild()
        return (before, try host.digest().tables)
    }
}

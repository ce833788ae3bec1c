import EventLog
import Foundation
import LedgerStorage

/// Projections that are being built up to a position, in a database of their own.
///
/// It begins with empty tables, or with those of a former moment, and goes on from there; the log's events are applied
/// in their order. The database is not read before `complete`.
final class ProjectionBuild: Sendable {
    package let path: String
    /// The events that it does without, by projector.
    let skipped: [ByteText: Set<Position>]
    /// The last erasure when it began: what is built of events from before one is of no use after it.
    let erasure: Position
    private let projectors: [any Projector]
    private let side: SideDatabase
    // Proof of safety: touched only on the side database's queue, but for `position`, which is read between batches.
    nonisolated(unsafe) private var runs: [ProjectionRun]
    nonisolated(unsafe) private(set) var position: Position

    /// - Parameters:
    ///   - position: What the tables at the path hold; 0: they are to be made, and what is there is removed.
    ///   - skipped: As a rebuild does it: a projection may do without some events for good.
    init(
        _ host: ProjectionStore, at path: String, from position: Position, skipping skipped: [ByteText: Set<Position>],
        after erasure: Position? = nil
    ) throws {
        self.path = path
        self.position = position
        self.skipped = skipped
        self.erasure = try erasure ?? host.database.lastErasure()
        projectors = host.projectorsWithPast
        let (projectors, upcasters) = (host.projectorsWithPast, host.upcasters)
        let side = try SideDatabase(
            path: path, isNew: position == 0, rights: FileRights(likeLedger: host.database.path))
        self.side = side
        do {
            runs = try side.runAndWait { sqlite in
                if position == 0 {
                    try ProjectionTables.create(sqlite)
                    for projection in projectors.flatMap(\.built) { try projection.schema.createTables(sqlite) }
                }
                return projectors.map { projector in
                    let run = ProjectionRun(projector, sqlite, upcasters, isBeingBuilt: position == 0)
                    run.passedOver = skipped[projector.key] ?? []
                    return run
                }
            }
        } catch {
            side.discard {}
            throw SQLiteFailure.translated(error, path)
        }
    }

    /// Applies the events that had happened at the moment, but for those that are withheld.
    func apply(_ page: PreparedEvents, at moment: LogMoment, without withheld: WithheldEvents?) async throws {
        do {
            try await side.run { [self] _ in
                try page.apply(to: runs) { moment.includes($0) && withheld?.contains($0) != true }
                position = page.events.last?.position ?? position
            }
        } catch {
            throw SQLiteFailure.translated(error, path)
        }
    }

    /// Applies the events on the caller's thread.
    func applyAndWait(_ page: PreparedEvents) throws {
        do {
            try side.runAndWait { _ in
                try page.apply(to: runs)
                position = page.events.last?.position ?? position
            }
        } catch {
            throw SQLiteFailure.translated(error, path)
        }
    }

    /// Writes everything to the file, with the indexes that it takes to go on, so that it can be copied: what is made
    /// of a copy gets the others. More events may follow.
    func complete() throws {
        do {
            try side.runAndWait { sqlite in
                try write(sqlite)
                for projection in projectors.flatMap(\.built) { try projection.schema.createLookupIndexes(sqlite) }
                try sqlite.execute("COMMIT")
                try sqlite.execute("BEGIN")
            }
        } catch {
            throw SQLiteFailure.translated(error, path)
        }
    }

    /// Completes the database and closes it; its file stays.
    ///
    /// - Parameters:
    ///   - leavesOutVirtualTables: what has the database need not have their modules.
    ///   - more: What is still to be written.
    func finish(
        leavingOutVirtualTables leavesOutVirtualTables: Bool = false,
        _ more: @escaping @Sendable (SQLiteConnection) throws -> Void = { _ in }
    ) async throws {
        do {
            try await side.run { [self] sqlite in
                try write(sqlite)
                for schema in projectors.flatMap(\.built).map(\.schema) {
                    // First, so that the indexes take their place.
                    if leavesOutVirtualTables { try schema.dropVirtualTables(sqlite) }
                    try schema.createIndexes(sqlite)
                    try schema.addGeneratedColumns(sqlite)
                }
                try more(sqlite)
                sqlite.forgetStatements()
                runs = []
            }
            try side.finish()
        } catch {
            throw SQLiteFailure.translated(error, path)
        }
    }

    /// Runs the body with every event applied so far in the tables, and the runs that take more.
    func withTables<T: Sendable>(
        _ body: @escaping @Sendable (SQLiteConnection, [ProjectionRun]) throws -> T
    ) async throws -> T {
        do {
            return try await side.run { [self] sqlite in
                for run in runs { try run.writer.flush() }
                return try body(sqlite, runs)
            }
        } catch {
            throw SQLiteFailure.translated(error, path)
        }
    }

    private func write(_ sqlite: SQLiteConnection) throws {
        for run in runs { try run.writer.flush() }
        for projector in projectors {
            try ProjectionTables.save(position, of: projector.name, sqlite)
            for projection in projector.built {
                let state = ProjectionState(
                    name: projection.name, version: projection.version, generation: 1, position: position)
                try state.save(builtBy: projector.name, sqlite)
            }
        }
    }

    /// Closes the database where it is still open, and removes its file.
    func discard() { side.discard { runs = [] } }
}

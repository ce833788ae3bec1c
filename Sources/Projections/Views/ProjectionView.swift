package import EventLog
import Foundation
package import LedgerStorage
import Synchronization

/// The projections as they stood at a moment, in a database of their own that is not written to.
///
/// Its file goes with it, and what was made of its tables.
package final class ProjectionView: TableReading {
    private struct Side {
        var database: SideDatabase?
        var isClosed = false
    }

    package let moment: LogMoment
    package let path: String
    private let readers: ReaderPool
    /// Keeps the place where the file is.
    private let folder: ViewFolder
    private let side = Mutex(Side())

    init(moment: LogMoment, path: String, in folder: ViewFolder, options: ReaderPool.Options) {
        self.moment = moment
        self.path = path
        self.folder = folder
        readers = ReaderPool(path: path, options: options, isImmutable: true)
    }

    deinit { close() }

    /// Removes the file; a read from then on gets `EventLogError.closed`.
    func close() {
        readers.close()
        unlink(path)
        let database = side.withLock { side in
            side.isClosed = true
            defer { side.database = nil }
            return side.database
        }
        database?.discard {}
    }

    package func read<T>(_ body: (SQLiteConnection) throws -> T) throws -> T {
        do { return try readers.read(body) } catch { throw SQLiteFailure.translated(error, path) }
    }

    package func readSnapshot<T>(_ body: (SQLiteConnection) throws -> T) throws -> T { try read(body) }

    /// A database without a name that is made of the tables when it is first asked for, and kept as long as they are.
    ///
    /// Of those that ask at the same time each makes one, of which one is kept.
    ///
    /// - Parameter fill: is given the new database and the tables.
    /// - Throws: what `fill` throws: then nothing is kept; `EventLogError.closed`.
    package func sideDatabase(
        _ fill: (_ side: SQLiteConnection, _ tables: SQLiteConnection) throws -> Void
    ) throws -> SideDatabase {
        if let known = side.withLock({ $0.database }) { return known }
        let made = try SideDatabase.unnamed(beside: folder.ledgerPath)
        do {
            try readSnapshot { tables in try made.runAndWait { try fill($0, tables) } }
        } catch {
            made.discard {}
            throw error
        }
        let kept = side.withLock { side in
            if side.database == nil, !side.isClosed { side.database = made }
            return side.database
        }
        if kept !== made { made.discard {} }
        guard let kept else { throw EventLogError.closed }
        return kept
    }

    package var sizeBytes: Int64 {
        var status = stat()
        return stat(path, &status) == 0 ? Int64(status.st_size) : 0
    }
}

extension ProjectionStore {
    /// The digest of each projection table of a database that has a past, by its name. Call it in one snapshot.
    package func digests(of sqlite: SQLiteConnection) throws -> [String: String] {
        try TableDigest.sha256(of: projectionsWithPast.flatMap(\.schema.sources), sqlite)
    }

    /// The events that projectors' tables do without for good, by projector.
    func skippedPositions() throws -> [ByteText: Set<Position>] {
        try database.readSnapshot { try skippedPositions($0) }
    }

    /// The same in a transaction.
    func skippedPositions(_ sqlite: SQLiteConnection) throws -> [ByteText: Set<Position>] {
        try projectors.reduce(into: [:]) { skipped, projector in
            skipped[projector.key] = try DeadLetters.skippedPositions(of: projector, sqlite)
        }
    }

    /// Builds the projections as they stood at a moment, in a file of their own.
    ///
    /// Ends early with `CancellationError` where the task is cancelled. Whatever it throws, no file is left.
    ///
    /// - Parameter withheld: what it does without. No snapshot is used then, because that has all of it.
    func openView(
        at moment: LogMoment, in folder: ViewFolder, from snapshots: SnapshotStore,
        without withheld: WithheldEvents? = nil
    ) async throws -> ProjectionView {
        let path = try folder.newFile()
        if let withheld {
            try await build(at: moment, path: path, from: nil, without: withheld, finishing: withheld.complete)
        } else {
            try await build(at: moment, path: path, from: snapshots)
        }
        return ProjectionView(moment: moment, path: path, in: folder, options: database.settings.readers)
    }

    /// Builds the projections as they stood at a moment, in a database at the path.
    ///
    /// Whatever it throws, no file is left.
    ///
    /// - Parameters:
    ///   - snapshots: nil: it is built from nothing.
    ///   - leavesOutVirtualTables: what has the database need not have their modules.
    ///   - more: What is written into it in the end.
    func build(
        at moment: LogMoment, path: String, from snapshots: SnapshotStore?, without withheld: WithheldEvents? = nil,
        progress: RebuildProgress = { _ in }, leavingOutVirtualTables leavesOutVirtualTables: Bool = false,
        finishing more: @escaping @Sendable (SQLiteConnection) throws -> Void = { _ in }
    ) async throws {
        let build = try await begin(
            at: moment, path: path, from: snapshots, without: withheld, progress: progress)
        do {
            try await build.finish(leavingOutVirtualTables: leavesOutVirtualTables, more)
        } catch {
            build.discard()
            throw error
        }
    }

    /// The same, with the database still open: the caller finishes or discards it.
    func begin(
        at moment: LogMoment, path: String, from snapshots: SnapshotStore?, without withheld: WithheldEvents? = nil,
        progress: RebuildProgress = { _ in }
    ) async throws -> ProjectionBuild {
        // Read once: the snapshot and what follows must do without the same events.
        let skipped = try skippedPositions()
        let start = try await snapshots?.expand(for: moment, skipping: skipped, to: path) ?? 0
        let build = try ProjectionBuild(self, at: path, from: start, skipping: skipped)
        do {
            try await replay(into: build, to: moment, without: withheld, progress)
            return build
        } catch {
            build.discard()
            throw error
        }
    }

    private func replay(
        into build: ProjectionBuild, to moment: LogMoment, without withheld: WithheldEvents?,
        _ progress: RebuildProgress
    ) async throws {
        let names = projectionsWithPast.map(\.name)
        let start = monotonicTime()
        let reader = try log.makeFeed(after: build.position)
        func limit(after position: Position) -> Int { min(Self.batchEvents, Int(moment.position - position)) }
        let (projectors, upcasters) = (projectorsWithPast, upcasters)
        let prepare: @Sendable ([RecordedEvent]) -> PreparedEvents = { PreparedEvents($0, for: projectors, upcasters) }
        var page = try await PreparedEvents.read(reader, limit: limit(after: build.position), prepare)
        while let last = page.events.last?.position {
            try Task.checkCancellation()
            // One core reads and decodes the next page while the other applies this one.
            async let next = PreparedEvents.read(reader, limit: limit(after: last), prepare)
            try await build.apply(page, at: moment, without: withheld)
            page = try await next
            progress(
                RebuildStatus(
                    projections: names, position: last, head: moment.position, elapsed: monotonicTime() - start))
        }
        guard build.position == moment.position else {
            throw EventLogError.damagedLog(at: build.position + 1, "the event is missing")
        }
    }
}

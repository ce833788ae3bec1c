import Foundation

/// The projections as they stood at a moment, in a database of their own that nobody writes to.
///
/// Its file goes with it.
package final class ProjectionView: TableReading {
    package let moment: LogMoment
    let path: String
    private let readers: ReaderPool

    init(moment: LogMoment, path: String, options: LedgerFileOptions) {
        self.moment = moment
        self.path = path
        readers = ReaderPool(path: path, options: options)
    }

    deinit {
        readers.close()
        unlink(path)
    }

    package func read<T>(_ body: (SQLiteConnection) throws -> T) throws -> T {
        do { return try readers.read(body) } catch { throw LedgerFile.translate(error, path) }
    }

    package func readSnapshot<T>(_ body: (SQLiteConnection) throws -> T) throws -> T { try read(body) }

    package var sizeBytes: Int64 {
        var status = stat()
        return stat(path, &status) == 0 ? Int64(status.st_size) : 0
    }
}

extension ProjectionHost {
    /// Builds the projections as they stood at a moment, in a file of their own.
    package func openView(at moment: LogMoment) async throws -> ProjectionView {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("memledger-view-\(UUID()).sqlite").path
        let side = try SideDatabase(path: path)
        do {
            try await build(side, moment)
            try side.finish()
        } catch {
            side.discard {}
            throw error
        }
        return ProjectionView(moment: moment, path: path, options: log.file.options)
    }

    private func build(_ side: SideDatabase, _ moment: LogMoment) async throws {
        let (projectors, upcasters) = (projectors, upcasters)
        let runs = ViewRuns()
        try await side.run { sqlite in
            try sqlite.execute(ProjectionState.table)
            for projector in projectors { try projector.schema.createTables(sqlite) }
            runs.runs = projectors.map { ProjectionRun($0, sqlite, upcasters, isBeingBuilt: true) }
        }
        let reader = try ReplayReader(log)
        let prepare: @Sendable ([RecordedEvent]) -> PreparedEvents = { PreparedEvents($0, for: projectors, upcasters) }
        var page = prepare(try reader.page(limit: Self.batchEvents))
        while let first = page.events.first, first.position <= moment.position {
            try Task.checkCancellation()
            async let next = reader.nextPage(limit: Self.batchEvents, prepare)
            let events = page
            try await side.run { _ in try events.apply(to: runs.runs) { moment.includes($0) } }
            page = try await next
        }
        try await side.run { sqlite in
            for run in runs.runs { try run.session.flush() }
            runs.runs = []
            for projector in projectors {
                try projector.schema.createIndexes(sqlite)
                for statement in projector.schema.generatedColumns { try sqlite.execute(statement) }
                try ProjectionState(
                    name: projector.name, version: projector.version, generation: 1, position: moment.position
                ).save(sqlite)
            }
        }
    }
}

/// The runs that build a view.
private final class ViewRuns: Sendable {
    // Proof of safety: touched only inside blocks that run on the side database's queue, one after the other.
    nonisolated(unsafe) var runs: [ProjectionRun] = []
}

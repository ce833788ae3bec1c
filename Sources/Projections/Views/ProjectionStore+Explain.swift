import EventLog

extension ProjectionStore {
    /// Applies an event to the projections as they stood before it, in a database of its own, and tells what it did.
    ///
    /// It knows nothing of the tables: temporary triggers on each note every row that changes. A virtual table can have
    /// none; what it is digested by is compared.
    ///
    /// - Parameter path: Where there is no file, and none is left.
    /// - Throws: `EventLogError.projectionFailed` where a projector refuses the event or one before it.
    func explain(
        _ event: RecordedEvent, at path: String, from snapshots: SnapshotStore
    ) async throws -> EventExplanation {
        let before = LogMoment(position: event.position - 1, time: event.recordedAt)
        let build = try await begin(at: before, path: path, from: snapshots)
        defer { build.discard() }
        return try await build.withTables { sqlite, runs in
            let projections = runs.flatMap(\.projector.built)
            let recorders = try projections.map { projection in
                try projection.schema.sources.map { source -> any RowRecorder in
                    if let query = source.query { return try VirtualTableRecorder(source.name, by: query, sqlite) }
                    return try ChangeRecorder(source.name, sqlite)
                }
            }
            for run in runs {
                try run.apply(event)
                try run.writer.flush()
            }
            let explained = try zip(projections, recorders).map { projection, recorders in
                let tables = try recorders.map { try $0.table(sqlite) }
                return EventExplanation.Projection(
                    name: projection.name, version: projection.version,
                    tables: tables.map(\.table).filter { !$0.rows.isEmpty }, isComplete: tables.allSatisfy(\.isComplete)
                )
            }
            return EventExplanation(event: event, projections: explained)
        }
    }
}

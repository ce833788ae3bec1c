package import EventLog
package import LedgerStorage

/// Is told what happens to the serving tables, on the writer's queue, so that what was read of them can be kept in
/// memory as long as it is true.
package protocol ServingObserver: AnyObject, Sendable {
    /// A transaction begins, whose tables stand at this position.
    func begin(at head: Position)

    /// It has written the rows of an event.
    func note(_ event: RecordedEvent)

    /// It is about to commit, with every event up to this position.
    func finish(through position: Position)

    /// It did not commit, or rows have changed that nothing was said of: another process wrote, or tables were built
    /// again.
    func forget()
}

/// What serving tables depend on: as long as it is the same, so are their rows.
package struct ServingStamp: Hashable, Sendable {
    /// The log's head.
    package var position: Position
    /// The numbers of all generations that serve, by the names of their projections.
    package var generations: String
    /// Events that projectors refused: one that is taken after all changes rows.
    package var deadLetters: Int64
}

extension ProjectionStore {
    /// What the tables depend on, in the connection's snapshot. They commit with the log.
    package func stamp(_ sqlite: SQLiteConnection) throws -> ServingStamp {
        let row = try sqlite.statement(
            "SELECT group_concat(generation) FROM (SELECT generation FROM projection_generations ORDER BY name)")
        defer { row.reset() }
        _ = try row.step()
        // Made with the first of them.
        let deadLetters =
            sqlite.knowsTable("dead_letters") ? try sqlite.integer("SELECT count(*) FROM dead_letters") : nil
        return ServingStamp(
            position: try database.committed(sqlite).head(), generations: row.text(0),
            deadLetters: deadLetters ?? 0)
    }
}

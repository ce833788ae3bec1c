import LedgerStorage

/// Tells which rows of a table an event changes: made before it is applied, asked afterwards.
protocol RowRecorder {
    /// The rows that differ; not complete where there are more than `EventExplanation.maximumChanges`.
    func table(_ sqlite: SQLiteConnection) throws -> (table: EventExplanation.Table, isComplete: Bool)
}

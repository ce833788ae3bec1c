public import EventLog

/// What one event does to the projections' rows.
///
///     let explanation = try await ledger.explain(.position(1))
///     for projection in explanation.projections { print(projection.name, projection.tables.map(\.name)) }
public struct EventExplanation: Hashable, Sendable {
    /// A row before and after the event; nil where it is not there.
    public struct Row: Hashable, Sendable {
        /// In the order of the table's columns.
        public var before: [ColumnValue]?
        public var after: [ColumnValue]?
    }

    /// The rows of one table that the event touched.
    public struct Table: Hashable, Sendable {
        public var name: String
        /// The stored columns; generated ones say nothing new.
        public var columns: [String]
        /// In the order in which they were touched.
        public var rows: [Row]
    }

    /// The tables of one projection that the event touched.
    public struct Projection: Hashable, Sendable {
        public var name: String
        public var version: Int
        /// The tables whose rows differ.
        public var tables: [Table]
        /// The event touched more rows than `maximumChanges` of a table; those are left out.
        public var isComplete: Bool
    }

    public var event: RecordedEvent
    public var projections: [Projection]

    /// Changes of one table that are looked at.
    public static let maximumChanges = 10_000
}

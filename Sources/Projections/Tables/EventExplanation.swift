public import EventLog

/// A column's value, as SQLite stores it.
public enum ColumnValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])

    public static func == (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.integer(let left), .integer(let right)): left == right
        case (.real(let left), .real(let right)): left.bitPattern == right.bitPattern
        case (.text(let left), .text(let right)): left.hasSameBytes(as: right)
        case (.blob(let left), .blob(let right)): left == right
        default: false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .integer(let value): hasher.combine(value)
        case .real(let value): hasher.combine(value.bitPattern)
        case .text(let value): value.hashBytes(into: &hasher)
        case .blob(let value): hasher.combine(value)
        }
    }
}

/// What one event does to the projections' rows.
public struct EventExplanation: Hashable, Sendable {
    /// A row before and after the event; nil where it is not there.
    public struct Row: Hashable, Sendable {
        /// In the order of the table's columns.
        public var before: [ColumnValue]?
        public var after: [ColumnValue]?
    }

    public struct Table: Hashable, Sendable {
        public var name: String
        /// The stored columns; generated ones say nothing new.
        public var columns: [String]
        /// In the order in which they were touched.
        public var rows: [Row]
    }

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

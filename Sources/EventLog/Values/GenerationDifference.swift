/// Where the serving generation of projections and one rebuilt from the log, at the same position, are not the same.
public struct GenerationDifference: Hashable, Sendable {
    /// The position that both stood at.
    public var position: Position
    /// The tables that differ, in the order of their names.
    public var tables: [TableDifference]
    /// The SQLite file in which the rebuilt tables are kept; nil where they were not kept.
    public var keptPath: String?

    package init(position: Position, tables: [TableDifference], keptPath: String? = nil) {
        self.position = position
        self.tables = tables
        self.keptPath = keptPath
    }

    /// Rows that are shown of each table; all are counted.
    public static let maximumShownRows = 10
    /// Bytes of a value that are shown, from shortly before the first byte that differs.
    public static let maximumShownBytes = 80
}

/// The rows of one table that differ.
public struct TableDifference: Hashable, Sendable {
    public var projection: String
    public var table: String
    /// SHA-256 in hexadecimal.
    public var servingDigest: String
    public var rebuiltDigest: String
    /// Rows on both sides with other values.
    public var changed = 0
    /// Rows that the log says and the serving table lacks.
    public var missing = 0
    /// Rows of the serving table that the log does not say.
    public var surplus = 0
    /// The first of these rows in the order of the primary key, at most `GenerationDifference.maximumShownRows`.
    public var rows: [RowDifference] = []
    /// The columns of the serving table, where they are not those of the rebuilt one; rows are not compared then.
    public var servingColumns: [String]?

    package init(
        projection: String, table: String, servingDigest: String, rebuiltDigest: String, changed: Int = 0,
        missing: Int = 0, surplus: Int = 0, rows: [RowDifference] = [], servingColumns: [String]? = nil
    ) {
        self.projection = projection
        self.table = table
        self.servingDigest = servingDigest
        self.rebuiltDigest = rebuiltDigest
        self.changed = changed
        self.missing = missing
        self.surplus = surplus
        self.rows = rows
        self.servingColumns = servingColumns
    }

    /// All rows that differ.
    public var count: Int { changed + missing + surplus }
}

/// One row that differs.
public struct RowDifference: Hashable, Sendable {
    /// Where the row is, and how it differs.
    public enum Kind: String, Hashable, Sendable {
        /// Both have it, with other values.
        case changed
        /// The log says it, and the serving table lacks it.
        case missing
        /// The serving table has it, and the log does not say it.
        case surplus
    }

    /// A column with its value as an SQL literal, cut to `GenerationDifference.maximumShownBytes`.
    public struct Value: Hashable, Sendable {
        public var column: String
        public var value: String

        package init(column: String, value: String) {
            self.column = column
            self.value = value
        }
    }

    /// A column with its values on both sides, as SQL literals.
    public struct Change: Hashable, Sendable {
        public var column: String
        public var serving: String
        public var rebuilt: String

        package init(column: String, serving: String, rebuilt: String) {
            self.column = column
            self.serving = serving
            self.rebuilt = rebuilt
        }
    }

    public var kind: Kind
    /// The primary key.
    public var key: [Value]
    /// The columns that differ, where the row is on both sides.
    public var columns: [Change]

    package init(kind: Kind, key: [Value], columns: [Change]) {
        self.kind = kind
        self.key = key
        self.columns = columns
    }
}

/// What came of comparing a projection with the one rebuilt from the log.
public struct ProjectionComparison: Hashable, Sendable {
    /// What the comparison gave.
    public enum Outcome: Hashable, Sendable {
        /// The serving tables hold what the log says.
        case equal
        /// They do not.
        case different
        /// There was nothing to compare with, and why.
        case notCompared(String)
    }

    public var projection: String
    public var outcome: Outcome

    package init(projection: String, outcome: Outcome) {
        self.projection = projection
        self.outcome = outcome
    }
}

public import EventLog

/// What became of each row of a legacy database.
///
///     print(report.rows, report.imported, report.duplicates, report.quarantined)
///
/// `rows == imported + duplicates + quarantined`; expired rows are among the imported ones.
public struct MigrationReport: Hashable, Sendable {
    /// The database that was read, and what it was found to be.
    public struct Source: Hashable, Sendable {
        public var path: String
        /// Hexadecimal.
        public var sha256: String
        /// Of the first table, the newest.
        public var format: LegacyFormat
        public var table: String
        /// Hexadecimal: the hash of the first import of this database; its own where it is another one than any before.
        public var lineage: String = ""
        /// Hexadecimal: imports that `continuesEarlierImport` found to be of this database, taken for another before.
        public var united: [String] = []
        /// It was imported before, in this or an earlier state.
        public var isContinued = false
        /// It is a checkout of this ledger in a layout of the old program, which may have gone on with it.
        public var isCheckout = false
        /// Others were imported before, and by its rows it is none of them.
        public var isAnother = false
    }

    /// What became of one table's rows: `rows == imported + duplicates + quarantined`.
    public struct Table: Hashable, Sendable {
        public var table: String
        public var format: LegacyFormat
        /// The namespace that the table was said to hold.
        public var namespace: String?
        public var rows = 0
        public var imported = 0
        public var duplicates = 0
        public var quarantined = 0
        public var expired = 0
        /// Memories that come from the table and are in the ledger now, and their links.
        public var memories = 0
        public var links = 0

        init(_ source: LegacySource) {
            table = source.table
            format = source.format
            namespace = source.namespace
        }

        package var json: JSONValue {
            [
                "table": .string(table), "format": .string(format.rawValue),
                "namespace": namespace.map { .string($0) } ?? .null, "rows": JSONValue(rows),
                "imported": JSONValue(imported), "duplicates": JSONValue(duplicates),
                "quarantined": JSONValue(quarantined), "expired": JSONValue(expired), "memories": JSONValue(memories),
                "links": JSONValue(links),
            ]
        }
    }

    /// A row that is set aside.
    public struct Quarantined: Hashable, Sendable {
        public var table: String
        /// The raw key, for a person.
        public var key: String
        /// What keeps it from being imported. If its key is taken, also what to do: the row stays set aside until it
        /// changes or that is done by hand. A row that is no memory comes when it is mended in the source, or is left.
        public var reason: String
    }

    /// A field of a memory that is not what the row says.
    public struct Difference: Hashable, Sendable {
        public var namespace: String
        public var key: String
        public var field: String
    }

    /// A field in which half of a surrogate pair was replaced.
    public struct Repair: Hashable, Sendable {
        public var namespace: String
        public var key: String
        /// As `text` or `links[0].term`.
        public var field: String
    }

    /// The second reading of the source, by another way, against the projection.
    public struct Verification: Hashable, Sendable {
        /// Rows whose memories were compared.
        public var compared = 0
        public var equal = 0
        public var different: [Difference] = []
    }

    public var source: Source
    /// The tables that were read, the newest first.
    public var tables: [Table]
    /// Rows among the duplicates whose statistics were newer than the ledger's and were taken over.
    public var statisticsAdvanced = 0
    /// The first `maximumListed` of them.
    public var quarantine: [Quarantined] = []
    public var verified = Verification()
    /// Fields of imported memories in which half of a surrogate pair was replaced by U+FFFD. The row's bytes are in the
    /// log as they were. The first `maximumListed` of them.
    public var repaired: [Repair] = []
    /// Tables that were not read and could have been: by their name, or by having the columns of Keyv's and no others.
    public var passedOver: [String] = []
    /// The copy that was made of the source.
    public var backup: String?
    /// The positions of this migration's events; nil where it appended none.
    public var firstPosition: Position?
    public var lastPosition: Position?
    public var isDryRun = false

    /// The report names so many quarantined rows and differences at the most; the log and `import_rows` have them all.
    public static let maximumListed = 10_000

    init(source: Source, tables: [Table]) {
        self.source = source
        self.tables = tables
    }

    /// The rows of all tables.
    public var rows: Int { sum(\.rows) }
    /// Rows that were new or changed, the expired ones included.
    public var imported: Int { sum(\.imported) }
    /// Rows that an earlier migration imported as they are now, and those of an older table whose memories stand in a
    /// newer one.
    public var duplicates: Int { sum(\.duplicates) }
    /// Rows that are no memory, or whose key is taken, with this or an earlier migration. Their raw bytes are in the
    /// log.
    public var quarantined: Int { sum(\.quarantined) }
    /// Rows among the imported and the duplicates that are not shown because they have expired.
    public var expired: Int { sum(\.expired) }
    /// Memories that come from the source and are in the ledger now.
    public var memories: Int { sum(\.memories) }
    /// The links of these memories.
    public var links: Int { sum(\.links) }

    private func sum(_ count: KeyPath<Table, Int>) -> Int { tables.reduce(0) { $0 + $1[keyPath: count] } }

    mutating func note(repaired fields: [String], of memory: MemoryKey) {
        for field in fields where repaired.count < Self.maximumListed {
            repaired.append(Repair(namespace: memory.namespace, key: memory.key, field: field))
        }
    }

    /// A row was quarantined or differs: somebody should look.
    public var needsAttention: Bool { quarantined > 0 || verified.equal < verified.compared }

    /// The report under its names in snake_case.
    public var json: JSONValue {
        [
            "source": [
                "path": .string(source.path), "sha256": .string(source.sha256),
                "format": .string(source.format.rawValue), "table": .string(source.table),
                "lineage": .string(source.lineage), "continues": .bool(source.isContinued),
                "checkout": .bool(source.isCheckout),
                "united": .array(source.united.map { .string($0) }),
            ],
            "rows": JSONValue(rows), "imported": JSONValue(imported), "duplicates": JSONValue(duplicates),
            "statistics_advanced": JSONValue(statisticsAdvanced),
            "quarantined": JSONValue(quarantined), "expired": JSONValue(expired), "memories": JSONValue(memories),
            "links": JSONValue(links),
            "tables": .array(tables.map(\.json)),
            "repaired": .array(
                repaired.map {
                    ["namespace": .string($0.namespace), "key": .string($0.key), "field": .string($0.field)]
                }),
            "quarantine": .array(
                quarantine.map {
                    ["table": .string($0.table), "key": .string($0.key), "reason": .string($0.reason)]
                }),
            "verified": [
                "compared": JSONValue(verified.compared), "equal": JSONValue(verified.equal),
                "different": .array(
                    verified.different.map {
                        ["namespace": .string($0.namespace), "key": .string($0.key), "field": .string($0.field)]
                    }),
            ],
            "passed_over": .array(passedOver.map { .string($0) }),
            "backup": backup.map { .string($0) } ?? .null,
            "first_position": firstPosition.map { JSONValue($0) } ?? .null,
            "last_position": lastPosition.map { JSONValue($0) } ?? .null,
            "dry_run": .bool(isDryRun),
        ]
    }
}

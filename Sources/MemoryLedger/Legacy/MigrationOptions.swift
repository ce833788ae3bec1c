/// How a legacy database is migrated.
///
///     var migration = MigrationOptions()
///     migration.isDryRun = true
///     let report = try await ledger.migrate(from: "kv.db", options: migration)
public struct MigrationOptions: Sendable {
    /// What becomes of rows that have expired.
    public enum Expired: String, Sendable, CaseIterable {
        /// Rows that have expired are recorded and not shown.
        case skip
        /// They are shown, and nothing expires later either.
        case keep
    }

    /// A table of the source.
    public struct Table: Hashable, Sendable {
        public var name: String
        /// All keys of the table are in this namespace, with its name in front or not; nil if they name theirs.
        public var namespace: String?

        public init(name: String, namespace: String? = nil) {
            self.name = name
            self.namespace = namespace
        }

        /// From `TABLE` or `TABLE=NAMESPACE`; nil if a name is empty.
        public init?(argument: String) {
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.allSatisfy({ !$0.isEmpty }), let name = parts.first else { return nil }
            self.init(name: name, namespace: parts.count > 1 ? parts[1] : nil)
        }
    }

    /// Nil: told from the schema.
    public var format: LegacyFormat?
    /// The tables to read. Empty: `memories`, `memories_legacy` and `keyv`, those of them that have a known layout.
    public var tables: [Table] = []
    /// Namespaces that are known, for keys whose namespace has colons itself.
    public var namespaces: [String] = []
    public var expired = Expired.skip
    /// The source is a later state of what was imported before, even where most of its rows differ from that: of the
    /// import that has most of its rows, without those that it set aside. Its rows then replace those memories that
    /// were not changed here. If the source, as it is or as it was, was taken for another database before, that import
    /// is united with the one that is continued, provided that most of its rows are here, more of them the same than
    /// changed.
    /// False: the rows decide.
    public var continuesEarlierImport = false
    /// Says what would happen and leaves the ledger as it is.
    public var isDryRun = false
    /// Where the source is copied to first; nil for no copy.
    public var backupFolder: String?
    /// How long to wait for another program's lock on the source, in milliseconds.
    public var sourceBusyMilliseconds = 5_000
    /// Called after each batch with the rows that have been imported and compared, of how many.
    public var progress: @Sendable (_ rows: Int, _ of: Int) -> Void = { _, _ in }
    /// Called while the source is hashed, and copied if it must be, with the bytes that were read, of how many.
    public var sourceProgress: @Sendable (_ bytes: Int64, _ of: Int64) -> Void = { _, _ in }
    /// Rows of one append: larger ones are faster, after an interruption smaller ones have less to do again.
    package var batchRows = 8_000

    public init() {}
}

/// How a legacy database is migrated.
public struct MigrationOptions: Sendable {
    public enum Expired: String, Sendable, CaseIterable {
        /// Rows that have expired are recorded and not shown.
        case skip
        /// They are shown, and nothing expires later either.
        case keep
    }

    /// Nil: told from the schema.
    public var format: LegacyFormat?
    /// Nil: the one table that has a known layout.
    public var table: String?
    /// Namespaces that are known, for keys whose namespace has colons itself.
    public var namespaces: [String] = []
    public var expired = Expired.skip
    /// Says what would happen and leaves the ledger as it is.
    public var isDryRun = false
    /// Where the source is copied to first; nil for no copy.
    public var backupFolder: String?
    /// How long to wait for another program's lock on the source, in milliseconds.
    public var sourceBusyMilliseconds = 5_000
    /// Called after each batch with the rows that have been imported and compared, of how many.
    public var progress: @Sendable (_ rows: Int, _ of: Int) -> Void = { _, _ in }
    /// Rows of one append: larger ones are faster, after an interruption smaller ones have less to do again.
    package var batchRows = 8_000

    public init() {}
}

public import EventLog

/// A snapshot that the ledger knows of.
public struct SnapshotInfo: Hashable, Sendable {
    /// Its tables hold every event up to here.
    public var position: Position
    /// What built them: `name:version`, and `-position` for each event that was passed over, separated by commas.
    public var projectors: String
    /// Of the file, hexadecimal.
    public var sha256: String
    /// Of the file.
    public var bytes: Int64
    /// Of the database in it.
    public var databaseBytes: Int64
    public var madeAt: Timestamp
}

/// What the old program read from the environment and this one does not.
public enum FormerEnvironment {
    /// A variable that is set, and what is said of it.
    public struct Remark: Hashable, Sendable {
        public var variable: String
        public var sentence: String
    }

    private static let withoutEffect = [
        "KVDB_SQLITE_BUSY_TIMEOUT_MS", "KVDB_SQLITE_JOURNAL_MODE", "KVDB_SQLITE_FOREIGN_KEYS",
        "KVDB_SQLITE_WAL_CHECKPOINT_INTERVAL_MS", "KVDB_SQLITE_INTEGRITY_CHECK_ON_STARTUP",
        "KVDB_FTS5_INTEGRITY_CHECK_ON_STARTUP", "KVDB_SQLITE_FTS5_INTEGRITY_CHECK_ON_STARTUP", "KVDB_BACKUP_DIR",
    ]

    /// - Parameter environment: nil for a variable that is not set.
    public static func remarks(_ environment: (String) -> String?) -> [Remark] {
        func isSet(_ name: String) -> Bool { environment(name)?.isEmpty == false }
        var remarks: [Remark] = []
        if isSet("KVDB_SQLITE_FILE") {
            remarks.append(
                Remark(
                    variable: "KVDB_SQLITE_FILE",
                    sentence: "It names a database of the old program, which is never written: "
                        + "`memledger migrate` brings what is in it into the ledger."))
        }
        if isSet("KVDB_SQLITE_SYNCHRONOUS") {
            remarks.append(
                Remark(
                    variable: "KVDB_SQLITE_SYNCHRONOUS",
                    sentence: "It is without effect: what is acknowledged is always synced."))
        }
        remarks += withoutEffect.filter(isSet).map { Remark(variable: $0, sentence: "It is without effect here.") }
        return remarks
    }
}

/// What the old program read from the environment and this one does not.
public enum FormerEnvironment {
    /// A variable that is set, and what is said of it.
    public struct Remark: Hashable, Sendable {
        public var variable: String
        public var value: String
        public var sentence: String
    }

    private static let withoutEffect = [
        "KVDB_SQLITE_BUSY_TIMEOUT_MS", "KVDB_SQLITE_JOURNAL_MODE", "KVDB_SQLITE_FOREIGN_KEYS",
        "KVDB_SQLITE_WAL_CHECKPOINT_INTERVAL_MS", "KVDB_SQLITE_INTEGRITY_CHECK_ON_STARTUP",
        "KVDB_FTS5_INTEGRITY_CHECK_ON_STARTUP", "KVDB_SQLITE_FTS5_INTEGRITY_CHECK_ON_STARTUP", "KVDB_BACKUP_DIR",
    ]

    /// - Parameter environment: nil for a variable that is not set.
    public static func remarks(_ environment: (String) -> String?) -> [Remark] {
        var sentences: [(variable: String, sentence: String)] = [
            (
                "KVDB_SQLITE_FILE",
                "It names a database of the old program, which is never written: `memledger migrate` brings what is in "
                    + "it into the ledger."
            ), ("KVDB_SQLITE_SYNCHRONOUS", "It is without effect: what is acknowledged is always synced."),
        ]
        sentences += withoutEffect.map { ($0, "It is without effect here.") }
        return sentences.compactMap { variable, sentence in
            guard let value = environment(variable), !value.isEmpty else { return nil }
            return Remark(variable: variable, value: value, sentence: sentence)
        }
    }
}

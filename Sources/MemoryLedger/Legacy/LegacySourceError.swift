/// Why a legacy database cannot be read.
public struct LegacySourceError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong with the source. An open list: later versions add codes.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        public static let notFound = Code(rawValue: "not_found")
        public static let isDirectory = Code(rawValue: "is_directory")
        /// A pipe, a socket or a device.
        public static let irregular = Code(rawValue: "irregular")
        /// Something else than SQLite, or an encrypted database: the two cannot be told apart.
        public static let notADatabase = Code(rawValue: "not_a_database")
        /// A ledger of ours, not a legacy database.
        public static let isLedger = Code(rawValue: "is_ledger")
        /// A checkout of a ledger.
        public static let isCheckout = Code(rawValue: "is_checkout")
        /// Shorter than its header says, or damaged inside.
        public static let truncated = Code(rawValue: "truncated")
        /// Another process has it locked for longer than the configured wait.
        public static let locked = Code(rawValue: "locked")
        /// Another process changed it over and over while it was being hashed.
        public static let changing = Code(rawValue: "changing")
        /// A writer died in a transaction and its rollback journal is still there.
        public static let needsRecovery = Code(rawValue: "needs_recovery")
        /// No table has one of the known layouts.
        public static let unknownFormat = Code(rawValue: "unknown_format")
        /// A table that could hold the memories has to be named.
        public static let ambiguousFormat = Code(rawValue: "ambiguous_format")
        public static let tableMissing = Code(rawValue: "table_missing")
        /// It was said to continue an earlier import, and none knows any of its rows.
        public static let nothingToContinue = Code(rawValue: "nothing_to_continue")
        /// The folder of the backups cannot be written.
        public static let backupFailed = Code(rawValue: "backup_failed")
        /// Anything else that the system or SQLite reports.
        public static let unreadable = Code(rawValue: "unreadable")
    }

    public let code: Code
    public let path: String
    /// One sentence on what is wrong and one on what to do.
    public let message: String

    package init(_ code: Code, path: String, _ message: String) {
        self.code = code
        self.path = path
        self.message = message
    }

    public var description: String { "\(path): \(message)" }

    static func nothingToContinue(_ path: String) -> LegacySourceError {
        LegacySourceError(
            .nothingToContinue, path: path,
            "No earlier import knows any of its rows, so it continues none. Leave --continues out.")
    }
}

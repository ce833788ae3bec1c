import EventLog
import Foundation

/// The file that a writer has open is still the one at its path, and so is its write-ahead log.
package struct OpenLedger {
    package let path: String
    private let identity: FileIdentity
    /// SQLite makes no other one as long as it has this open.
    private let log: FileIdentity?

    package init(path: String, identity: FileIdentity) {
        (self.path, self.identity, log) = (path, identity, FileIdentity(path + "-wal"))
    }

    /// A look at each path, for each transaction.
    ///
    /// - Throws: `EventLogError` with `ledgerMoved`, `severalNames` or `storage`; nothing was written.
    package func check() throws {
        var status = stat()
        guard stat(path, &status) == 0 else {
            guard errno == ENOENT || errno == ENOTDIR else { throw FileProblem(path, errno).error }
            throw Self.moved(path, "was deleted or moved")
        }
        guard FileIdentity(status) == identity else { throw Self.moved(path, "was replaced by another file") }
        guard status.st_nlink <= 1 else { throw LedgerNames.severalNames(path, Int(status.st_nlink)) }
        guard log == nil || FileIdentity(path + "-wal") == log else {
            throw Self.moved(path + "-wal", "was deleted or replaced")
        }
    }

    static func moved(_ path: String, _ what: String) -> EventLogError {
        EventLogError(
            .ledgerMoved,
            "\(path) \(what) while it was open; nothing was written. Close the programs that use the ledger, bring the "
                + "file back from where it is or from a backup, and open it again.")
    }
}

import CLedgerShims
package import EventLog
import Foundation

/// A ledger's file has one name. Under two it would have two locks and two write-ahead logs, and each would lose what
/// was written by the other.
package enum LedgerNames {
    /// Takes away the names that a program which was killed has left, and refuses a file that has several all the same.
    /// Call it while no process gives the file another name: with its presence.
    ///
    /// - Throws: `EventLogError` with `severalNames` or `storage`.
    package static func settle(_ path: String) throws {
        try settleJournals(of: path)
        try removeStrays(of: path)
        guard let left = try count(path), left > 1 else { return }
        throw severalNames(path, left)
    }

    package static func severalNames(_ path: String, _ count: Int) -> EventLogError {
        EventLogError(
            .severalNames,
            "\(path) has \(count) names (hard links), so it can be read but not written; make a copy with "
                + "`memledger backup`, or remove the other names.")
    }

    /// Nil where there is no regular file.
    private static func count(_ path: String) throws -> Int? {
        var status = stat()
        guard stat(path, &status) == 0 else {
            if errno == ENOENT { return nil }
            throw FileProblem(path, errno).error
        }
        // A folder has as many as there are folders in it.
        return status.st_mode & S_IFMT == S_IFREG ? Int(status.st_nlink) : nil
    }

    /// Names of the same file that only this program gave: while a backup or a key got its name or a restore kept the
    /// former ledger.
    package static func removeStrays(of path: String) throws {
        guard let found = try count(path), found > 1, let own = FileIdentity(path) else { return }
        let strays = names(beside: path, where: isStray).filter { FileIdentity($0) == own }
        for stray in strays { try remove(stray) }
        if !strays.isEmpty { try AtomicFile.syncFolder(of: path) }
    }

    private static let journals = ["-wal", "-journal"]

    /// A restore that was killed gave a second name to the log of a ledger too damaged to be made whole without it,
    /// and may have taken its own from it. Where the ledger still has both of its names, so gets its log; before the
    /// ledger loses the second one, so that a kill in between changes nothing.
    private static func settleJournals(of path: String) throws {
        let hasStray = try (count(path) ?? 0) > 1
        for journal in journals {
            let log = path + journal
            guard try hasStray || (count(log) ?? 0) > 1 else { continue }
            for stray in names(beside: path, where: { isFormer($0, of: $1) && $0.hasSuffix(journal) }) {
                if let own = FileIdentity(log) {
                    if FileIdentity(stray) == own { try remove(stray) }
                } else if FileIdentity(String(stray.dropLast(journal.count))) == FileIdentity(path) {
                    guard memledger_rename_exclusive(stray, log) == 0 else { throw FileProblem(log, errno).error }
                    try AtomicFile.syncFolder(of: path)
                }
            }
        }
    }

    /// Paths in the folder of a file, by their names and its own.
    private static func names(beside path: String, where isWanted: (String, String) -> Bool) -> [String] {
        let (folder, name) = (LedgerPlaces.folder(of: path), URL(fileURLWithPath: path).lastPathComponent)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { isWanted($0, name) }.map { folder + "/" + $0 }
    }

    private static func remove(_ stray: String) throws {
        guard unlink(stray) == 0 || errno == ENOENT else { throw FileProblem(stray, errno).error }
    }

    private static func isFormer(_ other: String, of name: String) -> Bool {
        other.utf8.starts(with: "\(name).before-restore-".utf8)
    }

    private static func isStray(_ other: String, of name: String) -> Bool {
        let text = other.utf8
        return isFormer(other, of: name) || text.starts(with: "\(name).part-".utf8)
            || text.starts(with: ".".utf8) && other.contains(".memledger-") && other.hasSuffix("partial")
    }
}

import EventLog
import Foundation

/// Opens the files that are written beside a ledger, a key or a file that is being made: locks, notes of what was done.
///
/// Such a file is never meant to be a link, and what a link leads to is another file. So none is followed, and nothing
/// is written before it is certain that the file is a regular one that has no other name.
package enum SideFile {
    /// Opens a file, which is closed by the caller.
    ///
    /// - Parameters:
    ///   - rights: Of a file that is made, or belongs to the process's user.
    ///   - allowsOtherNames: For who only reads it.
    /// - Throws: `FileProblem` where the system refuses it, `EventLogError.unsafeSideFile`.
    package static func open(
        _ path: String, _ flags: Int32, rights: FileRights = .ofOwner, allowsOtherNames: Bool = false
    ) throws -> Int32 {
        // A pipe that no process reads must keep none waiting.
        let descriptor = Foundation.open(
            path, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, mode_t(truncatingIfNeeded: rights.initialMode))
        guard descriptor >= 0 else {
            if errno == ELOOP { throw unsafe(path, "a symbolic link, which is not followed here") }
            throw FileProblem(path, errno)
        }
        do {
            var status = stat()
            guard fstat(descriptor, &status) == 0 else { throw FileProblem(path, errno) }
            try check(status, path, allowsOtherNames: allowsOtherNames)
            if flags & O_CREAT != 0 { rights.give(to: descriptor) }
            return descriptor
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// Opens `<ledger>-lock` for a process that writes to the ledger: who may write to the one may lock the other.
    ///
    /// - Throws: as `open`.
    static func openLock(of ledger: String) throws -> Int32 {
        // A ledger that SQLite makes can be read by all.
        let rights = FileRights(likeLedger: ledger, isInItsPlace: true, missing: .ofAnyReader)
        return try open(ledger + "-lock", O_RDWR | O_CREAT, rights: rights)
    }

    /// The same of what SQLite opens by itself, which follows no links either.
    ///
    /// - Throws: `EventLogError.unsafeSideFile`.
    package static func check(_ path: String) throws {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        try check(status, path, allowsOtherNames: false)
    }

    /// Gives what SQLite makes by itself to those who may use the ledger. SQLite gives it the ledger's mode, each time
    /// that it opens an empty one, and leaves it to the group of the process, unless that is root's: in a folder which
    /// does not give its own group on, no other member of the ledger's group could open the ledger again, and the
    /// process's group could read what is written. Call it after a connection is opened.
    package static func shareJournals(of ledger: String) {
        let rights = FileRights(likeLedger: ledger, isInItsPlace: true)
        for journal in ["-wal", "-shm"] { rights.give(toFileAt: ledger + journal) }
    }

    /// Refuses what keeps SQLite waiting beside a database that is only read: a pipe, say, under a journal's name.
    ///
    /// - Throws: `EventLogError.unsafeSideFile`.
    package static func checkKinds(beside path: String) throws {
        for side in ["-wal", "-shm", "-journal"] where LedgerPlaces.exists(path + side) {
            var status = stat()
            guard stat(path + side, &status) != 0 || status.st_mode & S_IFMT == S_IFREG else {
                throw unsafe(path + side, "no regular file")
            }
        }
    }

    private static func check(_ status: stat, _ path: String, allowsOtherNames: Bool) throws {
        guard status.st_mode & S_IFMT == S_IFREG else { throw unsafe(path, "no regular file") }
        guard status.st_nlink <= 1 || allowsOtherNames else {
            throw EventLogError(
                .unsafeSideFile,
                "\(path) has \(status.st_nlink) names (hard links); nothing was written. Remove the other names, then "
                    + "try again.")
        }
    }

    private static func unsafe(_ path: String, _ what: String) -> EventLogError {
        EventLogError(.unsafeSideFile, "\(path) is \(what); nothing was written. Move it away, then try again.")
    }

    /// The file at the path is the one that is open.
    static func isAtItsPath(_ descriptor: Int32, _ path: String) -> Bool {
        var there = stat()
        guard let own = FileIdentity(descriptor: descriptor), lstat(path, &there) == 0 else { return false }
        return own == FileIdentity(there)
    }
}

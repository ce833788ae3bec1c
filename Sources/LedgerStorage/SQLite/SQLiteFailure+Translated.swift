import EventLog
import GRDB
import GRDBSQLite

extension SQLiteFailure {
    /// What SQLite or GRDB reported, as an error that says what to do.
    ///
    /// - Parameter path: of the database, if the failure does not know it.
    package static func translated(_ error: any Error, _ path: String) -> any Error {
        let code: Int32
        let message: String
        let path = (error as? SQLiteFailure)?.file(unless: path) ?? path
        switch error {
        case let failure as SQLiteFailure: (code, message) = (failure.primaryCode, failure.description)
        case let failure as DatabaseError:
            (code, message) = (failure.resultCode.rawValue, failure.message ?? failure.description)
        default: return error
        }
        switch code {
        case SQLITE_NOTADB:
            var damage = EventLogError(.notALedger, "\(path) is not an SQLite database; name another file.")
            damage.corruptFile = path
            return damage
        case SQLITE_CORRUPT:
            var damage = EventLogError(.storage, "\(path) is damaged (\(message)); restore it from a backup.")
            damage.corruptFile = path
            return damage
        case SQLITE_BUSY, SQLITE_LOCKED:
            return EventLogError(.busy, "\(path) is locked by another program; close it and try again.")
        case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH:
            return EventLogError(.readOnly, "\(path) cannot be written (\(message)); check its permissions.")
        case SQLITE_CANTOPEN where OpenFiles.areScarce:
            return EventLogError(
                .storage, "\(path) cannot be opened: too many files are open; raise the limit with `ulimit -n`.")
        case SQLITE_CANTOPEN:
            return EventLogError(.storage, "\(path) cannot be opened (\(message)); check the folder and permissions.")
        case SQLITE_FULL, SQLITE_IOERR, SQLITE_NOMEM:
            return EventLogError(.storage, "\(path): \(message); check the disk's free space, then try again.")
        default: return error
        }
    }
}

extension SQLiteFailure {
    /// The file that failed if it is another one: a body may read several databases.
    fileprivate func file(unless path: String) -> String? {
        guard let own = self.path, let identity = FileIdentity(own), identity != FileIdentity(path) else { return nil }
        return own
    }
}

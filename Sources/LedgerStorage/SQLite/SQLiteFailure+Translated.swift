import EventLog
import GRDB
import GRDBSQLite

extension SQLiteFailure {
    /// What SQLite or GRDB reported, as an error that says what to do.
    package static func translated(_ error: any Error, _ path: String) -> any Error {
        let code: Int32
        let message: String
        switch error {
        case let failure as SQLiteFailure: (code, message) = (failure.primaryCode, failure.description)
        case let failure as DatabaseError:
            (code, message) = (failure.resultCode.rawValue, failure.message ?? failure.description)
        default: return error
        }
        switch code {
        case SQLITE_NOTADB:
            return EventLogError(.notALedger, "\(path) is not an SQLite database; name another file.")
        case SQLITE_CORRUPT:
            var damage = EventLogError(.storage, "\(path) is damaged (\(message)); restore it from a backup.")
            damage.isCorruptFile = true
            return damage
        case SQLITE_BUSY, SQLITE_LOCKED:
            return EventLogError(.busy, "\(path) is locked by another program; close it and try again.")
        case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH:
            return EventLogError(.readOnly, "\(path) cannot be written (\(message)); check its permissions.")
        case SQLITE_CANTOPEN:
            return EventLogError(.storage, "\(path) cannot be opened (\(message)); check the folder and permissions.")
        case SQLITE_FULL, SQLITE_IOERR, SQLITE_NOMEM:
            return EventLogError(.storage, "\(path): \(message); check the disk's free space, then try again.")
        default: return error
        }
    }
}

import GRDBSQLite

/// What stands still as long as nothing changes a file: what was read of it is still true.
package enum FileVersion: Equatable, Sendable {
    /// As a snapshot has it; each commit is a change.
    case reading(UInt32)
    /// Within a writer's transaction; what the same writer committed in its last one is no change.
    case writing(UInt64)
    /// Different from every other.
    case unknown(UInt64)
}

/// What a connection knows of its file's versions.
struct FileVersions {
    fileprivate var isWriting = false
    /// Who writes or has written last. Weak: a writer has the connection.
    fileprivate weak var writer: AnyObject?
    /// SQLite's counter after that one's last commit.
    fileprivate var counter: UInt32?
    /// How often something may have changed between two transactions of a writer.
    fileprivate var changes: UInt64 = 0
    fileprivate var unknown: UInt64 = 0

    fileprivate mutating func nextUnknown() -> FileVersion {
        unknown &+= 1
        return .unknown(unknown)
    }
}

extension SQLiteConnection {
    /// As the snapshot has it; outside of a transaction, as a snapshot that began now would have it.
    ///
    /// SQLite's counter moves with each commit that the connection sees, its own included. `PRAGMA data_version` is a
    /// statement like any other, and costs ten times as much.
    package var fileVersion: FileVersion {
        get throws {
            if versions.isWriting { return .writing(versions.changes) }
            switch sqlite3_txn_state(handle, "main") {
            case SQLITE_TXN_READ: break
            // The counter is the last snapshot's, so one begins.
            case SQLITE_TXN_NONE: _ = try integer("PRAGMA data_version")
            default: return versions.nextUnknown()
            }
            return counter.map { .reading($0) } ?? versions.nextUnknown()
        }
    }

    /// What was read of the file, one object for all that asks, as long as the file is as it was.
    package func known(_ read: (SQLiteConnection) throws -> AnyObject) throws -> AnyObject {
        let version = try fileVersion
        guard case .reading = version else { return try read(self) }
        if let lastKnown, version == knownVersion { return lastKnown }
        let value = try read(self)
        (lastKnown, knownVersion) = (value, version)
        return value
    }

    /// A transaction that writes has begun.
    func noteBegun(by writer: AnyObject?) {
        let isNext = writer.map { $0 === versions.writer } == true && versions.counter.map { $0 == counter } == true
        if !isNext { versions.changes &+= 1 }
        versions.counter = nil
        versions.writer = writer
        versions.isWriting = true
    }

    /// It has ended.
    func noteEnded(isCommitted: Bool) {
        versions.isWriting = false
        if isCommitted { versions.counter = counter }
    }

    private var counter: UInt32? {
        var counter: UInt32 = 0
        let code = sqlite3_file_control(handle, nil, SQLITE_FCNTL_DATA_VERSION, &counter)
        return code == SQLITE_OK ? counter : nil
    }
}

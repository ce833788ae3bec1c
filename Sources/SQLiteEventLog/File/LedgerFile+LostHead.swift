import EventLog
package import LedgerCapabilities
import LedgerStorage
import Synchronization

/// What a ledger's file has lost of what was acknowledged. Then it is read, and not written.
extension LedgerFile {
    /// As the file was when it was opened; nil where nothing is missing, or somebody has accepted it since.
    package var lostHead: LostHead? { lost.withLock { $0 } }

    /// - Throws: what keeps the ledger from being written: `readOnly`, `lostHead`, `writingStopped`.
    func checkWritable() throws {
        guard options.access != .readOnly else { throw EventLogError.readOnly }
        // Under the lock it is looked at again.
        if lostHead != nil { try withWriterLock { _ in } }
    }

    /// Called with the writer lock held, before anything is written.
    func refuseAfterLoss(_ sqlite: SQLiteConnection) throws {
        guard lostHead != nil, !options.writesDespiteLoss else { return }
        // Another process may have accepted it meanwhile.
        let found = try Self.loss(of: path, against: HeadFile.read(of: path), sqlite, options.limits)
        lost.withLock { $0 = found }
        if let found { throw found.error }
        // It was not when this process opened the file.
        try Self.upgrade(sqlite, options)
    }

    /// Brings a ledger with a loss that is being accepted to the present format. Its write-ahead log is kept by then.
    package func upgradeDespiteLoss() throws { try withWriterLock { try Self.upgrade($0, options) } }

    /// The log has become shorter under a process that has it open.
    func note(_ head: AcknowledgedHead, found: Position) -> LostHead {
        var found = LostHead(head, found: found, in: path)
        found.writeAheadLogCopy = try? LostWriteAheadLog.keep(found)
        lost.withLock { $0 = found }
        return found
    }

    /// The clock was set ahead between two appends.
    func note(_ jump: ClockJump) { clockJump.withLock { $0 = jump } }

    /// What is missing in the connection's snapshot. The write-ahead log is kept then, before anybody writes over it.
    ///
    /// - Parameter heads: read before the snapshot began.
    static func loss(
        of path: String, against heads: [AcknowledgedHead], _ sqlite: SQLiteConnection, _ limits: EventLogLimits
    ) throws -> LostHead? {
        guard let (head, position) = try AcknowledgedHead.loss(of: heads, sqlite, limits) else { return nil }
        var found = LostHead(head, found: position, in: path)
        // Who may only read the folder cannot keep it, and does not write over it either.
        found.writeAheadLogCopy = try? LostWriteAheadLog.keep(found)
        return found
    }

    /// A database that has no table, beside a write-ahead log that should have made it a ledger: its first frame is
    /// damaged, and so nothing of it counts.
    ///
    /// - Throws: `lostHead`. Otherwise another ledger would be made in its place.
    static func checkIsNotEmptied(
        _ path: String, _ heads: [AcknowledgedHead], _ sqlite: SQLiteConnection
    ) throws {
        guard !heads.isEmpty, LedgerPlaces.hasContent(path + "-wal"),
            try sqlite.integer("SELECT count(*) FROM sqlite_master") == 0
        else { return }
        try refuseEmptied(path, heads)
    }

    /// A file that was cut to nothing. SQLite deletes the write-ahead log of such a database when it looks at it, so
    /// this comes before.
    ///
    /// - Throws: `lostHead`.
    static func checkIsNotCut(_ path: String, _ heads: [AcknowledgedHead]) throws {
        guard !heads.isEmpty, LedgerPlaces.isFile(path), !LedgerPlaces.hasContent(path) else { return }
        try refuseEmptied(path, heads)
    }

    private static func refuseEmptied(_ path: String, _ heads: [AcknowledgedHead]) throws {
        guard let head = heads.max(by: { $0.isOlder(than: $1) }) else { return }
        let copy = try LostWriteAheadLog.keep(LostHead(head, found: 0, in: path))
        var error = EventLogError(
            .lostHead,
            "\(path) is empty, and \(head.position) events were acknowledged; bring a backup back with `memledger "
                + "restore BACKUP`.\(copy.map { " The write-ahead log is kept as \($0)." } ?? "")")
        error.position = head.position
        throw error
    }
}

public import EventLog
package import LedgerStorage
import Synchronization

/// A database of the store's own, for a log that is somewhere else: its tables follow the log, and can be built again
/// from it at any time.
///
/// Invariant: the tables are of one log: the id of its first event is noted before any event is applied.
package final class ProjectionFile: ProjectionDatabase {
    package let path: String
    package let settings: ProjectionSettings
    package let signal = HeadSignal()

    private let log: any EventLog
    private let database: LockedDatabase
    private let presence: LedgerPresence?
    private let isBound = Atomic<Bool>(false)

    /// 1 had a table `projections`: see `FormerLayout`.
    private static let formatVersion: Int64 = 2

    /// Opens the file, and makes it if there is none.
    ///
    /// - Throws: `EventLogError` with `notALedger` if the file is something else, `newerFormat`, `missing` if it is not
    ///   there and was opened for reading only, `busy` or `storage`.
    package init(path given: String, log: any EventLog, settings: ProjectionSettings) throws {
        let path = try RealFile.path(given)
        self.path = path
        self.log = log
        self.settings = settings
        let header = DatabaseHeader(of: path)
        if let header, !header.isEmpty, !header.isSQLite { throw Self.kind.isOther(path) }
        if header == nil, settings.isReadOnly {
            throw EventLogError(.missing, "There are no tables at \(path); open them for writing once.")
        }
        do {
            presence =
                settings.isReadOnly ? nil : try .share(.writing, of: path, settings.busyTimeoutMilliseconds)
            database = try LockedDatabase(
                path: path, Self.kind, isReadOnly: settings.isReadOnly, readers: settings.readers,
                busyTimeout: settings.busyTimeoutMilliseconds)
        } catch {
            throw SQLiteFailure.translated(error, path)
        }
    }

    private static let kind = LockedDatabase.Kind(
        applicationID: ApplicationID.projections, formatVersion: formatVersion,
        isOther: { path in
            EventLogError(
                .notALedger, "\(path) holds no tables that follow an event log; name another file, or move it away.")
        },
        make: { sqlite in
            try ProjectionTables.create(sqlite)
            try sqlite.execute("CREATE TABLE followed_log (first_event TEXT NOT NULL)")
        })

    package func refuseOlderPrograms(_ sqlite: SQLiteConnection) throws {
        try sqlite.execute("PRAGMA user_version = \(Self.formatVersion)")
    }

    package var tableNames: [String] { ["followed_log"] }

    package func bind() async throws {
        if isBound.load(ordering: .acquiring) { return }
        guard let first = try log.makeFeed(after: 0).page(limit: 1).first?.id.description else { return }
        if settings.isReadOnly {
            if let known = try read({ try Self.followed($0) }), known != first { throw otherLog }
        } else {
            try await onWriter { [self] sqlite in
                try sqlite.transaction {
                    if let known = try Self.followed(sqlite) {
                        if known != first { throw otherLog }
                        return
                    }
                    // It is not known which log such rows are from: they are built again.
                    try ProjectionTables.outdateAll(sqlite)
                    let insert = try sqlite.statement("INSERT INTO followed_log (first_event) VALUES (?)")
                    insert.bind(1, first)
                    try insert.run()
                }
            }
        }
        isBound.store(true, ordering: .releasing)
    }

    /// The id of the first event of the log that the tables are of; nil if it was not noted yet.
    private static func followed(_ sqlite: SQLiteConnection) throws -> String? {
        let row = try sqlite.statement("SELECT first_event FROM followed_log LIMIT 1")
        defer { row.reset() }
        return try row.step() ? row.text(0) : nil
    }

    private var otherLog: EventLogError {
        EventLogError(.otherLog, "\(path) follows another log than this one; name another file, or delete it.")
    }

    // MARK: Reading

    package var sizeBytes: Int64 { database.sizeBytes }

    package func read<T>(_ body: (SQLiteConnection) throws -> T) throws -> T { try database.read(body) }

    package func readSnapshot<T>(_ body: (SQLiteConnection) throws -> T) throws -> T {
        try database.readSnapshot(body)
    }

    package func openReader(holdsTransactions: Bool) throws -> QueuedConnection {
        try database.openReader(holdsTransactions: holdsTransactions)
    }

    package func committed(_ sqlite: SQLiteConnection) -> any CommittedLog { FollowedLog(log: log) }

    /// Nothing that these tables hold is encrypted.
    package func lockedCategories(_ sqlite: SQLiteConnection) throws -> LockedCategories {
        LockedCategories(categories: [], reason: .masterKeyMissing)
    }

    package func checkOutput(_ path: String) throws {
        guard LedgerPlaces.belongs(path, to: self.path) else { return }
        throw EventLogError(.fileExists, "\(path) is the ledger's own; name another file.")
    }

    // MARK: Writing

    package func onWriter<T: Sendable>(_ body: @escaping @Sendable (SQLiteConnection) throws -> T) async throws -> T {
        try await database.onWriter(body)
    }

    /// Closes every connection. Idempotent.
    package func close() async {
        signal.wakeAll()
        await database.close()
        presence?.leave()
    }
}

extension EventLogError.Code {
    /// Tables were built from another log.
    public static let otherLog = Self("other_log")
}

/// A log that is somewhere else, read by its feed.
private struct FollowedLog: CommittedLog {
    let log: any EventLog

    func head() throws -> Position { try log.makeFeed(after: 0).head() }

    func replay(after first: Position, through last: Position, _ body: (RecordedEvent) throws -> Void) throws {
        guard first < last else { return }
        let feed = try log.makeFeed(after: first)
        while true {
            let page = try feed.page(limit: Self.pageEvents, through: last)
            for event in page { try body(event) }
            if page.last?.position == last { return }
            if page.isEmpty { throw EventLogError.damagedLog(at: last, "the log's feed ends before it") }
        }
    }

    private static let pageEvents = 4_096

    func end(of events: Int, after first: Position, through bound: Position) throws -> Position {
        // None of a log's positions is missing.
        min(bound, first.addingCapped(Position(events)))
    }

    func event(at position: Position) throws -> RecordedEvent? {
        guard position > 0 else { return nil }
        return try log.makeFeed(after: position - 1).page(limit: 1, through: position).first
    }

    /// Reads everything that came since.
    func lastEvent(
        of stream: StreamName, types: Set<EventType>, after position: Position
    ) throws -> RecordedEvent? {
        var last: RecordedEvent?
        try replay(after: position, through: head()) { event in
            if event.stream == stream, types.contains(event.type) { last = event }
        }
        return last
    }

    func recordedAt(_ position: Position) throws -> Timestamp? { try event(at: position)?.recordedAt }
    func lastErasure() throws -> Position { 0 }
    func checkEnd() throws {}
}

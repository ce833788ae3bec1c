import Crypto
import Foundation

/// What a checkout wrote.
public struct CheckoutReport: Hashable, Sendable {
    public var file: String
    public var moment: LogMoment
    public var sizeBytes: Int64
    /// SHA-256 of each table in hexadecimal, by its name.
    public var digests: [String: String]
    /// What the table `checkout_info` says, in the order of the names.
    public var info: [Info]

    public struct Info: Hashable, Sendable {
        public var name: String
        public var value: String
    }
}

/// A point-in-time rebuild into an SQLite file of its own.
///
/// It is built beside the target as `.<name>.memledger-partial`, synced and renamed: under the name there is the whole
/// file or nothing. `.<name>.memledger-lock`, which is empty, is locked meanwhile and goes last: what stands beside it
/// is what a killed process left, and is cleared away by the next checkout to that name. What one that lives is making
/// is not, nor is anything else that has these names.
struct Checkout {
    let host: ProjectionHost
    let moment: LogMoment
    let target: String
    let isReplacing: Bool
    /// Of the program, for `checkout_info`.
    let madeBy: String
    let clock: any TimeSource

    static let applicationID = LedgerFile.checkoutApplicationID
    static let format = "1"

    private var partial: String { LedgerPlaces.hidden(target, "partial") }
    private var lockPath: String { LedgerPlaces.hidden(target, "lock") }

    /// What SQLite keeps beside a database that is in use, or was when its program died.
    private static let journals = ["-journal", "-wal"]

    func run(_ snapshots: SnapshotStore, _ progress: RebuildProgress) async throws -> CheckoutReport {
        try checkTarget()
        let isLeftBehind = try isLockLeftBehind()
        let lock: FileLock?
        do { lock = try FileLock.take(lockPath) } catch let problem as FileProblem { throw problem.error }
        guard let lock else {
            throw EventLogError(
                .busy, "Another checkout to \(target) is under way; wait for it, or name another file.")
        }
        defer { lock.removeFile() }
        try checkPartial(isLeftBehind: isLeftBehind)
        unlink(partial)
        defer { unlink(partial) }
        let ledger = try await ledgerID()
        let written = Written()
        try await host.build(at: moment, path: partial, from: snapshots, progress: progress) { sqlite in
            written.digests = try host.digests(of: sqlite)
            written.info = info(ledger: ledger, written.digests)
            try write(written.info, sqlite)
        }
        do {
            try FileDescriptor(opening: partial, O_RDONLY).sync()
            try AtomicFile.place(partial, at: target, replacing: isReplacing)
        } catch let problem as FileProblem {
            throw problem.error
        }
        var status = stat()
        _ = stat(target, &status)
        return CheckoutReport(
            file: target, moment: moment, sizeBytes: Int64(status.st_size), digests: written.digests,
            info: written.info)
    }

    /// What the build's last step hands over.
    private final class Written: Sendable {
        // Proof of safety: written by the build's last step, and read after it has returned.
        nonisolated(unsafe) var digests: [String: String] = [:]
        nonisolated(unsafe) var info: [CheckoutReport.Info] = []
    }

    // MARK: The target

    private func checkTarget() throws {
        let protected = host.log.protectedFiles
        for path in [target, partial, lockPath] { try protected.check(path) }
        var status = stat()
        guard stat(target, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw EventLogError(.fileExists, "\(target) is not a file; name another one.")
        }
        guard isReplacing else {
            throw EventLogError(
                .fileExists, "\(target) exists and is not overwritten; name another file, or say to replace it.")
        }
        if LedgerFile.isLedger(target) {
            throw EventLogError(.fileExists, "\(target) is a ledger, which is never replaced; name another file.")
        }
        for journal in Self.journals where stat(target + journal, &status) == 0 && status.st_size > 0 {
            throw EventLogError(
                .fileExists, "\(target) is a database in use; close it, or name another file.")
        }
    }

    /// The lock file of a checkout is there: whoever made it lives, or left something behind.
    private func isLockLeftBehind() throws -> Bool {
        var status = stat()
        guard lstat(lockPath, &status) == 0 else { return false }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_size == 0 else { throw Self.inTheWay(lockPath) }
        return true
    }

    /// Refuses what is at the temporary name and was not left there by a checkout.
    private func checkPartial(isLeftBehind: Bool) throws {
        var status = stat()
        // A checkout has no journal.
        for journal in Self.journals where lstat(partial + journal, &status) == 0 {
            throw Self.inTheWay(partial + journal)
        }
        guard lstat(partial, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFREG, !LedgerFile.isLedger(partial),
            isLeftBehind || status.st_size == 0 || LedgerFile.hasApplicationID(Self.applicationID, partial)
        else { throw Self.inTheWay(partial) }
    }

    private static func inTheWay(_ path: String) -> EventLogError {
        EventLogError(.fileExists, "\(path) is in the way and no checkout's; move it, or name another file.")
    }

    // MARK: What it says of itself

    /// Tells ledgers apart: their first events differ.
    private func ledgerID() async throws -> String {
        guard let first = try await host.log.event(at: 1) else {
            throw EventLogError(.unknownMoment, "The log is empty; append something first.")
        }
        var hash = SHA256()
        first.id.withBytes { hash.update(bufferPointer: $0) }
        hash.update(data: Array(first.stream.rawValue.utf8))
        return hash.finalize().hexadecimal
    }

    private func info(ledger: String, _ digests: [String: String]) -> [CheckoutReport.Info] {
        var values = [
            "format": Self.format,
            "ledger": URL(fileURLWithPath: host.log.path).lastPathComponent,
            "ledger_id": ledger,
            "position": String(moment.position),
            "time": moment.time.rfc3339,
            "made_by": madeBy,
            "made_at": clock.now().rfc3339,
        ]
        if let through = moment.occurredThrough { values["occurred_through"] = through.rfc3339 }
        for projector in host.projectors { values["projector.\(projector.name)"] = String(projector.version) }
        for (table, digest) in digests { values["digest.\(table)"] = digest }
        return values.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            .map { CheckoutReport.Info(name: $0.key, value: $0.value) }
    }

    private func write(_ info: [CheckoutReport.Info], _ sqlite: SQLiteConnection) throws {
        try sqlite.execute("PRAGMA application_id = \(Self.applicationID)")
        try sqlite.execute("CREATE TABLE checkout_info (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID")
        let insert = try sqlite.statement("INSERT INTO checkout_info (name, value) VALUES (?, ?)")
        for row in info {
            insert.bind(1, row.name)
            insert.bind(2, row.value)
            try insert.run()
        }
    }
}

extension ProjectionHost {
    /// Writes the projections as they stood at a moment into an SQLite file of their own.
    package func checkout(
        at moment: LogMoment, to target: String, replacing: Bool, madeBy: String, clock: any TimeSource,
        _ snapshots: SnapshotKeeper, _ progress: RebuildProgress = { _ in }
    ) async throws -> CheckoutReport {
        let checkout = Checkout(
            host: self, moment: moment, target: target, isReplacing: replacing, madeBy: madeBy, clock: clock)
        return try await checkout.run(snapshots.store, progress)
    }
}

import EventLog
import LedgerCapabilities
import LedgerStorage
import MerkleLog
import Projections
import SQLiteEventLog

/// A ledger's file that is a backup, is to become one, or is to be restored: what it holds, and whether that holds.
///
/// Opened for reading only; no other process writes to it.
struct BackupContents {
    let log: SQLiteEventLog
    let host: ProjectionStore

    /// Opens the file.
    ///
    /// - Parameters:
    ///   - masterKey: where projections are to be built.
    ///   - makeHost: the projections whose tables count.
    init(
        _ path: String, _ clock: any TimeSource, masterKey: MasterKey? = nil,
        _ makeHost: (SQLiteEventLog) -> ProjectionStore
    ) throws {
        var options = LedgerFileOptions(access: .readOnly)
        options.masterKey = masterKey
        log = try SQLiteEventLog(path: path, options: options, clock: clock)
        host = makeHost(log)
    }

    /// Opens the file for the body and closes it.
    static func with<T>(
        _ path: String, _ clock: any TimeSource, masterKey: MasterKey? = nil,
        _ makeHost: (SQLiteEventLog) -> ProjectionStore, _ body: (BackupContents) async throws -> T
    ) async throws -> T {
        let contents = try BackupContents(path, clock, masterKey: masterKey, makeHost)
        do {
            let result = try await body(contents)
            await contents.log.close()
            return result
        } catch {
            await contents.log.close()
            throw error
        }
    }

    // MARK: What it holds

    /// What is to be said of it, read from what it holds.
    func described(madeAt: Timestamp, madeBy: String) throws -> BackupInfo {
        try log.file.readSnapshot { sqlite in
            let origin = try LedgerOrigin.current(in: log, sqlite)
            guard let ledger = try LedgerID.load(sqlite) else { throw EventLogError.noTree }
            let tree = try TreeReader(sqlite)
            return BackupInfo(
                ledgerID: ledger, origin: origin.text,
                position: try sqlite.integer("SELECT max(position) FROM events") ?? 0,
                root: try tree.root(at: tree.size), madeAt: madeAt, madeBy: madeBy,
                checkpoint: try CheckpointStore(sqlite: sqlite).last(of: origin, continuedBy: tree),
                digests: try TableDigest.sha256(of: presentTables(sqlite), sqlite))
        }
    }

    /// The projections' tables that the file has: not those of a projector that it has never seen.
    private func presentTables(_ sqlite: SQLiteConnection) throws -> [TableSource] {
        try host.projections.flatMap(\.schema.sources).filter { try sqlite.hasTable($0.name) }
    }

    // MARK: Whether it holds

    /// Recomputes every leaf, and compares everything that the file says of itself with what it holds.
    ///
    /// - Parameter info: what it says; nil where it is a ledger that was never made a backup.
    /// - Throws: `damagedBackup` with a clause that says what is wrong, or what the log throws.
    func verify(_ info: BackupInfo?, _ progress: @escaping @Sendable (BackupProgress) -> Void) async throws {
        let head = try await log.head()
        try await log.file.longRead {
            progress(BackupProgress(.verifying, 0, head))
        } _: { sqlite in
            guard try StoredTiles(sqlite).exist else { throw EventLogError.noTree }
            let row = try sqlite.statement("PRAGMA integrity_check(1)")
            defer { row.reset() }
            guard try row.step(), row.text(0).hasSameBytes(as: "ok") else {
                throw EventLogError.damagedBackup("SQLite finds that \(row.text(0))")
            }
        }
        let verification = try await log.verify { progress(BackupProgress(.verifying, $0, $1)) }
        let damages = try verification.damages.filter { try !isAsItAlwaysWas($0) }
        // Where it is says more than what follows from it.
        if let damage = damages.first(where: { $0.position != nil }) ?? damages.first {
            let place = damage.position.map { "at position \($0) " } ?? ""
            let more = verification.damageCount > 1 ? ", and there is more" : ""
            throw EventLogError.damagedBackup("\(place)\(damage.what) (\(damage.kind)\(more))")
        }
        guard let info else { return }
        let found = try described(madeAt: info.madeAt, madeBy: info.madeBy)
        try compare(info, found)
        if let checkpoint = info.checkpoint { try check(checkpoint, found.ledgerID) }
    }

    /// A payload that was unreadable when the tree was made, and is what the tree was made of.
    private func isAsItAlwaysWas(_ damage: LogDamage) throws -> Bool {
        guard damage.kind == .unreadablePayload, let first = damage.position, let last = damage.lastPosition else {
            return false
        }
        return try log.file.readSnapshot { sqlite in
            guard let ledger = try LedgerID.load(sqlite) else { throw EventLogError.noTree }
            let (tree, rows) = (try TreeReader(sqlite), log.rows(sqlite, sqlite.memory.eventNames))
            let row = try sqlite.statement("SELECT \(EventRows.columns) FROM events WHERE position = ?")
            return try (first...last).allSatisfy { position in
                row.bind(1, position)
                defer { row.reset() }
                return try row.step() && rows.canonical(row, in: ledger).leafHash == tree.leaf(at: position)
            }
        }
    }

    private func compare(_ said: BackupInfo, _ found: BackupInfo) throws {
        func differ(_ what: String, _ said: String, _ found: String) -> EventLogError {
            .damagedBackup("its table backup_info says \(what) \(said), and the file has \(found)")
        }
        if said.ledgerID != found.ledgerID {
            throw differ("ledger", said.ledgerID.description, found.ledgerID.description)
        }
        if said.position != found.position { throw differ("position", String(said.position), String(found.position)) }
        if said.root != found.root { throw differ("root", said.root.description, found.root.description) }
        if !said.origin.hasSameBytes(as: found.origin) { throw differ("origin", said.origin, found.origin) }
        for (table, digest) in found.digests {
            guard let expected = said.digests[table] else {
                throw EventLogError.damagedBackup("its table backup_info has no digest of the table \(table)")
            }
            if !expected.hasSameBytes(as: digest) {
                throw EventLogError.damagedBackup("the table \(table) is not the one that was backed up")
            }
        }
        // Tables of projections that this program does not build.
        for (table, digest) in said.digests where found.digests[table] == nil {
            let own = try log.file.read { sqlite in
                guard table.utf8.allSatisfy(Self.isOfName) else {
                    throw EventLogError.damagedBackup("it has a table \(table)")
                }
                // What a virtual table is digested by, only its projector knows.
                if try sqlite.isVirtual(table) { return digest }
                return try TableDigest.sha256(of: table, sqlite)
            }
            if !own.hasSameBytes(as: digest) {
                throw EventLogError.damagedBackup("the table \(table) is not the one that was backed up")
            }
        }
    }

    /// A table's name goes into a statement as it is.
    private static func isOfName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    /// The log continues the checkpoint: it is this ledger's, and the root is that of its first events.
    ///
    /// - Throws: `unexpectedBackup`.
    func check(_ signed: SignedCheckpoint, _ ledger: LedgerID) throws {
        let checkpoint = signed.checkpoint
        func unexpected(_ what: String) -> EventLogError {
            EventLogError(
                .unexpectedBackup,
                "The backup does not continue the checkpoint of \(checkpoint.size) events: \(what). Use another one.")
        }
        let own = LedgerOrigin(ledger: ledger).text
        guard checkpoint.origin.hasSameBytes(as: own) || checkpoint.origin.utf8.starts(with: (own + "/").utf8) else {
            throw unexpected("that is of \(checkpoint.origin), another ledger")
        }
        try log.readTree { tree in
            guard checkpoint.size <= tree.size else { throw unexpected("it has only \(tree.size)") }
            guard try tree.root(at: checkpoint.size) == checkpoint.root else { throw unexpected("its events differ") }
        }
    }
}

/// How far a backup or a restore is.
public struct BackupProgress: Hashable, Sendable {
    /// What is being done.
    public enum Phase: Sendable {
        /// Bytes are written.
        case copying
        /// Events are recomputed.
        case verifying
        /// Projections are built beside, to compare the tables with them.
        case comparing
    }

    public var phase: Phase
    public var done: Int64
    /// As far as it is known.
    public var total: Int64

    init(_ phase: Phase, _ done: Int64, _ total: Int64) {
        (self.phase, self.done, self.total) = (phase, done, total)
    }
}

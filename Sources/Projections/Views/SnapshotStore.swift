import EventLog
import Foundation
import LedgerStorage
import Logging

/// The snapshots of one ledger: their files in `<ledger>-snapshots` and their rows in the ledger.
///
/// Invariant: no byte of a snapshot is used before the whole file has had the SHA-256 that the ledger has of it, and
/// none that other projectors or other versions of them have built.
final class SnapshotStore: Sendable {
    let database: any ProjectionDatabase
    let folder: String
    private let host: ProjectionStore
    private let alwaysUses: Bool

    init(_ host: ProjectionStore, alwaysUses: Bool) {
        self.host = host
        self.alwaysUses = alwaysUses
        database = host.database
        folder = host.database.path + "-snapshots"
    }

    /// What the tables are: the projections' names and versions, and the events up to the position that they do
    /// without.
    ///
    /// - Parameter erasure: The last one when the tables were begun.
    func projectors(
        through position: Position, skipping skipped: [ByteText: Set<Position>], after erasure: Position
    ) -> String {
        let projections = host.projectionsWithPast.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        let names = projections.map { projection in
            let without = (skipped[projection.projector.key] ?? []).filter { $0 <= position }.sorted()
            return (["\(projection.name):\(projection.version)"] + without.map(String.init)).joined(separator: "-")
        }.joined(separator: ",")
        return erasure == 0 ? names : "\(names);\(erasure)"
    }

    /// False for a ledger that is no file.
    var isPossible: Bool {
        var status = stat()
        return stat(database.path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    package func file(_ position: Position) -> String { "\(folder)/\(position).sqlite.lz4" }

    // MARK: What there is

    /// Every one that the ledger knows of, the earliest first.
    func all() throws -> [SnapshotInfo] {
        try database.readSnapshot { sqlite in
            let table = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'snapshots'"
            guard try sqlite.integer(table) == 1 else { return [] }
            let row = try sqlite.statement(
                "SELECT position, projectors, sha256, bytes, database_bytes, made_at FROM snapshots ORDER BY position")
            defer { row.reset() }
            var found: [SnapshotInfo] = []
            while try row.step() {
                found.append(
                    SnapshotInfo(
                        position: row.int64(0), projectors: row.text(1), sha256: row.text(2), bytes: row.int64(3),
                        databaseBytes: row.int64(4), madeAt: Timestamp(milliseconds: row.int64(5))))
            }
            return found
        }
    }

    /// Those that may be used, the earliest first.
    func usable() throws -> [SnapshotInfo] { try usable(skipping: host.skippedPositions()) }

    func usable(skipping skipped: [ByteText: Set<Position>]) throws -> [SnapshotInfo] {
        let erasure = try database.lastErasure()
        return try all().filter { isUsable($0, skipping: skipped, after: erasure) }
    }

    func isUsable(_ info: SnapshotInfo) throws -> Bool {
        isUsable(info, skipping: try host.skippedPositions(), after: try database.lastErasure())
    }

    /// The present projectors built it, and its file is there, as far as can be seen from outside.
    private func isUsable(
        _ info: SnapshotInfo, skipping skipped: [ByteText: Set<Position>], after erasure: Position
    ) -> Bool {
        var status = stat()
        guard stat(file(info.position), &status) == 0, Int64(status.st_size) == info.bytes else { return false }
        return info.projectors.hasSameBytes(
            as: projectors(through: info.position, skipping: skipped, after: erasure))
    }

    // MARK: Using one

    /// Makes the database of the moment's nearest snapshot at a path where there is no file, if that is quicker than
    /// building it from nothing. Answers what it holds; 0, and there is no file, where none is to be used.
    @concurrent func expand(
        for moment: LogMoment, skipping skipped: [ByteText: Set<Position>], to path: String
    ) async throws -> Position {
        guard moment.occurredThrough == nil else { return 0 }
        for info in try usable(skipping: skipped).reversed() where info.position <= moment.position {
            guard alwaysUses || SnapshotCost.isWorthwhile(info, for: moment.position) else { return 0 }
            if try await expand(info, to: path) { return info.position }
        }
        return 0
    }

    /// False, and there is no file, where it is not what was registered: then it is dropped.
    func expand(_ info: SnapshotInfo, to path: String) async throws -> Bool {
        do {
            let problem = try SnapshotFile.expand(file(info.position), to: path, rights: rights, expecting: info)
            guard let problem else { return true }
            unlink(path)
            database.settings.logger.warning(
                "A snapshot is not used", metadata: ["position": "\(info.position)", "reason": "\(problem)"])
            // Who may only read leaves it to others.
            if !database.settings.isReadOnly { try? await drop([info]) }
            return false
        } catch {
            unlink(path)
            throw (error as? FileProblem)?.error ?? error
        }
    }

    // MARK: Changing what there is

    /// - Throws: `busy` where the projectors do without other events by now; the file is removed then.
    func register(_ info: SnapshotInfo) async throws {
        try await database.onWriter { [self] sqlite in
            try sqlite.transaction {
                let current = projectors(
                    through: info.position, skipping: try host.skippedPositions(sqlite),
                    after: try database.committed(sqlite).lastErasure())
                guard info.projectors.hasSameBytes(as: current) else {
                    unlink(file(info.position))
                    throw EventLogError(
                        .busy,
                        "Events were skipped or erased while a snapshot at \(info.position) was made; take it again.")
                }
                try sqlite.execute(String(decoding: PackageResources.snapshots_sql, as: UTF8.self))
                let insert = try sqlite.statement(
                    """
                    INSERT OR REPLACE INTO snapshots (position, projectors, sha256, bytes, database_bytes, made_at)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """)
                insert.bind(1, info.position)
                insert.bind(2, info.projectors)
                insert.bind(3, info.sha256)
                insert.bind(4, info.bytes)
                insert.bind(5, info.databaseBytes)
                insert.bind(6, info.madeAt.milliseconds)
                try insert.run()
            }
        }
    }

    /// Forgets them, and removes their files.
    func drop(_ infos: [SnapshotInfo]) async throws {
        guard !infos.isEmpty else { return }
        try await database.onWriter { sqlite in
            try sqlite.transaction {
                let delete = try sqlite.statement("DELETE FROM snapshots WHERE position = ? AND sha256 = ?")
                for info in infos {
                    delete.bind(1, info.position)
                    delete.bind(2, info.sha256)
                    try delete.run()
                }
            }
        }
        guard isFolderOwn else { return }
        for info in infos { unlink(file(info.position)) }
    }

    /// Removes the snapshots that the ledger does not know of: what a killed process left, or another ledger that was
    /// here. What else is in the folder is somebody's. Call it with the lock of the folder.
    func removeUnknownFiles() throws {
        let known = Set(try all().map { "\($0.position).sqlite.lz4" })
        for name in try FileManager.default.contentsOfDirectory(atPath: folder)
        where !known.contains(name) && name.wholeMatch(of: /[0-9]+\.sqlite\.(lz4(\.part)?|building)/) != nil {
            unlink("\(folder)/\(name)")
        }
    }

    /// Removes every file that is a snapshot, or was to become one, registered or not, also of a process that makes one
    /// just now: the ledger refuses that then.
    func removeAllFiles() -> Int {
        guard isFolderOwn, let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return 0 }
        let found = names.filter { $0.wholeMatch(of: /[0-9]+\.sqlite\.(lz4(\.part)?|building)(-journal)?/) != nil }
        return found.count { unlink("\(folder)/\($0)") == 0 }
    }

    static let lockName = "lock"
    var lockPath: String { "\(folder)/\(Self.lockName)" }

    /// Of what is in the folder.
    var rights: FileRights { FileRights(likeLedger: database.path, isInItsPlace: true) }

    /// Makes the folder, for those who may read the ledger.
    func makeFolder() throws {
        guard mkdir(folder, mode_t(truncatingIfNeeded: rights.ofFolder.initialMode)) == 0 || errno == EEXIST else {
            throw FileProblem(folder, errno).error
        }
        guard isFolderOwn else {
            throw EventLogError(
                .storage,
                "\(folder) is not a folder of this ledger's owner; move it, or open the ledger without snapshots."
            )
        }
        do {
            let made = try FileDescriptor(opening: folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
            rights.ofFolder.give(to: made.descriptor)
        } catch let problem as FileProblem {
            throw problem.error
        }
    }

    /// It is no link, and belongs to who runs this or to the ledger's owner: files are removed in it.
    private var isFolderOwn: Bool {
        var (own, ledger) = (stat(), stat())
        guard lstat(folder, &own) == 0, own.st_mode & S_IFMT == S_IFDIR else { return false }
        return own.st_uid == geteuid() || stat(database.path, &ledger) == 0 && own.st_uid == ledger.st_uid
    }

    /// Removes the folder where nothing is in it and no process takes a snapshot.
    func removeEmptyFolder() {
        guard isFolderOwn, let names = try? FileManager.default.contentsOfDirectory(atPath: folder),
            names.allSatisfy({ $0 == Self.lockName }), let lock = try? FileLock.take(lockPath, rights: rights)
        else { return }
        lock.removeFile()
        rmdir(folder)
    }
}

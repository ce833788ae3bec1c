import EventLog
import Foundation
import LedgerStorage
import Logging
import Projections
import Synchronization

/// The words of every text of a source, in a file beside the ledger: `<ledger>-search` for all that memories say or
/// said, `<ledger>-search-<name>` for a module's texts.
///
///     tables of the ledger ── versions of texts, by positions ──▶ text_index ── rows ──▶ which of them stood, and may
///                                                                                        be seen: asked of the tables
///
/// Invariants:
/// 1. It holds each version that began up to `TextIndexState.position` once, and no other.
/// 2. It is no truth: it may be deleted at any time. What it was made of is noted, and if that is no more (an erasure,
///    tables that were built again, another ledger under the same name), it is deleted and made again.
///
/// It is not in the ledger's file, so that filling it keeps no writer waiting, an erasure has one file to delete, and
/// backups, snapshots and checkouts have nothing of it. A ledger that is never searched has none.
final class TextIndex: Sendable {
    private struct Opened {
        let database: LockedDatabase
        let identity: FileIdentity?
    }

    private struct State {
        var opened: Opened?
        /// Brings it up behind this process's appends.
        var follower: Task<Void, Never>?
        /// Brings it up once.
        var filler: Task<Void, Never>?
        var isClosed = false
    }

    private let store: ProjectionStore
    let source: any TextSource
    private let state = Mutex(State())
    let path: String

    /// Events of one transaction of the index.
    private static let batchEvents: Position = 8_192
    /// Bytes of texts of one, roughly.
    private static let batchBytes = 4 << 20
    /// How long the follower lets appends gather, in milliseconds.
    private static let gatheringMilliseconds = 200

    init(_ store: ProjectionStore, of source: any TextSource) {
        (self.store, self.source) = (store, source)
        path = LedgerPlaces.textIndex(source.name, of: store.database.path)
    }

    deinit {
        state.withLock {
            $0.follower?.cancel()
            $0.filler?.cancel()
        }
    }

    private var settings: ProjectionSettings { store.database.settings }
    var mayWrite: Bool { !settings.isReadOnly }

    // MARK: Opening

    /// The database, if there is one or it may be made.
    private func opened() throws -> Opened? {
        let (opened, former) = try state.withLock { state -> (Opened?, LockedDatabase?) in
            if state.isClosed { throw EventLogError.closed }
            let identity = FileIdentity(path)
            if let opened = state.opened, opened.identity == identity { return (opened, nil) }
            // Another process has deleted it, and maybe made the next one.
            let former = state.opened?.database
            state.opened = nil
            guard identity != nil || mayWrite else { return (nil, former) }
            state.opened = Opened(database: try open(), identity: FileIdentity(path))
            return (state.opened, former)
        }
        if let former { Task { await former.close() } }
        return opened
    }

    private func open() throws -> LockedDatabase {
        try SideFile.check(path)
        // SQLite would let all read it who may read the folder.
        if !exists { try? FileRights(likeLedger: store.database.path, isInItsPlace: true).makeFile(path) }
        return try LockedDatabase(
            path: path, TextIndexFile.kind, isReadOnly: !mayWrite, readers: settings.readers,
            busyTimeout: settings.busyTimeoutMilliseconds)
    }

    /// There is a file, whatever it holds.
    var exists: Bool { identity != nil }

    /// Which file it is; nil: there is none.
    var identity: FileIdentity? { FileIdentity(path) }
    var logger: Logger { settings.logger }

    /// Deletes it, with every byte that it has of any text. Processes that have it open go on with the next one.
    ///
    /// - Parameter identity: only if it is this file, since another may have deleted that and made the next one.
    /// - Throws: `busy` where another process writes it for long.
    func remove(if identity: FileIdentity? = nil) throws {
        try LockedDatabase.remove(
            path, if: identity, applicationID: ApplicationID.textIndex, busyTimeout: settings.busyTimeoutMilliseconds)
    }

    /// Ends following, and closes the file.
    func close() async {
        let (tasks, opened) = state.withLock { state in
            state.isClosed = true
            defer { (state.follower, state.filler, state.opened) = (nil, nil, nil) }
            return ([state.follower, state.filler].compactMap(\.self), state.opened)
        }
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
        await opened?.database.close()
    }

    /// Fills it after it was deleted. Failing loses nothing: the next search does it.
    func makeAgain() async {
        do { try await bringUp() } catch {
            settings.logger.warning("The text index is not made again yet", metadata: ["error": "\(error)"])
        }
    }

    // MARK: Filling

    /// How far the index is, and how far the ledger's tables are.
    struct Progress: Equatable, Sendable {
        var position: Position
        var head: Position
    }

    /// How many events the index is behind, in one snapshot of the ledger's tables: all of them, if there is no index
    /// that could be used.
    func lag() throws -> Progress {
        guard exists, let database = try opened()?.database else {
            return try store.database.readSnapshot { Progress(position: 0, head: try store.position($0)) }
        }
        return try store.database.readSnapshot { ledger in
            let state = try database.read { try TextIndexState.load($0) }
            let head = try store.position(ledger)
            return Progress(position: try isUsable(state, ledger) ? min(state.position, head) : 0, head: head)
        }
    }

    /// Brings the index to where the ledger's tables are, a batch in each transaction.
    ///
    /// - Throws: `readOnly`, `busy`, `storage`, `CancellationError`.
    @discardableResult
    func bringUp(_ report: @Sendable (Progress) -> Void = { _ in }) async throws -> Progress {
        while true {
            try Task.checkCancellation()
            guard let opened = try opened() else { throw EventLogError.readOnly }
            let reached = try await opened.database.onWriter { [self] in try advance($0) }
            guard let reached else {
                settings.logger.info("The text index is made again")
                try remove(if: opened.identity)
                continue
            }
            report(reached)
            if reached.position >= reached.head { return reached }
        }
    }

    /// Indexes the next versions in one transaction. Nil: the index is of no use, and has to go.
    private func advance(_ index: SQLiteConnection) throws -> Progress? {
        try store.database.readSnapshot { ledger in
            var state = try TextIndexState.load(index)
            let head = try store.position(ledger)
            if state.position == 0 { state.basis = try TextIndexBasis(store, source, ledger) }
            guard try isUsable(state, ledger) else { return nil }
            guard state.position < head else { return Progress(position: head, head: head) }
            var last = min(head, state.position + Self.batchEvents)
            try index.transaction {
                var bytes = 0
                try source.read(after: state.position, through: last, ledger) { text in
                    try TextIndexFile.insert(text, index)
                    bytes += text.byteCount
                    if bytes > Self.batchBytes { last = text.began }
                    return bytes <= Self.batchBytes
                }
                state.position = last
                state.event = try id(at: last, ledger)
                try state.save(index)
            }
            return Progress(position: last, head: head)
        }
    }

    /// The index is of these tables and of this log.
    private func isUsable(_ state: TextIndexState, _ ledger: SQLiteConnection) throws -> Bool {
        guard state.position > 0 else { return true }
        return try state.basis == TextIndexBasis(store, source, ledger) && state.event == id(at: state.position, ledger)
    }

    private func id(at position: Position, _ ledger: SQLiteConnection) throws -> String {
        try store.database.committed(ledger).event(at: position)?.id.description ?? ""
    }

    // MARK: Following

    /// Follows the appends of this process from now on, until `close`.
    func follow() {
        guard mayWrite else { return }
        state.withLock { state in
            guard state.follower == nil, !state.isClosed else { return }
            state.follower = Task(priority: .background) { [weak self, signal = store.database.signal] in
                var position: Position = 0
                while !Task.isCancelled {
                    await signal.wait(after: position, milliseconds: nil)
                    try? await Task.sleep(for: .milliseconds(Self.gatheringMilliseconds))
                    guard !Task.isCancelled, let head = await self?.keepUp(to: signal.reached) else { return }
                    position = head
                }
            }
        }
    }

    /// Answers where to look again; one that fails is tried again at the next append, or by the next search.
    private func keepUp(to head: Position) async -> Position {
        // What was deleted meanwhile is made by the next search.
        if exists { await fillNow() }
        return head
    }

    /// Brings the index up in the background, unless that is under way: makes it, too.
    func fill() {
        guard mayWrite else { return }
        state.withLock { state in
            guard state.filler == nil, !state.isClosed else { return }
            state.filler = Task(priority: .background) { [weak self] in
                await self?.fillNow()
                self?.state.withLock { $0.filler = nil }
            }
        }
    }

    private func fillNow() async {
        do { try await bringUp() } catch is CancellationError {} catch {
            settings.logger.warning("The text index does not follow", metadata: ["error": "\(error)"])
        }
    }

    // MARK: Reading

    /// Runs the body with the index and the ledger's tables, each in one snapshot, and the position through which the
    /// index has every version. Nil: there is no index that could be used.
    func read<T>(
        _ body: (_ index: SQLiteConnection, _ ledger: SQLiteConnection, _ indexed: Progress) throws -> T
    ) throws -> T? {
        guard exists, let database = try opened()?.database else { return nil }
        return try store.database.readSnapshot { ledger in
            try database.readSnapshot { index in
                let state = try TextIndexState.load(index)
                guard state.position > 0, try isUsable(state, ledger) else { return nil }
                let head = try store.position(ledger)
                return try body(index, ledger, Progress(position: min(state.position, head), head: head))
            }
        }
    }
}

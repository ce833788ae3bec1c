package import EventLog
import Foundation
import LedgerStorage
import Logging
import Synchronization

/// Takes snapshots: when the rule says so, in the background of a process that appends, or when asked.
///
/// They are made from the log alone, from the snapshot before and the events since, so that nothing that was done to
/// the serving tables gets into them. One process at a time makes them; the others go on without.
///
///     from nothing, or the former snapshot ─▶ events ─▶ database ─▶ …lz4.part ─▶ synced ─▶ renamed ─▶ registered
///
/// Killed anywhere before the last step, there is no such snapshot, and the process that makes the next ones clears the
/// rest away.
package final class SnapshotKeeper: Sendable {
    private struct State {
        var running: Task<[SnapshotInfo], any Error>?
        var watcher: Task<Void, Never>?
        var isClosed = false
    }

    private let host: ProjectionStore
    let store: SnapshotStore
    private let rule: SnapshotRule
    private let clock: any TimeSource
    private let state = Mutex(State())
    private let isCancelled = Atomic<Bool>(false)

    /// Events of a page: few, because a reader keeps the write-ahead log from being reset.
    private static let pageEvents = 4_096
    /// After a failure, or while another process makes them, the log must grow by so many events before the next try.
    private static let retryEvents: Position = 16_384

    /// - Parameter alwaysUses: build on a snapshot even where building from nothing is quicker.
    package init(_ host: ProjectionStore, rule: SnapshotRule, clock: any TimeSource, alwaysUses: Bool = false) {
        self.host = host
        self.rule = rule
        self.clock = clock
        store = SnapshotStore(host, alwaysUses: alwaysUses)
    }

    deinit { state.withLock { $0.watcher }?.cancel() }

    /// Snapshots can be taken of this ledger, by this process.
    private var isPossible: Bool { !store.database.settings.isReadOnly && store.isPossible }

    // MARK: In the background

    /// Takes what comes due by this process's appends, until `close`.
    package func start() {
        guard rule != .off, isPossible else { return }
        let signal = store.database.signal
        let watcher = Task(priority: .background) { [weak self] in
            // A process that appends nothing need not look what is due.
            var next: Position? = 1
            while let position = next {
                await signal.wait(after: position - 1, milliseconds: nil)
                if Task.isCancelled { return }
                next = await self?.takeInBackground()
            }
        }
        state.withLock { $0.watcher = watcher }
    }

    /// Answers where to look again; nil for never.
    private func takeInBackground() async -> Position? {
        do {
            let head = try await host.log.head()
            guard let due = try nextDue(head: head) else { return nil }
            guard due <= head else { return due }
            let taken = try await takeDue(atMost: nil, isBackground: true)
            return taken.isEmpty ? head + Self.retryEvents : max(1, try nextDue(head: head) ?? .max)
        } catch {
            if isCancelled.load(ordering: .relaxed) { return nil }
            store.database.settings.logger.warning("No snapshot was taken", metadata: ["error": "\(error)"])
            guard let head = try? await host.log.head() else { return nil }
            return head + Self.retryEvents
        }
    }

    /// The first position at which one is missing.
    private func nextDue(head: Position) throws -> Position? {
        try missing(head: head).first ?? rule.next(after: rule.positions(head: head).last ?? 0)
    }

    private func missing(head: Position) throws -> [Position] {
        let known = Set(try store.usable().map(\.position))
        return rule.positions(head: head).filter { !known.contains($0) }
    }

    // MARK: On demand

    /// Every snapshot that the ledger knows of, the earliest first.
    package func all() throws -> [SnapshotInfo] { try store.all() }

    /// True where the file is there and the present projectors built it.
    package func isUsable(_ info: SnapshotInfo) throws -> Bool { try store.isUsable(info) }

    /// Takes those that are due, the earliest first, and answers them. None where another process is at it.
    ///
    /// - Throws: `readOnly`, `storage`, `CancellationError` after `close`, or what the log or the projectors throw.
    @discardableResult
    package func takeDue(atMost limit: Int? = nil) async throws -> [SnapshotInfo] {
        try await takeDue(atMost: limit, isBackground: false)
    }

    private func takeDue(atMost limit: Int?, isBackground: Bool) async throws -> [SnapshotInfo] {
        try await exclusively { [self] in
            let missing = try missing(head: try await host.log.head())
            return try await make(Array(missing.prefix(limit ?? missing.count)), isBackground: isBackground)
        }
    }

    /// Takes one at the log's head, unless there is one. Throws as `takeDue`.
    package func takeHere() async throws -> [SnapshotInfo] {
        try await exclusively { [self] in
            let head = try await host.log.head()
            guard head > 0, try !store.usable().contains(where: { $0.position == head }) else { return [] }
            return try await make([head], isBackground: false)
        }
    }

    /// Drops all of them, and answers how many.
    package func dropAll() async throws -> Int {
        let all = try store.all()
        try await store.drop(all)
        store.removeEmptyFolder()
        return all.count
    }

    /// Drops all of them, also what was not finished, because something was erased. Answers how many there were.
    package func dropAllForErasure() async throws -> Int {
        let all = try store.all()
        try await store.drop(all)
        _ = store.removeAllFiles()
        store.removeEmptyFolder()
        return all.count
    }

    /// One at a time in this process: a call that comes meanwhile waits for the one before.
    private func exclusively(_ body: @escaping @Sendable () async throws -> [SnapshotInfo]) async throws
        -> [SnapshotInfo]
    {
        guard !store.database.settings.isReadOnly else { throw EventLogError.readOnly }
        guard store.isPossible else { return [] }
        while true {
            let (task, isOwn) = try state.withLock { state in
                if state.isClosed { throw EventLogError.closed }
                if let running = state.running { return (running, false) }
                let task = Task {
                    defer { self.state.withLock { $0.running = nil } }
                    return try await body()
                }
                state.running = task
                return (task, true)
            }
            let result = await task.result
            if isOwn { return try result.get() }
        }
    }

    /// Ends what is under way.
    package func close() async {
        isCancelled.store(true, ordering: .relaxed)
        let (running, watcher) = state.withLock { state in
            state.isClosed = true
            return (state.running, state.watcher)
        }
        watcher?.cancel()
        _ = await running?.result
        await watcher?.value
    }

    // MARK: Making them

    private func make(_ positions: [Position], isBackground: Bool) async throws -> [SnapshotInfo] {
        guard let last = positions.last else { return [] }
        try store.makeFolder()
        guard let lock = try FileLock.take(store.lockPath, rights: store.rights) else { return [] }
        defer { withExtendedLifetime(lock) {} }
        let logger = store.database.settings.logger
        try store.removeUnknownFiles()
        let useless = try store.all().filter { try !store.isUsable($0) }
        for info in useless { logger.warning("A snapshot is dropped", metadata: ["position": "\(info.position)"]) }
        try await store.drop(useless)
        try checkRoom()
        logger.info("Taking snapshots", metadata: ["count": "\(positions.count)", "through": "\(last)"])
        var made: [SnapshotInfo] = []
        var build: ProjectionBuild?
        defer { build?.discard() }
        for position in positions {
            try proceed()
            let current = try await base(for: position, build)
            build = current
            try await advance(current, to: position, isBackground)
            let info = try await perform(isBackground) { [self] in try write(current, at: position) }
            try await store.register(info)
            made.append(info)
        }
        return made
    }

    private func perform<T: Sendable>(_ isBackground: Bool, _ body: @escaping @Sendable () throws -> T) async throws
        -> T
    {
        isBackground ? try await LowPriority.run(body) : try body()
    }

    private func proceed() throws {
        if isCancelled.load(ordering: .relaxed) { throw CancellationError() }
    }

    /// What to go on from: the build of the last one, unless a snapshot lies between.
    private func base(for position: Position, _ last: ProjectionBuild?) async throws -> ProjectionBuild {
        let reached = last?.position ?? 0
        let skipped = try host.skippedPositions()
        let usable = try store.usable(skipping: skipped)
        let between = usable.last { $0.position < position && $0.position > reached }
        let erasure = try store.database.lastErasure()
        if let last, between == nil, last.skipped == skipped, last.erasure == erasure { return last }
        last?.discard()
        let path = "\(store.folder)/\(position).sqlite.building"
        unlink(path)
        for info in usable.reversed() where info.position < position {
            if try await store.expand(info, to: path) {
                return try ProjectionBuild(host, at: path, from: info.position, skipping: skipped, after: erasure)
            }
        }
        return try ProjectionBuild(host, at: path, from: 0, skipping: skipped, after: erasure)
    }

    /// Applies the events up to the position. They are read at the usual priority, because a reader keeps the
    /// write-ahead log from being reset and must not be left waiting for a core.
    private func advance(_ build: ProjectionBuild, to position: Position, _ isBackground: Bool) async throws {
        let (projectors, upcasters) = (host.projectorsWithPast, host.upcasters)
        let reader = try host.log.makeFeed(after: build.position)
        while build.position < position {
            try proceed()
            let limit = min(Self.pageEvents, Int(position - build.position))
            let page = try await PreparedEvents.read(reader, limit: limit) { PreparedEvents($0, for: [], upcasters) }
            guard !page.events.isEmpty else {
                throw EventLogError.damagedLog(at: build.position + 1, "the event is missing")
            }
            try await perform(isBackground) {
                try build.applyAndWait(PreparedEvents(page.events, for: projectors, upcasters))
            }
        }
    }

    /// Writes the file of a build that stands at the position.
    private func write(_ build: ProjectionBuild, at position: Position) throws -> SnapshotInfo {
        try build.complete()
        let file = store.file(position)
        let part = file + ".part"
        do {
            unlink(part)
            let written = try SnapshotFile.compress(
                build.path, to: part, rights: store.rights, proceed: proceed)
            do { try AtomicFile.place(part, at: file, replacing: true) } catch {
                // What is not registered is not wanted, and one more can be taken.
                unlink(file)
                throw error
            }
            return SnapshotInfo(
                position: position,
                projectors: store.projectors(through: position, skipping: build.skipped, after: build.erasure),
                sha256: written.sha256, bytes: written.bytes, databaseBytes: written.databaseBytes,
                madeAt: clock.now())
        } catch {
            unlink(part)
            throw (error as? FileProblem)?.error ?? error
        }
    }

    /// Rather none than a disk that is full: the tables are never larger than the ledger, which holds them too.
    private func checkRoom() throws {
        var room = statvfs()
        guard statvfs(store.folder, &room) == 0 else { return }
        let free = Self.bytes(blocks: UInt64(room.f_bavail), of: UInt64(room.f_frsize))
        guard free < store.database.sizeBytes else { return }
        throw EventLogError(
            .storage, "\(store.folder) has no room for a snapshot; make some, or open the ledger without snapshots.")
    }

    /// Some file systems claim more room than can be counted.
    static func bytes(blocks: UInt64, of blockBytes: UInt64) -> Int64 {
        let (bytes, isTooMuch) = blocks.multipliedReportingOverflow(by: blockBytes)
        return isTooMuch ? .max : Int64(clamping: bytes)
    }
}

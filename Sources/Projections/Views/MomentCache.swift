package import EventLog
import Synchronization

/// The moments of a ledger that have been opened: those used last, and any that somebody still reads.
///
/// Invariants:
/// 1. At most `maximumMoments` are kept for the next one who asks; a view in use lives on until it is let go.
/// 2. A caller that asks for a moment that is being built waits for that build. It ends when no caller waits for it.
/// 3. After `close` there is no view, no build and no file.
package final class MomentCache: Sendable {
    /// What tells moments apart: of the same position at another time of the clock, the tables are the same.
    private struct Key: Hashable {
        var position: Position
        var occurredThrough: Timestamp?
        /// The last erasure: what was built before it holds too much.
        var erasure: Position
        /// Categories that it does without. Who has the keys gets another view than who lacks them.
        var withheld: Set<ByteText>
    }

    private struct Entry {
        var number: Int
        var task: Task<ProjectionView, any Error>
        package var waiting = 0
        var isBuilt = false
        var lastUse: Int
    }

    private struct Weak {
        weak var view: ProjectionView?
    }

    private struct State {
        var entries: [Key: Entry] = [:]
        /// Builds that no caller waits for any more, until they have cleared up.
        var ending: [Int: Task<ProjectionView, any Error>] = [:]
        var uses = 0
        /// Views that somebody may read, kept here or not.
        var views: [Weak] = []
        var isClosed = false
    }

    private let host: ProjectionStore
    private let snapshots: SnapshotStore
    private let folder: ViewFolder
    private let state = Mutex(State())

    /// Moments kept for the next one who asks: each is a database as large as the projections were then.
    package static let maximumMoments = 4

    package init(_ host: ProjectionStore, _ keeper: SnapshotKeeper) {
        self.host = host
        snapshots = keeper.store
        folder = ViewFolder(ledgerPath: host.database.path)
        ViewFolder.clearDead(besideLedger: host.database.path)
    }

    /// The moment's tables, built where they are not kept.
    ///
    /// - Parameter withheld: events that they do without.
    /// - Throws: `closed`, `storage`, `CancellationError`, or what the log or the projectors throw.
    package func view(at moment: LogMoment, without withheld: WithheldEvents? = nil) async throws -> ProjectionView {
        let erasure = try host.database.lastErasure()
        let key = Key(
            position: moment.position, occurredThrough: moment.occurredThrough, erasure: erasure,
            withheld: withheld?.categories ?? [])
        let (number, task) = try join(key, moment, withheld)
        let result = await withTaskCancellationHandler {
            await task.result
        } onCancel: {
            leave(key, number)
        }
        switch result {
        case .success(let view):
            try finish(key, number, view)
            try Task.checkCancellation()
            return view
        case .failure(let error):
            drop(key, number)
            throw error
        }
    }

    /// What an event does to the tables of the moment before it. They are built among the views, so that a caller that
    /// comes next clears them away where this process is killed.
    ///
    /// - Throws: As `view(at:)`, and `projectionFailed` where a projector refuses the event or one before it.
    package func explain(_ event: RecordedEvent) async throws -> EventExplanation {
        try await host.explain(event, at: folder.newFile(), from: snapshots)
    }

    private func join(
        _ key: Key, _ moment: LogMoment, _ withheld: WithheldEvents?
    ) throws -> (Int, Task<ProjectionView, any Error>) {
        try state.withLock { state in
            if state.isClosed { throw EventLogError.closed }
            state.uses += 1
            if var entry = state.entries[key] {
                entry.lastUse = state.uses
                if !entry.isBuilt { entry.waiting += 1 }
                state.entries[key] = entry
                return (entry.number, entry.task)
            }
            let number = state.uses
            let task = Task { [host, folder, snapshots, weak self] in
                defer { self?.state.withLock { $0.ending[number] = nil } }
                return try await host.openView(at: moment, in: folder, from: snapshots, without: withheld)
            }
            state.entries[key] = Entry(number: number, task: task, waiting: 1, lastUse: number)
            makeRoom(&state)
            return (number, task)
        }
    }

    /// Lets go of the moment that has not been asked for the longest; those being built come last.
    private func makeRoom(_ state: inout State) {
        while state.entries.values.count(where: \.isBuilt) > Self.maximumMoments {
            let oldest = state.entries.filter(\.value.isBuilt).min { $0.value.lastUse < $1.value.lastUse }
            guard let oldest else { return }
            state.entries[oldest.key] = nil
        }
    }

    /// Somebody waits no longer.
    private func leave(_ key: Key, _ number: Int) {
        state.withLock { state in
            guard var entry = state.entries[key], entry.number == number, !entry.isBuilt else { return }
            entry.waiting -= 1
            state.entries[key] = entry.waiting > 0 ? entry : nil
            guard entry.waiting == 0 else { return }
            state.ending[number] = entry.task
            entry.task.cancel()
        }
    }

    private func finish(_ key: Key, _ number: Int, _ view: ProjectionView) throws {
        let isClosed = state.withLock { state in
            if state.isClosed { return true }
            state.views.removeAll { $0.view == nil }
            if !state.views.contains(where: { $0.view === view }) { state.views.append(Weak(view: view)) }
            if state.entries[key]?.number == number { state.entries[key]?.isBuilt = true }
            makeRoom(&state)
            return false
        }
        if isClosed {
            view.close()
            throw EventLogError.closed
        }
    }

    private func drop(_ key: Key, _ number: Int) {
        state.withLock { state in
            if state.entries[key]?.number == number { state.entries[key] = nil }
        }
    }

    /// Ends builds and closes every view, because something was erased: a reader that has one gets `closed`, and the
    /// next one is built again.
    package func closeViews() async {
        let (tasks, views) = state.withLock { state in
            defer {
                state.entries = [:]
                state.views = []
            }
            return (state.entries.values.map(\.task) + state.ending.values, state.views.compactMap(\.view))
        }
        for task in tasks { task.cancel() }
        for task in tasks { (try? await task.value)?.close() }
        for view in views { view.close() }
    }

    /// Views that are kept or read. For tests.
    package var openMoments: Int {
        state.withLock { state in state.views.count { $0.view != nil } }
    }

    /// Ends builds, closes every view and removes the files.
    package func close() async {
        let (tasks, views) = state.withLock { state in
            state.isClosed = true
            defer {
                state.entries = [:]
                state.views = []
            }
            return (state.entries.values.map(\.task) + state.ending.values, state.views.compactMap(\.view))
        }
        for task in tasks { task.cancel() }
        for task in tasks { (try? await task.value)?.close() }
        for view in views { view.close() }
        folder.close()
    }
}

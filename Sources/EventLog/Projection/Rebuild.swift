import GRDB
import Logging

/// How far a rebuild is.
public struct RebuildStatus: Sendable {
    public var projections: [String]
    public var position: Position
    public var head: Position
}

/// Called after each batch of a rebuild.
public typealias RebuildProgress = @Sendable (RebuildStatus) -> Void

/// What a rebuild did.
public struct RebuildReport: Hashable, Sendable {
    public var projections: [ProjectionState]
    public var events: Int64
}

/// Rebuilding: the next generation's tables are built in a database beside the ledger, while the serving ones answer
/// and follow the log; in one last transaction the next generation catches up and takes their place.
///
///     serving ────────────────────────────────────────────────────▶ dropped
///     beside   created ─▶ batch ─▶ batch ─▶ … ─▶ indexes ─▶ rest of the log ─▶ copied, serving
///
/// Killed anywhere before the last commit, the serving generation serves, and the next rebuild clears away the rest.
extension ProjectionHost {
    /// Rebuilds projections from the log; all of them where no names are given.
    ///
    /// - Throws: `unknownProjection`, `busy` where another rebuild is under way, or what the projectors throw; the
    ///   serving tables are untouched then.
    @discardableResult
    package func rebuild(_ names: [String]? = nil, _ progress: RebuildProgress = { _ in }) async throws -> RebuildReport
    {
        let chosen = try names?.map { try projector($0) } ?? projectors
        let lock = try await RebuildLock(log.file)
        defer { lock.release() }
        let logger = log.file.options.logger
        logger.info("Rebuilding projections", metadata: ["projections": "\(chosen.map(\.name))"])
        let builder = try await GenerationBuilder.begin(chosen, self)
        defer { builder.discard() }
        try await build(builder, chosen.map(\.name), progress)
        let states = try await log.onWriter { sqlite in try builder.swapIn(sqlite) }
        logger.info("Rebuilt projections", metadata: ["events": "\(builder.position)"])
        return RebuildReport(projections: states, events: builder.position)
    }

    private func build(
        _ builder: GenerationBuilder, _ names: [String], _ progress: RebuildProgress
    ) async throws {
        let reader = try ReplayReader(log)
        var page = try reader.page(limit: Self.batchEvents)
        while !page.isEmpty {
            try Task.checkCancellation()
            // One core reads and decodes the next page while the other applies this one.
            async let next = reader.nextPage(limit: Self.batchEvents)
            let events = page
            try await builder.apply(events)
            page = try await next
            progress(RebuildStatus(projections: names, position: builder.position, head: try await log.head()))
        }
        try await builder.createIndexes()
    }
}

/// One rebuild at a time, across processes.
private final class RebuildLock {
    private let lock: WriterLock

    /// Asks again and again instead of blocking: the rebuild that has the lock may need this thread to go on.
    init(_ file: LedgerFile) async throws {
        lock = try WriterLock(path: file.path + "-lock", turn: .rebuild)
        let timeout = file.options.busyTimeoutMilliseconds
        let deadline = ContinuousClock.now + .milliseconds(timeout)
        while true {
            do {
                try lock.acquire(timeoutMilliseconds: 0)
                return
            } catch let error as EventLogError where error.code == .busy {
                guard ContinuousClock.now < deadline else {
                    throw EventLogError.busy(holder: error.holderProcessID, waitedMilliseconds: timeout)
                }
            }
            try await Task.sleep(for: .milliseconds(Self.pauseMilliseconds))
        }
    }

    private static let pauseMilliseconds = 5

    func release() { lock.release() }
}

/// Builds the next generation. Its sessions hold what they fold across batches.
final class GenerationBuilder: Sendable {
    private let host: ProjectionHost
    private let side: SideDatabase
    // Proof of safety: made, used and dropped on the side database's queue only, but for `position`, which is read
    // between its batches, and `runs`, which is read when they are done.
    nonisolated(unsafe) private var runs: [ProjectionRun]
    nonisolated(unsafe) private(set) var position: Position = 0

    private init(_ host: ProjectionHost, _ side: SideDatabase, _ runs: [ProjectionRun]) {
        self.host = host
        self.side = side
        self.runs = runs
    }

    /// Makes the next generation's empty tables.
    static func begin(_ projectors: [any Projector], _ host: ProjectionHost) async throws -> GenerationBuilder {
        try host.log.file.read { sqlite in
            for projector in projectors {
                try ProjectionState.load(projector.name, sqlite)?.check(isNotNewerThan: projector)
            }
        }
        let side = try SideDatabase(beside: host.log.file)
        return try await side.run { sqlite in
            for projector in projectors { try projector.schema.createTables(sqlite) }
            let runs = projectors.map { ProjectionRun($0, sqlite, host.upcasters, isBeingBuilt: true) }
            return GenerationBuilder(host, side, runs)
        }
    }

    func apply(_ events: [RecordedEvent]) async throws {
        try await side.run { [self] _ in
            for event in events {
                for run in runs { try run.apply(event) }
            }
            position = events.last?.position ?? position
        }
    }

    func createIndexes() async throws {
        try await side.run { [self] sqlite in
            for run in runs { try run.session.flush() }
            for run in runs { try run.projector.schema.createIndexes(sqlite) }
        }
    }

    /// Takes what the log has had since, and puts the next generation in the serving one's place. Call it on the
    /// writer's queue under the writer lock.
    func swapIn(_ sqlite: SQLiteConnection) throws -> [ProjectionState] {
        let projectors = runs.map(\.projector)
        let head = try sqlite.integer("SELECT max(position) FROM events") ?? 0
        try side.runAndWait { _ in
            try host.log.replay(sqlite, after: position, through: head) { event in
                for run in runs { try run.apply(event) }
            }
            for run in runs { try run.session.flush() }
            runs = []
            position = head
        }
        try side.finish()
        sqlite.forgetStatements()
        let attach = try SQLiteStatement(connection: sqlite.handle, sql: "ATTACH ? AS rebuilt")
        attach.bind(1, side.path)
        try attach.run()
        defer { try? sqlite.execute("DETACH rebuilt") }
        return try sqlite.transaction {
            try projectors.map { projector in
                let serving = try ProjectionState.load(projector.name, sqlite)
                try serving?.check(isNotNewerThan: projector)
                try projector.schema.replace(from: "rebuilt", sqlite)
                let state = ProjectionState(
                    name: projector.name, version: projector.version, generation: (serving?.generation ?? 0) + 1,
                    position: head)
                try state.save(sqlite)
                return state
            }
        }
    }

    func discard() {
        side.discard { runs = [] }
    }
}

/// Reads the whole log page by page on a connection of its own, keeping the names it has seen.
final class ReplayReader: Sendable {
    private let connection: LedgerFile.Connection
    // Proof of safety: touched only inside blocks that run on the connection's queue.
    nonisolated(unsafe) private let rows: EventRows
    nonisolated(unsafe) private var position: Position

    /// Stream names kept during a replay: some 30 MB.
    private static let maximumCachedNames = 300_000

    /// - Parameter position: Where to begin, exclusive.
    init(_ log: SQLiteEventLog, after position: Position = 0) throws {
        self.position = position
        connection = try log.file.openReader()
        rows = log.rows(connection.sqlite, EventNames(maximum: Self.maximumCachedNames))
    }

    deinit { connection.close() }

    /// The next events; none at the log's present end.
    func page(limit: Int) throws -> [RecordedEvent] {
        try connection.queue.unsafeRead { _ in
            let select = try connection.sqlite.statement(
                "SELECT \(EventRows.columns) FROM events WHERE position > ? ORDER BY position LIMIT ?")
            select.bind(1, position)
            select.bind(2, limit)
            defer { select.reset() }
            var events: [RecordedEvent] = []
            events.reserveCapacity(limit)
            var bytes = 0
            while bytes < Self.maximumPageBytes, try select.step() {
                let event = try rows.event(select)
                bytes += event.payload.count
                events.append(event)
            }
            position = events.last?.position ?? position
            return events
        }
    }

    /// Payload bytes after which a page ends, so that large memories do not pile up.
    private static let maximumPageBytes = 16 << 20

    @concurrent func nextPage(limit: Int) async throws -> [RecordedEvent] {
        try page(limit: limit)
    }
}

public import EventLog
import LedgerStorage

/// A projection, how far it is, and what is the matter with it.
public struct ProjectionStatus: Hashable, Sendable {
    public var name: String
    /// Of the rows; 0 where nothing is built.
    public var version: Int
    /// That this program builds.
    public var programVersion: Int
    public var generation: Int
    /// Its rows hold every event up to here.
    public var position: Position
    /// The log's last position.
    public var head: Position
    /// From the recorded time of the last event in its rows (or of the log's first one) to that of the log's last one.
    public var lagSeconds: Double
    public var health: ProjectionHealth
    /// Why its projector refused the event that it refused last, of those that are set aside.
    public var lastError: String?
    public var lastErrorAt: Timestamp?
    /// Events that were set aside.
    public var deadLetters: Int
    /// Events that it does without for good.
    public var skipped: Int
    /// The generation that one can go back to.
    public var former: ProjectionState?
    /// SHA-256 by table, where it was asked for and the tables are there.
    public var digests: [String: String]?

    public var lagEvents: Int64 { max(0, head - max(0, position)) }
}

extension ProjectionStore {
    /// How the projections do, in one snapshot.
    ///
    /// - Parameter withDigests: hash the tables, which reads all of them.
    package func statuses(withDigests: Bool = false) throws -> [ProjectionStatus] {
        try database.readSnapshot { sqlite in
            let log = database.committed(sqlite)
            let head = try log.head()
            return try present(sqlite).map { try status(of: $0, log, head: head, withDigests: withDigests, sqlite) }
        }
    }

    private func status(
        of projection: Projection, _ log: any CommittedLog, head: Position, withDigests: Bool,
        _ sqlite: SQLiteConnection
    ) throws -> ProjectionStatus {
        let state = try ProjectionState.load(projection, sqlite)
        let position = state?.position ?? 0
        let letters = try DeadLetters.letters(of: projection, sqlite)
        let waiting = letters.filter { $0.state == .waiting }
        let last = waiting.max { $0.lastFailedAt < $1.lastFailedAt }
        let isComplete = try projection.schema.exists(sqlite)
        let health: ProjectionHealth =
            if let state, state.version > projection.version {
                .newer
            } else if let state, state.version < projection.version { .outdated } else if state == nil {
                .notBuilt
            } else if !isComplete { .missingTables } else if !waiting.isEmpty { .deadLetters(waiting.count) }
            // A position before the log or beyond its end cannot be; opening the ledger rebuilds.
            else { position == head ? .ok : (0..<head).contains(position) ? .behind : .outdated }
        let lag = try position < head ? milliseconds(head, log) - milliseconds(max(1, position), log) : 0.0
        return ProjectionStatus(
            name: projection.name, version: state?.version ?? 0, programVersion: projection.version,
            generation: state?.generation ?? 0, position: position, head: head, lagSeconds: lag / 1_000,
            health: health, lastError: last?.reason, lastErrorAt: last?.lastFailedAt, deadLetters: waiting.count,
            skipped: letters.count - waiting.count, former: try FormerGeneration.load(projection, sqlite),
            digests: withDigests && isComplete
                ? try TableDigest.sha256(of: projection.schema.sources, sqlite) : nil)
    }

    /// Milliseconds since 1970.
    private func milliseconds(_ position: Position, _ log: any CommittedLog) throws -> Double {
        Double(try log.recordedAt(position)?.milliseconds ?? 0)
    }
}

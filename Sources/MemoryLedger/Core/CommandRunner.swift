import EventLog
import LedgerStorage
import Projections

/// Decides on events and appends them: the way of every module's commands into the log.
struct CommandRunner {
    let side: ReadSide
    private var log: any EventLog { side.log }

    /// How often a command is decided again because others were faster.
    private static let maximumCommits = 32

    init(_ side: ReadSide) { self.side = side }

    /// Decides on events of one stream and appends them; decides again if others were faster.
    ///
    /// - Returns: the positions of the events.
    /// - Throws: `MemoryLedgerError.contention`, and what `EventLog.append` and the closure throw.
    @discardableResult
    func commit(
        to stream: StreamName, by attribution: Attribution, _ decide: (SQLiteConnection) throws -> [any ModuleEvent]
    ) async throws -> [Position] {
        for _ in 0..<Self.maximumCommits {
            // The version first: what is appended in between is refused, and seen by the next attempt.
            let version = try await log.version(of: stream)
            try await side.store.bringUp()
            let bodies = try side.snapshot(decide)
            guard !bodies.isEmpty else { return [] }
            try check(bodies, stream)
            do {
                let condition = version == 0 ? StreamCondition.mustNotExist : .atVersion(version)
                return try await log.append(to: stream, condition, try newEvents(bodies, by: attribution)).positions
            } catch let error as EventLogError where error.code == .conflict {
                continue
            }
        }
        throw MemoryLedgerError(
            .contention, "Others changed it \(Self.maximumCommits) times in between; try again.")
    }

    /// - Throws: `invalidArgument` if a stream of a module is given events of another.
    private func check(_ bodies: [any ModuleEvent], _ stream: StreamName) throws {
        guard let family = StreamFamily.name(of: stream) else { return }
        for body in bodies where side.events.module(of: body.type)?.name.hasSameBytes(as: family) == false {
            throw MemoryLedgerError(
                .invalidArgument,
                "The stream \(stream) is none of the module that \(body.type) is of; name another one.")
        }
    }

    /// Appends events to a stream, wherever it stands.
    ///
    /// - Returns: the position of the last one.
    func append(
        _ bodies: [any ModuleEvent], to stream: StreamName, by attribution: Attribution
    ) async throws -> Position {
        try await log.append(to: stream, .any, try newEvents(bodies, by: attribution)).positions.last ?? 0
    }

    private func newEvents(_ bodies: [any ModuleEvent], by attribution: Attribution) throws -> [NewEvent] {
        let now = side.now
        return try bodies.map {
            try side.events.newEvent($0, id: side.options.ids.next(at: now), at: now, by: attribution)
        }
    }
}

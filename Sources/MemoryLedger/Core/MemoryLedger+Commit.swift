public import EventLog
public import LedgerStorage
import Projections

extension MemoryLedger {
    /// How often a command is decided again because others were faster.
    private static let maximumCommits = 32

    /// Decides on events of one stream and appends them; decides again if others were faster.
    ///
    ///     let stream = StreamFamily("tasks").stream("work", id)
    ///     try await ledger.commit(to: stream, by: me) { tables in
    ///         guard try Tasks.isOpen(id, tables) else { throw TaskError.done }
    ///         return [TaskEvent.done]
    ///     }
    ///
    /// - Parameter decide: sees the tables with all that has been appended. What it throws ends it, and nothing is
    ///   appended; nothing is either if there are no events. Of what it sees only the stream itself is sure to be the
    ///   same when the events are appended.
    /// - Returns: the positions of the events.
    /// - Throws: `MemoryLedgerError.contention`, and what `EventLog.append` and the closure throw.
    @discardableResult
    public func commit(
        to stream: StreamName, by attribution: Attribution = Attribution(),
        _ decide: (SQLiteConnection) throws -> [any ModuleEvent]
    ) async throws -> [Position] {
        for _ in 0..<Self.maximumCommits {
            // The version first: what is appended in between is refused, and seen by the next attempt.
            let version = try await log.version(of: stream)
            try await host.bringUp()
            let bodies = try readingSnapshot(decide)
            guard !bodies.isEmpty else { return [] }
            try check(bodies, stream)
            let now = options.clock.now()
            let new = try bodies.map {
                try events.newEvent($0, id: options.ids.next(at: now), at: now, by: attribution)
            }
            do {
                let condition = version == 0 ? StreamCondition.mustNotExist : .atVersion(version)
                return try await log.append(to: stream, condition, new).positions
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
        for body in bodies where events.module(of: body.type)?.name.hasSameBytes(as: family) == false {
            throw MemoryLedgerError(
                .invalidArgument,
                "The stream \(stream) is none of the module that \(body.type) is of; name another one.")
        }
    }

    /// Appends events to a stream, wherever it stands.
    ///
    /// - Returns: the position of the last one.
    func append(_ bodies: [any ModuleEvent], to stream: StreamName, by attribution: Attribution) async throws
        -> Position
    {
        let now = options.clock.now()
        let new = try bodies.map { try events.newEvent($0, id: options.ids.next(at: now), at: now, by: attribution) }
        return try await log.append(to: stream, .any, new).positions.last ?? 0
    }
}

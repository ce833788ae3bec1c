package import EventLog
import LedgerStorage

/// What became of dead letters that were tried again.
public struct DeadLetterRetry: Hashable, Sendable {
    /// They are applied, and no letters any more.
    public var applied: [DeadLetter]
    /// They were refused again; their reasons and attempts are of this time.
    public var refused: [DeadLetter]
}

extension ProjectionStore {
    /// The dead letters of the serving generations, by projection and position.
    package func deadLetters(_ names: [String]? = nil) throws -> [DeadLetter] {
        let chosen = try chosen(names)
        return try database.readSnapshot { sqlite in try chosen.flatMap { try DeadLetters.letters(of: $0, sqlite) } }
    }

    /// Positions of the events that wait in the serving generations, each once, in their order. What was skipped, which
    /// may be far more, is not made into letters.
    package func waitingDeadLetters() throws -> [Position] {
        try database.readSnapshot { sqlite in
            try projections.reduce(into: Set<Position>()) { waiting, projection in
                waiting.formUnion(try DeadLetters.waiting(in: projection, sqlite))
            }
        }.sorted()
    }

    /// Applies dead letters to the serving tables now, in the order of their positions, and so after later events:
    /// where the order matters, a rebuild is the remedy. An event is applied once, to all projections of its projector.
    ///
    /// - Parameter positions: these, skipped ones too; all that wait where none are given.
    /// - Throws: `invalidArgument` where a position has no letter, `newerFormat` where the tables are of another
    ///   version.
    package func retryDeadLetters(
        _ names: [String]? = nil, positions: [Position]? = nil
    ) async throws -> DeadLetterRetry {
        try await takeOver()
        let all = try deadLetters(names)
        for position in positions ?? [] where !all.contains(where: { $0.position == position }) {
            throw Self.noLetter(at: position)
        }
        var result = DeadLetterRetry(applied: [], refused: [])
        var isApplied: [Retried: Bool] = [:]
        for letter in all where positions?.contains(letter.position) ?? (letter.state == .waiting) {
            let projector = try projection(letter.projection).projector
            let retried = Retried(projector: projector.key, position: letter.position)
            if isApplied[retried] == nil { isApplied[retried] = try await retry(letter, projector) }
            if isApplied[retried] == true {
                result.applied.append(letter)
            } else if let known = try deadLetters([letter.projection]).first(where: { $0.position == letter.position })
            {
                result.refused.append(known)
            }
        }
        return result
    }

    /// What an event that is tried again is told by.
    private struct Retried: Hashable {
        var projector: ByteText
        var position: Position
    }

    private func retry(_ letter: DeadLetter, _ projector: any Projector) async throws -> Bool {
        let (catchUp, repairs, database) = (catchUp, repairs, database)
        return try await database.onWriter { sqlite in
            let log = database.committed(sqlite)
            do {
                try sqlite.transaction {
                    guard let state = try ProjectorState.load(projector, sqlite), state.isBuilt(by: projector) else {
                        throw EventLogError(
                            .newerFormat,
                            "Projection \(letter.projection) was built by another version of this program; rebuild it."
                        )
                    }
                    if letter.reason != DeadLetters.appliedReason {
                        let run = ProjectionRun(projector, sqlite, catchUp.upcasters)
                        try log.replay(after: letter.position - 1, through: letter.position) { try run.apply($0) }
                        try run.writer.flush()
                    }
                    for projection in state.projections { try DeadLetters.remove(letter.position, projection, sqlite) }
                }
                repairs.note()
                return true
            } catch let error as EventLogError {
                guard try catchUp.setAside(error, projector, of: log, sqlite) else { throw error }
                return false
            }
        }
    }

    /// Says that projections do without events, for good: rebuilds pass over them too, and so do the other projections
    /// of their projectors. A position that was not set aside can be named as well, so that a rebuild that stops there
    /// goes on.
    ///
    /// - Parameter positions: these; all that wait where none are given.
    /// - Returns: the letters that are skipped now, of the projections that were named.
    /// - Throws: `invalidArgument` where the log has no such position, or where it is not clear which projection is
    ///   meant.
    @discardableResult
    package func skipDeadLetters(
        _ names: [String]? = nil, positions: [Position]? = nil
    ) async throws -> [DeadLetter] {
        let chosen = try chosen(names)
        let projectors = projectors.filter { projector in chosen.contains { $0.projector.key == projector.key } }
        try await takeOver()
        let time = clock.now()
        let database = database
        return try await database.onWriter { sqlite in
            try sqlite.transaction {
                let head = try database.committed(sqlite).head()
                var skipped: [DeadLetter] = []
                for projector in projectors {
                    guard let state = try ProjectorState.load(projector, sqlite) else { continue }
                    let known = try state.projections.flatMap { try DeadLetters.letters(of: $0, sqlite) }
                    let waiting = Set(known.filter { $0.state == .waiting }.map(\.position)).sorted()
                    for position in positions ?? waiting {
                        guard (1...max(1, head)).contains(position), head > 0 else {
                            throw EventLogError(
                                .invalidArgument, "There is no event \(position); the log has 1 to \(head).")
                        }
                        let hasLetter = known.contains { $0.position == position }
                        guard try hasLetter || self.isMeant(projector, of: projectors, at: position, sqlite) else {
                            continue
                        }
                        for projection in state.projections {
                            try DeadLetters.skip(position, projection, at: time, sqlite)
                        }
                    }
                    for projection in chosen where projection.projector.key == projector.key {
                        skipped += try DeadLetters.letters(of: projection, sqlite)
                            .filter { $0.state == .skipped && (positions ?? waiting).contains($0.position) }
                    }
                }
                for position in positions ?? [] where !skipped.contains(where: { $0.position == position }) {
                    throw Self.noLetter(at: position)
                }
                return skipped
            }
        }
    }

    /// Whether it can be no other one of the projectors that an event is to be skipped for.
    private func isMeant(
        _ projector: any Projector, of projectors: [any Projector], at position: Position, _ sqlite: SQLiteConnection
    ) throws -> Bool {
        if projectors.count == 1 { return true }
        let type = try database.committed(sqlite).event(at: position)?.type
        let wanting = projectors.filter { $0.eventTypes.map { types in type.map(types.contains) ?? true } ?? true }
        return wanting.count == 1 && wanting.allSatisfy { $0.key == projector.key }
    }

    private static func noLetter(at position: Position) -> EventLogError {
        EventLogError(
            .invalidArgument,
            "No projection has a dead letter at position \(position); list them, or name the projection too.")
    }
}

package import EventLog
package import LedgerStorage

/// The table `dead_letters`: what live catch-up sets aside, and what was skipped by choice.
///
/// A letter belongs to a generation: the next one is built strictly, and may be able to apply the event. One run builds
/// all projections of a projector, so what one of them does without, all do, and each has a letter of it.
public enum DeadLetters {
    /// Letters of one projection that may wait; at the next one catching up stops.
    public static let maximumWaiting = ProjectionRun.maximumRefused
    /// Letters that may be skipped in all: every rebuild has their positions in memory.
    public static let maximumSkipped = 100_000
    public static let maximumReasonBytes = 1_000

    /// The reason of one whose event this generation has applied: only the next one will do without it.
    static let appliedReason = "it was applied before it was skipped; the next rebuild passes over it"

    private static let untriedReason = "skipped before it was tried"

    // MARK: Reading

    /// The letters of what serves, in the order of their positions.
    static func letters(of projection: Projection, _ sqlite: SQLiteConnection) throws -> [DeadLetter] {
        guard let state = try ProjectionState.load(projection, sqlite) else { return [] }
        return try letters(of: state, under: projection.recordedName(sqlite), sqlite)
    }

    /// The letters of a generation in the order of their positions.
    ///
    /// - Parameter name: what they are kept under, where that is not the projection's name.
    static func letters(
        of state: ProjectionState, under name: String? = nil, _ sqlite: SQLiteConnection
    ) throws -> [DeadLetter] {
        guard try sqlite.hasTable("dead_letters") else { return [] }
        let rows = try sqlite.statement(
            """
            SELECT position, state, reason, attempts, first_failed_at, last_failed_at FROM dead_letters
            WHERE projection = ? AND generation = ? ORDER BY position
            """)
        rows.bind(1, name ?? state.name)
        rows.bind(2, state.generation)
        defer { rows.reset() }
        var letters: [DeadLetter] = []
        while try rows.step() {
            letters.append(
                DeadLetter(
                    projection: state.name, position: rows.int64(0),
                    state: DeadLetter.State(rawValue: rows.text(1)) ?? .waiting, reason: rows.text(2),
                    attempts: rows.int(3), firstFailedAt: Timestamp(milliseconds: rows.int64(4)),
                    lastFailedAt: Timestamp(milliseconds: rows.int64(5))))
        }
        return letters
    }

    /// Positions of those that wait in what serves.
    static func waiting(in projection: Projection, _ sqlite: SQLiteConnection) throws -> Set<Position> {
        guard try sqlite.hasTable("dead_letters"), let state = try ProjectionState.load(projection, sqlite) else {
            return []
        }
        let rows = try sqlite.statement(
            "SELECT position FROM dead_letters WHERE projection = ? AND generation = ? AND state = 'waiting'")
        rows.bind(1, try projection.recordedName(sqlite))
        rows.bind(2, state.generation)
        return try positions(rows)
    }

    /// Positions that catching up passes over: set aside in the generations that serve, or skipped in any.
    static func passedOver(by projector: any Projector, _ sqlite: SQLiteConnection) throws -> Set<Position> {
        guard try sqlite.hasTable("dead_letters") else { return [] }
        // One statement for all of them: it is run with each batch.
        let rows = try sqlite.statement(
            """
            SELECT d.position FROM projection_generations g JOIN dead_letters d ON d.projection = g.name
            WHERE g.projector = ? AND (d.generation = g.generation OR d.state = 'skipped')
            """)
        rows.bind(1, projector.name)
        return try positions(rows)
    }

    /// Positions of events that a generation has not applied, and will not.
    static func lacking(in state: ProjectionState, _ sqlite: SQLiteConnection) throws -> Set<Position> {
        guard try sqlite.hasTable("dead_letters") else { return [] }
        let applied = try letters(of: state, sqlite).filter { $0.reason == appliedReason }.map(\.position)
        let rows = try sqlite.statement(
            "SELECT position FROM dead_letters WHERE projection = ? AND (generation = ? OR state = 'skipped')")
        rows.bind(1, state.name)
        rows.bind(2, state.generation)
        return try positions(rows).subtracting(applied)
    }

    /// Positions that were skipped by choice, which rebuilds pass over.
    static func skippedPositions(of projector: any Projector, _ sqlite: SQLiteConnection) throws -> Set<Position> {
        guard try sqlite.hasTable("dead_letters") else { return [] }
        let rows = try sqlite.statement(
            "SELECT position FROM dead_letters WHERE projection = ? AND state = 'skipped'")
        return try projector.recordedNames(sqlite).reduce(into: []) { skipped, name in
            rows.bind(1, name)
            try skipped.formUnion(positions(rows))
        }
    }

    /// True where a projector's tables do, or will do, without an event up to a position.
    package static func exist(
        for projector: any Projector, through position: Position, _ sqlite: SQLiteConnection
    ) throws -> Bool {
        guard try sqlite.hasTable("dead_letters") else { return false }
        let row = try sqlite.statement("SELECT 1 FROM dead_letters WHERE projection = ? AND position <= ? LIMIT 1")
        defer { row.reset() }
        return try projector.recordedNames(sqlite).contains { name in
            row.reset()
            row.bind(1, name)
            row.bind(2, position)
            return try row.step()
        }
    }

    private static func positions(_ rows: SQLiteStatement) throws -> Set<Position> {
        defer { rows.reset() }
        var positions: Set<Position> = []
        while try rows.step() { positions.insert(rows.int64(0)) }
        return positions
    }

    // MARK: Writing

    /// Notes another failed attempt. Call it in a transaction that writes.
    ///
    /// - Throws: `limitExceeded` where too many wait already.
    static func add(
        _ position: Position, _ state: ProjectionState, reason: String, at time: Timestamp, _ sqlite: SQLiteConnection
    ) throws {
        try ProjectionUpkeep.createTables(sqlite)
        let waiting = try letters(of: state, sqlite).filter { $0.state == .waiting && $0.position != position }.count
        guard waiting < maximumWaiting else {
            var error = EventLogError(
                .limitExceeded,
                "Projection \(state.name) has \(waiting) dead letters, and DeadLetters.maximumWaiting is "
                    + "\(maximumWaiting); it stopped before position \(position) (\(reason)). Retry or skip them.")
            error.limit = "DeadLetters.maximumWaiting"
            error.position = position
            error.projection = state.name
            throw error
        }
        let upsert = try sqlite.statement(
            """
            INSERT INTO dead_letters VALUES (?1, ?2, ?3, 'waiting', ?4, 1, ?5, ?5)
            ON CONFLICT (projection, generation, position) DO UPDATE SET
                reason = excluded.reason, attempts = attempts + 1, last_failed_at = excluded.last_failed_at
            """)
        upsert.bind(1, state.name)
        upsert.bind(2, state.generation)
        upsert.bind(3, position)
        upsert.bind(4, shortened(reason))
        upsert.bind(5, time.milliseconds)
        try upsert.run()
    }

    /// Marks a position as skipped, whether it was set aside before or not.
    ///
    /// - Throws: `limitExceeded` where too many are skipped already.
    static func skip(
        _ position: Position, _ state: ProjectionState, at time: Timestamp, _ sqlite: SQLiteConnection
    ) throws {
        try ProjectionUpkeep.createTables(sqlite)
        // One of an event, however many projections its projector builds.
        let count =
            try sqlite.integer(
                """
                SELECT count(*) FROM (SELECT DISTINCT g.projector, d.position
                    FROM dead_letters d LEFT JOIN projection_generations g ON g.name = d.projection
                    WHERE d.state = 'skipped')
                """) ?? 0
        guard count < maximumSkipped else {
            throw EventLogError.limit(
                "DeadLetters.maximumSkipped", allowed: maximumSkipped, found: Int(count) + 1,
                what: "The number of skipped events")
        }
        let upsert = try sqlite.statement(
            """
            INSERT INTO dead_letters VALUES (?1, ?2, ?3, 'skipped', ?5, 0, ?4, ?4)
            ON CONFLICT (projection, generation, position) DO UPDATE SET state = 'skipped'
            """)
        upsert.bind(5, position <= state.position ? appliedReason : untriedReason)
        upsert.bind(1, state.name)
        upsert.bind(2, state.generation)
        upsert.bind(3, position)
        upsert.bind(4, time.milliseconds)
        try upsert.run()
    }

    static func remove(_ position: Position, _ state: ProjectionState, _ sqlite: SQLiteConnection) throws {
        let delete = try sqlite.statement(
            "DELETE FROM dead_letters WHERE projection = ? AND position = ? AND (generation = ? OR state = 'skipped')")
        delete.bind(1, state.name)
        delete.bind(2, position)
        delete.bind(3, state.generation)
        try delete.run()
    }

    /// A generation goes on where another one of its projection is: what waits there waits in it too.
    static func carryWaiting(
        after position: Position, from served: ProjectionState, to state: ProjectionState, _ sqlite: SQLiteConnection
    ) throws {
        guard try sqlite.hasTable("dead_letters") else { return }
        let copy = try sqlite.statement(
            """
            INSERT OR IGNORE INTO dead_letters
            SELECT projection, ?3, position, state, reason, attempts, first_failed_at, last_failed_at
            FROM dead_letters WHERE projection = ?1 AND generation = ?2 AND position > ?4 AND state = 'waiting'
            """)
        copy.bind(1, state.name)
        copy.bind(2, served.generation)
        copy.bind(3, state.generation)
        copy.bind(4, position)
        try copy.run()
    }

    /// A generation serves that passed over these skipped positions: they are its letters too.
    static func carry(_ skipped: Set<Position>, to state: ProjectionState, _ sqlite: SQLiteConnection) throws {
        guard !skipped.isEmpty else { return }
        let copy = try sqlite.statement(
            """
            INSERT OR IGNORE INTO dead_letters
            SELECT projection, ?3, position, state, iif(reason = ?4, ?5, reason), attempts, first_failed_at, \
            last_failed_at
            FROM dead_letters WHERE projection = ?1 AND position = ?2 AND state = 'skipped'
            ORDER BY generation DESC LIMIT 1
            """)
        for position in skipped.sorted() {
            copy.bind(1, state.name)
            copy.bind(2, position)
            copy.bind(3, state.generation)
            copy.bind(4, appliedReason)
            copy.bind(5, untriedReason)
            try copy.run()
        }
    }

    /// Drops the letters of generations that are gone.
    static func keepOnly(_ generations: [Int], of name: String, _ sqlite: SQLiteConnection) throws {
        guard try sqlite.hasTable("dead_letters") else { return }
        let kept = generations.map { String($0) }.joined(separator: ", ")
        let delete = try sqlite.statement(
            "DELETE FROM dead_letters WHERE projection = ? AND generation NOT IN (\(kept))")
        delete.bind(1, name)
        try delete.run()
    }

    private static func shortened(_ reason: String) -> String {
        let bytes = reason.utf8
        guard bytes.count > maximumReasonBytes else { return reason }
        var end = bytes.index(bytes.startIndex, offsetBy: maximumReasonBytes - "…".utf8.count)
        while bytes[end] & 0xc0 == 0x80 { end = bytes.index(before: end) }
        return String(reason[..<end]) + "…"
    }
}

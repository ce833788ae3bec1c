package import EventLog
package import LedgerStorage
import MerkleLog

/// The projections of one ledger: makes their tables, keeps them up with the log, rebuilds and digests them.
package final class ProjectionHost: Sendable {
    package let log: SQLiteEventLog
    package let projectors: [any Projector]
    let deliveries: [String: ProjectionDelivery]
    let upcasters: UpcasterChain
    /// Counts the changes of rows that came neither with an append nor with another generation.
    let repairs = Repairs()

    /// Time since some moment, for rates; it never goes back.
    let monotonicTime: @Sendable () -> Duration

    /// Events per transaction while catching up or rebuilding; between them other writers get their turn.
    static let batchEvents = 16_384

    /// - Parameter deliveries: by projector name; inline where a name is missing.
    package init(
        log: SQLiteEventLog, projectors: [any Projector], deliveries: [String: ProjectionDelivery] = [:],
        upcasters: UpcasterChain = UpcasterChain(),
        monotonicTime: @escaping @Sendable () -> Duration = { ProjectionHost.epoch.duration(to: .now) }
    ) {
        self.log = log
        self.projectors = projectors
        self.deliveries = deliveries
        self.upcasters = upcasters
        self.monotonicTime = monotonicTime
    }

    private static let epoch = ContinuousClock.now

    /// Makes missing tables, rebuilds what an older projector version built, brings inline projections to the log's
    /// head, and attaches them to the log. Call it once, before the first append.
    ///
    /// - Throws: `EventLogError.newerFormat` where a newer program built a projection.
    package func prepare(_ progress: @escaping RebuildProgress = { _ in }) async throws {
        var outdated: [String] = []
        for projector in projectors {
            switch try await prepare(projector) {
            case .current: break
            case .behind: try await catchUp(projector.name)
            case .outdated: outdated.append(projector.name)
            }
        }
        // Another version's rows, or rows that are not all there: nothing that could be compared. An event that is in
        // the log already must keep no one from writing.
        if !outdated.isEmpty { try await rebuild(outdated, onDifference: .ignore, settingAside: true, progress) }
        let inline = projectors.filter { deliveries[$0.name] != .catchingUp }
        let (upcasters, repairs) = (upcasters, repairs)
        // The log owns what it is given here.
        log.setInlineApplier { [weak log] sqlite in
            guard let log else { throw EventLogError.closed }
            return InlineProjections(inline, CatchUp(log: log, upcasters: upcasters), repairs, sqlite)
        }
    }

    /// True where every projection has been built by these projectors' versions.
    package func isCurrent() throws -> Bool {
        try log.file.readSnapshot { sqlite in
            try projectors.allSatisfy { try readiness(of: $0, sqlite) == .current }
        }
    }

    private enum Readiness: Sendable {
        case current
        /// Somebody appended without projecting.
        case behind
        case outdated
    }

    private func prepare(_ projector: any Projector) async throws -> Readiness {
        // In one snapshot: an append in between would look like events that were not projected.
        let readiness = try log.file.readSnapshot { sqlite in try self.readiness(of: projector, sqlite) }
        if let readiness { return readiness }
        return try await log.onWriter { sqlite in
            try sqlite.transaction {
                if let readiness = try self.readiness(of: projector, sqlite) { return readiness }
                try projector.schema.drop(sqlite)
                try projector.schema.create(sqlite)
                try ProjectionState(name: projector.name, version: projector.version, generation: 1, position: 0)
                    .save(sqlite)
                let isEmpty = try sqlite.integer("SELECT max(position) FROM events") == nil
                return isEmpty ? .current : .outdated
            }
        }
    }

    /// Nil where the projection has never been built.
    private func readiness(of projector: any Projector, _ sqlite: SQLiteConnection) throws -> Readiness? {
        guard let state = try ProjectionState.load(projector.name, sqlite) else { return nil }
        try state.check(isNotNewerThan: projector)
        let head = try head(sqlite)
        guard state.version == projector.version, try projector.schema.exists(sqlite) else { return .outdated }
        // A position that no projection reaches was not written by one.
        guard state.position >= 0 else { return .outdated }
        if deliveries[projector.name] == .catchingUp { return .current }
        return state.position == head ? .current : state.position < head ? .behind : .outdated
    }

    /// The log's last position.
    ///
    /// - Throws: `damagedLog` where the Merkle tree has another number of events: rows were added or taken away past
    ///   the log, and what follows is at no position that means anything.
    private func head(_ sqlite: SQLiteConnection) throws -> Position {
        let head = try sqlite.integer("SELECT max(position) FROM events") ?? 0
        guard try StoredTiles(sqlite).exist else { return head }
        let size = try TreeReader(sqlite).size
        guard head == size else {
            var error = EventLogError(
                .damagedLog,
                "The log ends at position \(head), but its Merkle tree has \(size) events; `memledger verify` tells more, "
                    + "or restore the ledger from a backup.")
            error.position = head
            throw error
        }
        return head
    }

    package func states() throws -> [ProjectionState] {
        try log.file.readSnapshot { sqlite in
            try projectors.compactMap { try ProjectionState.load($0.name, sqlite) }
        }
    }

    func projector(_ name: String) throws -> any Projector {
        guard let projector = projectors.first(where: { $0.name == name }) else {
            let names = projectors.map(\.name).joined(separator: ", ")
            throw EventLogError(.unknownProjection, "There is no projection \(name); there are \(names).")
        }
        return projector
    }

    // MARK: Digests

    /// The digest of each table, and the position that they stand at, in one snapshot.
    package func digest(_ names: [String]? = nil) throws -> (position: Position, tables: [String: String]) {
        let chosen = try names?.map { try projector($0) } ?? projectors
        return try log.file.readSnapshot { sqlite in
            let position = try sqlite.integer("SELECT max(position) FROM events") ?? 0
            let tables = try TableDigest.sha256(of: chosen.flatMap(\.schema.tableNames), sqlite)
            return (position, tables)
        }
    }
}

extension SQLiteEventLog {
    /// Calls back with every event after a position up to another, read on the given connection.
    package func replay(
        _ sqlite: SQLiteConnection, after first: Position, through last: Position,
        _ body: (RecordedEvent) throws -> Void
    ) throws {
        let rows = rows(sqlite)
        let select = try sqlite.statement(
            "SELECT \(EventRows.columns) FROM events WHERE position > ? AND position <= ? ORDER BY position")
        select.bind(1, first)
        select.bind(2, last)
        defer { select.reset() }
        while try select.step() { try body(try rows.event(select)) }
    }
}

import EventLog
import LedgerStorage
import MemoryLedger
import Projections

/// Builds the tables of proposals and of whom they are demanded.
///
/// Invariants:
/// 1. A proposal has one row as long as what it said can be read, and is open until the first event that rules it.
/// 2. `proposal_subjects` names every stream that one of its parts reads or changes, `proposal_sources` those of what
///    one of its parts would derive a memory from.
struct ProposalProjector: Projector {
    let name = "context_proposals"
    let version = 2
    let eventTypes: Set<EventType>? = [
        ProposalEvent.Name.drafted, ProposalEvent.Name.accepted, ProposalEvent.Name.rejected,
        ProposalDemandEvent.Name.demanded, ProposalDemandEvent.Name.waived, ErasedSubject.eventType,
    ]
    var schema: ProjectionSchema { Self.schema }

    private static let schema = ProjectionSchema(
        script: String(decoding: PackageResources.context_proposals_sql, as: UTF8.self))

    func makeWriter(_ sqlite: SQLiteConnection, isBeingBuilt: Bool) -> any ProjectionWriter {
        ProposalWriter(sqlite, lacksIndexes: isBeingBuilt)
    }

    /// Rows are deleted by them.
    static func createLookupIndexes(_ sqlite: SQLiteConnection) throws {
        for name in ["idx_proposal_subjects", "idx_proposal_sources", "idx_proposal_users"] {
            try schema.createIndex(name, sqlite)
        }
    }
}

/// Writes each event's rows at once.
private final class ProposalWriter: ProjectionWriter {
    private let sqlite: SQLiteConnection
    private var lacksIndexes: Bool
    private let proposals = ProposalsModule()
    private let demands = ProposalDemandsModule()

    init(_ sqlite: SQLiteConnection, lacksIndexes: Bool) { (self.sqlite, self.lacksIndexes) = (sqlite, lacksIndexes) }

    func apply(_ event: RecordedEvent) throws {
        if let proposal = ProposalsModule.family.subject(event.stream) {
            guard let body = try proposals.body(of: event) else { return }
            try apply(body, proposal, event)
        } else if let demand = ProposalDemandsModule.family.subject(event.stream) {
            guard let body = try demands.body(of: event) else { return }
            try apply(body, demand, event)
        } else {
            for subject in try event.erasedSubjects() where subject.isCurrent { try erase(subject.stream) }
        }
    }

    func flush() {}
    func forget() {}

    private func apply(_ body: ProposalEvent, _ proposal: MemoryKey, _ event: RecordedEvent) throws {
        switch body {
        case .drafted(let draft): try add(draft, proposal, event)
        case .accepted: try rule("accepted", nil, proposal, event)
        case .rejected(let reason): try rule("rejected", reason, proposal, event)
        }
    }

    private func add(_ draft: ProposalDraft, _ proposal: MemoryKey, _ event: RecordedEvent) throws {
        try sqlite.run(
            """
            INSERT INTO proposals (position, namespace, name, status, proposer, created_at, version, description, base,
                username, session_id, reads, changes)
            VALUES (?1, ?2, ?3, 'open', ?4, ?5, 1, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT (namespace, name) DO UPDATE SET
                version = version + 1, reads = reads + excluded.reads, changes = changes + excluded.changes
            """,
            [
                .integer(event.position), .text(proposal.namespace), .text(proposal.key),
                event.attribution.actor.map { .text($0) }, .time(event.occurredAt), .text(draft.description),
                .integer(draft.base), draft.user.map { .text($0) }, draft.session.map { .text($0) },
                .integer(draft.reads.count), .integer(draft.changes.count),
            ])
        guard let row = try position(of: proposal) else { return }
        try sqlite.run(
            "INSERT INTO proposal_parts (proposal, number, content) VALUES (?1, ?2, ?3)",
            [.integer(row), .integer(event.position), .json(draft.json)])
        for user in draft.users {
            try sqlite.run(
                "INSERT OR IGNORE INTO proposal_users (username, proposal) VALUES (?1, ?2)",
                [.text(user), .integer(row)])
        }
        for subject in draft.reads + draft.changes.flatMap({ $0.appends.map(\.subject) }) {
            let stream = ProposalsModule.stream(subject.kind, subject.id, proposal.namespace)
            try sqlite.run(
                "INSERT OR IGNORE INTO proposal_subjects (stream, proposal) VALUES (?1, ?2)",
                [.text(stream.rawValue), .integer(row)])
        }
        for memory in draft.madeFrom {
            try sqlite.run(
                "INSERT OR IGNORE INTO proposal_sources (stream, proposal) VALUES (?1, ?2)",
                [.text(MemoryStream.name(memory).rawValue), .integer(row)])
        }
    }

    private func rule(_ status: String, _ reason: String?, _ proposal: MemoryKey, _ event: RecordedEvent) throws {
        try sqlite.run(
            """
            UPDATE proposals SET status = ?3, ruled_by = ?4, ruled_at = ?5, ruling = ?6, reason = ?7
            WHERE namespace = ?1 AND name = ?2 AND status = 'open'
            """,
            [
                .text(proposal.namespace), .text(proposal.key), .text(status),
                event.attribution.actor.map { .text($0) }, .time(event.occurredAt), .integer(event.position),
                reason.map { .text($0) },
            ])
    }

    private func position(of proposal: MemoryKey) throws -> Position? {
        try sqlite.first(
            "SELECT position FROM proposals WHERE namespace = ?1 AND name = ?2",
            [.text(proposal.namespace), .text(proposal.key)]
        ) { $0.int64(0) }
    }

    private func apply(_ body: ProposalDemandEvent, _ demand: MemoryKey, _ event: RecordedEvent) throws {
        switch body {
        case .demanded:
            try sqlite.run(
                """
                INSERT INTO proposal_demands (namespace, actor, demanded_by, position, demanded_at)
                VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (namespace, actor) DO NOTHING
                """,
                [
                    .text(demand.namespace), .text(demand.key), event.attribution.actor.map { .text($0) },
                    .integer(event.position), .time(event.occurredAt),
                ])
        case .waived:
            try sqlite.run(
                "DELETE FROM proposal_demands WHERE namespace = ?1 AND actor = ?2",
                [.text(demand.namespace), .text(demand.key)])
        }
    }

    private func erase(_ stream: StreamName) throws {
        guard let proposal = ProposalsModule.family.subject(stream), let row = try position(of: proposal) else {
            return
        }
        if lacksIndexes {
            try ProposalProjector.createLookupIndexes(sqlite)
            lacksIndexes = false
        }
        for table in ["proposal_parts", "proposal_subjects", "proposal_sources", "proposal_users"] {
            try sqlite.run("DELETE FROM \(table) WHERE proposal = ?1", [.integer(row)])
        }
        try sqlite.run("DELETE FROM proposals WHERE position = ?1", [.integer(row)])
    }
}

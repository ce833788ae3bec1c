public import EventLog
import LedgerStorage
import MemoryLedger

/// Reads proposals from the tables.
enum ProposalRows {
    private static let columns =
        "p.position, p.namespace, p.name, p.status, p.proposer, p.created_at, p.ruled_by, p.ruled_at, p.ruling, p.reason, "
        + "p.version, p.description, p.base, p.username, p.session_id, p.reads, p.changes"

    static func find(_ proposal: MemoryKey, _ tables: SQLiteConnection) throws -> Proposal? {
        let found = try tables.first(
            "SELECT \(columns) FROM proposals p WHERE p.namespace = ? AND p.name = ?",
            [.text(proposal.namespace), .text(proposal.key)]
        ) { listed($0) }
        return try found.map { try complete($0, tables) }
    }

    /// - Throws: `AgentContextError.noProposal`.
    static func get(_ proposal: MemoryKey, _ tables: SQLiteConnection) throws -> Proposal {
        guard let found = try find(proposal, tables) else {
            throw AgentContextError(
                .noProposal,
                "There is no proposal \(proposal.key) in namespace \(proposal.namespace); `proposal list` shows those "
                    + "that there are.")
        }
        return found
    }

    /// One that is not decided on yet.
    ///
    /// - Throws: `AgentContextError` with `noProposal` or `proposalIsRuled`.
    static func open(_ proposal: MemoryKey, _ tables: SQLiteConnection) throws -> Proposal {
        let found = try get(proposal, tables)
        guard let ruling = found.ruling else { return found }
        let by = ruling.by.map { " by \($0)" } ?? ""
        throw AgentContextError(
            .proposalIsRuled,
            "The proposal \(proposal.key) was \(found.status.rawValue)\(by) at \(ruling.at.rfc3339); make another one.",
            ["status": .string(found.status.rawValue), "position": JSONValue(ruling.position)])
    }

    /// In the order in which they were made; what they say is not read.
    ///
    /// - Parameter after: the position of the last one of the page before.
    static func list(
        _ namespace: String, _ status: Proposal.Status?, after: Position, limit: Int, _ tables: SQLiteConnection
    ) throws -> [ListedProposal] {
        var proposals: [ListedProposal] = []
        try tables.read(
            """
            SELECT \(columns) FROM proposals p WHERE p.namespace = ?1\(status == nil ? "" : " AND p.status = ?4") \
            AND p.position > ?2 ORDER BY p.position LIMIT ?3
            """,
            [.text(namespace), .integer(after), .integer(limit)] + (status.map { [.text($0.rawValue)] } ?? [])
        ) { proposals.append(listed($0)) }
        return proposals
    }

    /// In the order of their names.
    static func demands(
        _ namespace: String, from actor: String, limit: Int, _ tables: SQLiteConnection
    ) throws -> [ProposalDemand] {
        var demands: [ProposalDemand] = []
        try tables.read(
            """
            SELECT actor, demanded_by, demanded_at FROM proposal_demands WHERE namespace = ? AND actor >= ?
            ORDER BY actor LIMIT ?
            """, [.text(namespace), .text(actor), .integer(limit)]
        ) {
            demands.append(
                ProposalDemand(
                    namespace: namespace, actor: $0.text(0), by: $0.optionalText(1),
                    since: Timestamp(milliseconds: $0.int64(2))))
        }
        return demands
    }

    static func isDemanded(of actor: String, _ namespace: String, _ tables: SQLiteConnection) throws -> Bool {
        try tables.first(ProposalDemandsModule.finding, [.text(namespace), .text(actor)]) { _ in true } ?? false
    }

    private static func listed(_ row: SQLiteStatement) -> ListedProposal {
        var ruling: Proposal.Ruling?
        if let at = row.optionalInt64(7) {
            ruling = Proposal.Ruling(
                by: row.optionalText(6), at: Timestamp(milliseconds: at), position: row.int64(8),
                reason: row.optionalText(9))
        }
        return ListedProposal(
            namespace: row.text(1), name: row.text(2), status: Proposal.Status(rawValue: row.text(3)) ?? .open,
            version: row.int(10), description: row.text(11), base: row.int64(12), user: row.optionalText(13),
            session: row.optionalText(14), proposer: row.optionalText(4),
            createdAt: Timestamp(milliseconds: row.int64(5)), position: row.int64(0), ruling: ruling,
            reads: row.int(15), changes: row.int(16))
    }

    /// With what it says.
    private static func complete(_ listed: ListedProposal, _ tables: SQLiteConnection) throws -> Proposal {
        var draft = ProposalDraft(base: listed.base, description: listed.description)
        (draft.user, draft.session) = (listed.user, listed.session)
        try tables.read(
            "SELECT content FROM proposal_parts WHERE proposal = ? ORDER BY number", [.integer(listed.position)]
        ) { row in
            let part = try ProposalDraft(EventData(JSONObject(parsing: row.text(0))))
            draft.reads += part.reads
            draft.changes += part.changes
            draft.madeFrom += part.madeFrom
            draft.users = UserNames.joined(draft.users, part.users)
        }
        return Proposal(
            namespace: listed.namespace, name: listed.name, status: listed.status, version: listed.version,
            draft: draft, proposer: listed.proposer, createdAt: listed.createdAt, position: listed.position,
            ruling: listed.ruling)
    }
}

/// Of whom proposals are demanded in a namespace.
public struct ProposalDemand: Hashable, Sendable {
    public var namespace: String
    public var actor: String
    /// Who demanded it.
    public var by: String?
    public var since: Timestamp
}

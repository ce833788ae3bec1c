public import EventLog
import LedgerStorage
import MemoryLedger

/// Reads proposals from the tables.
enum ProposalRows {
    private static let columns =
        "p.position, p.namespace, p.name, p.status, p.proposer, p.created_at, p.ruled_by, p.ruled_at, p.ruling, p.reason"

    static func find(_ proposal: MemoryKey, _ tables: SQLiteConnection) throws -> Proposal? {
        let found = try tables.first(
            "SELECT \(columns) FROM proposals p WHERE p.namespace = ? AND p.name = ?",
            [.text(proposal.namespace), .text(proposal.key)]
        ) { self.proposal($0) }
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

    /// In the order in which they were made.
    ///
    /// - Parameter after: the position of the last one of the page before.
    static func list(
        _ namespace: String, _ status: Proposal.Status?, after: Position, limit: Int, _ tables: SQLiteConnection
    ) throws -> [Proposal] {
        var proposals: [Proposal] = []
        try tables.read(
            """
            SELECT \(columns) FROM proposals p WHERE p.namespace = ?1\(status == nil ? "" : " AND p.status = ?4") \
            AND p.position > ?2 ORDER BY p.position LIMIT ?3
            """,
            [.text(namespace), .integer(after), .integer(limit)] + (status.map { [.text($0.rawValue)] } ?? [])
        ) { proposals.append(proposal($0)) }
        return try proposals.map { try complete($0, tables) }
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

    /// Without what it says.
    private static func proposal(_ row: SQLiteStatement) -> Proposal {
        var ruling: Proposal.Ruling?
        if let at = row.optionalInt64(7) {
            ruling = Proposal.Ruling(
                by: row.optionalText(6), at: Timestamp(milliseconds: at), position: row.int64(8),
                reason: row.optionalText(9))
        }
        return Proposal(
            namespace: row.text(1), name: row.text(2), status: Proposal.Status(rawValue: row.text(3)) ?? .open,
            draft: ProposalDraft(base: 0), proposer: row.optionalText(4),
            createdAt: Timestamp(milliseconds: row.int64(5)), position: row.int64(0), ruling: ruling)
    }

    private static func complete(_ proposal: Proposal, _ tables: SQLiteConnection) throws -> Proposal {
        var proposal = proposal
        var parts = 0
        try tables.read(
            "SELECT content FROM proposal_parts WHERE proposal = ? ORDER BY number", [.integer(proposal.position)]
        ) { row in
            let part = try ProposalDraft(EventData(JSONObject(parsing: row.text(0))))
            if parts == 0 {
                proposal.draft = part
            } else {
                proposal.draft.reads += part.reads
                proposal.draft.changes += part.changes
                proposal.draft.users = UserNames.joined(proposal.draft.users, part.users)
            }
            parts += 1
        }
        proposal.version = parts
        return proposal
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

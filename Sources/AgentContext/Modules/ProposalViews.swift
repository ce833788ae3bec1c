package import MemoryLedger

/// What queries of SQL see of proposals: nothing of what quarantines hold, neither by who proposes nor of memories that
/// are changed. What changes say is not here, since a quarantine may be of where that comes from.
enum ProposalViews {
    private static let isShown = """
        +m.namespace >= '' AND NOT EXISTS (SELECT 1 FROM main.origins o JOIN main.quarantines q ON q.origin = o.id \
        WHERE o.kind = 'actor' AND o.name = m.proposer AND q.position > 0)
        """

    static let all = [
        SQLView(
            name: "proposals",
            columns: [
                "namespace", "name", "status", "version", "description", "base", "proposer", "username", "session_id",
                "created_at", "ruled_by", "ruled_at", "reason", "reads", "changes",
            ],
            table: "proposals m", condition: isShown),
        SQLView(
            name: "proposal_changes", columns: ["namespace", "proposal", "operation", "kind", "id", "version"],
            expressions: [
                "proposal": "m.name", "operation": "e.value ->> '$.operation'", "kind": "a.value ->> '$.kind'",
                "id": "a.value ->> '$.id'", "version": "a.value ->> '$.version'",
            ],
            table: """
                proposals m CROSS JOIN main.proposal_parts p ON p.proposal = m.position \
                CROSS JOIN json_each(p.content, '$.changes') e CROSS JOIN json_each(e.value, '$.appends') a
                """,
            condition: """
                \(isShown) AND NOT EXISTS (SELECT 1 FROM main.memories s \
                JOIN main.quarantined h ON h.memory = s.id AND h.began > 0 \
                WHERE a.value ->> '$.kind' = 'memory' AND s.namespace = m.namespace AND s.key = a.value ->> '$.id')
                """),
    ]
}

extension ProposalsModule: SQLViewedModule {
    package var sqlViews: [SQLView] { ProposalViews.all }
}

extension MemoryStatements {
    /// The memories that were made from those of a table `held`, over any number of steps.
    func provenanceSQL(_ statement: Statement) -> String? {
        switch statement {
        case .findContributor: "SELECT id FROM origins WHERE kind = ? AND name = ?"
        case .findContributorByID: "SELECT kind, name FROM origins WHERE id = ?"
        case .addContributor: "INSERT INTO origins (id, kind, name) VALUES (?1, ?2, ?3)"
        case .addMemoryContributor: "INSERT OR IGNORE INTO memory_origins (origin, memory) VALUES (?1, ?2)"
        case .addDerivation: "INSERT OR IGNORE INTO memory_derivations (parent, memory) VALUES (?1, ?2)"
        case .copyContributors:
            "INSERT OR IGNORE INTO memory_origins SELECT origin, ?2 FROM memory_origins WHERE memory = ?1"
        case .copyDerivations:
            "INSERT OR IGNORE INTO memory_derivations SELECT parent, ?2 FROM memory_derivations WHERE memory = ?1"
        case .setFormer:
            """
            INSERT INTO departures (namespace, key, memory) VALUES (?1, ?2, ?3) \
            ON CONFLICT (namespace, key) DO UPDATE SET memory = excluded.memory
            """
        case .findFormer: "SELECT memory FROM departures WHERE namespace = ? AND key = ?"
        default: quarantineSQL(statement)
        }
    }

    private func quarantineSQL(_ statement: Statement) -> String? {
        switch statement {
        case .quarantines: "SELECT origin FROM quarantines"
        case .addQuarantine: "INSERT INTO quarantines (origin, position, reason) VALUES (?1, ?2, ?3)"
        case .deleteQuarantine: "DELETE FROM quarantines WHERE origin = ?"
        case .isHeld: "SELECT 1 FROM quarantined WHERE memory = ?"
        case .hold:
            """
            WITH RECURSIVE held (memory) AS (SELECT ?1 UNION \(QuarantineRows.descendants)) \
            INSERT OR IGNORE INTO quarantined (memory, began) SELECT memory, ?2 FROM held ORDER BY memory
            """
        case .holdAll:
            """
            WITH RECURSIVE held (memory) AS \
            (SELECT memory FROM memory_origins WHERE origin = ?1 UNION \(QuarantineRows.descendants)) \
            INSERT OR IGNORE INTO quarantined (memory, began) SELECT memory, ?2 FROM held ORDER BY memory
            """
        case .letGo:
            """
            WITH RECURSIVE held (memory) AS \
            (SELECT o.memory FROM quarantines q JOIN memory_origins o ON o.origin = q.origin UNION \
            \(QuarantineRows.descendants)) \
            INSERT INTO ended_quarantines (memory, began, ended) SELECT memory, began, ?1 FROM quarantined \
            WHERE memory NOT IN (SELECT memory FROM held) ORDER BY memory
            """
        case .forgetHeld:
            """
            DELETE FROM quarantined WHERE EXISTS (SELECT 1 FROM ended_quarantines e \
            WHERE e.memory = quarantined.memory AND e.began = quarantined.began)
            """
        case .setPolicy:
            """
            INSERT INTO ledger_policy (name, value, position) VALUES (?1, ?2, ?3) \
            ON CONFLICT (name) DO UPDATE SET value = excluded.value, position = excluded.position
            """
        default: nil
        }
    }
}

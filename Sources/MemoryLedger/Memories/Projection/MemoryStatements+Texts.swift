extension MemoryStatements {
    /// `standing_texts`, `ended_texts`, `hidden_memories` and `ended_hidings`.
    func textSQL(_ statement: Statement) -> String? {
        switch statement {
        case .endText:
            """
            INSERT INTO ended_texts (began, ended, memory, namespace, key, domain, summary, text, type, keywords) \
            SELECT ifnull(s.began, m.id), ?2, m.id, namespace, key, domain, summary, text, type, \
            keywords FROM memories m LEFT JOIN standing_texts s ON s.memory = m.id \
            WHERE m.id = ?1 AND ifnull(s.began, m.id) < ?2
            """
        case .endWaitingText:
            """
            INSERT INTO ended_texts (began, ended, memory, namespace, key, domain, summary, text, type, keywords) \
            SELECT began, ?2, ?1, ?3, ?4, ?5, ?6, ?7, ?8, ?9 FROM \
            (SELECT ifnull((SELECT began FROM standing_texts WHERE memory = ?1), ?1) AS began) WHERE began < ?2
            """
        case .beginText:
            """
            INSERT INTO standing_texts (memory, began) VALUES (?1, ?2) \
            ON CONFLICT (memory) DO UPDATE SET began = excluded.began
            """
        case .expireText: "INSERT OR REPLACE INTO expiring_texts (began, expires_at) VALUES (?1, ?2)"
        case .forgetStanding: "DELETE FROM standing_texts WHERE memory = ?"
        case .eraseTexts: "DELETE FROM ended_texts WHERE memory = ?"
        case .hide: "INSERT OR IGNORE INTO hidden_memories (memory, began) VALUES (?1, ?2)"
        case .hideAsBefore:
            """
            INSERT OR IGNORE INTO hidden_memories (memory, began) \
            SELECT ?2, ?3 FROM hidden_memories WHERE memory = ?1
            """
        case .endHiding:
            """
            INSERT OR IGNORE INTO ended_hidings (memory, began, ended) \
            SELECT memory, began, ?2 FROM hidden_memories WHERE memory = ?1 AND began < ?2
            """
        case .show: "DELETE FROM hidden_memories WHERE memory = ?"
        default: nil
        }
    }
}

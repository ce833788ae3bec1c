import EventLog
import MemoryLedger

extension ContextWriter {
    func addUser(_ user: MemoryKey, _ event: RecordedEvent) throws {
        try run(
            """
            INSERT INTO users (id, username, created_at, namespace) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (namespace, username) DO NOTHING
            """, .integer(event.position), .text(user.key), .time(event.occurredAt), .text(user.namespace))
        try note(user.key, event)
    }

    /// What the event makes is the user's.
    func note(_ user: String, _ event: RecordedEvent) throws {
        try run(
            "INSERT OR IGNORE INTO user_subjects (username, position) VALUES (?1, ?2)", .text(user),
            .integer(event.position))
    }

    func apply(_ body: RoleEvent, _ key: MemoryKey, _ event: RecordedEvent) throws {
        var prompt = CountedText()
        switch body {
        case .removed:
            try run("DELETE FROM roles WHERE namespace = ?1 AND name = ?2", .text(key.namespace), .text(key.key))
        case .set(let role):
            prompt = role.systemPrompt
            try run(
                """
                INSERT INTO roles (namespace, name, system_prompt, tokens, is_estimated, settings, created_at, updated_at)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)
                ON CONFLICT (namespace, name) DO UPDATE SET system_prompt = ?3, tokens = ?4, is_estimated = ?5,
                    settings = ?6, updated_at = ?7
                """, .text(key.namespace), .text(key.key), .text(prompt.text), .integer(prompt.tokens),
                .flag(prompt.isEstimated), .json(role.settings), .time(event.occurredAt))
        }
        try run(
            """
            UPDATE main_context SET content = ?3, tokens = ?4 WHERE context_type = 'system' AND position = 0
                AND session_id IN (
                    SELECT id FROM sessions WHERE namespace = ?1 AND role_name = ?2 AND closed_at IS NULL)
            """, .text(key.namespace), .text(key.key), .text(prompt.text), .integer(prompt.tokens))
    }

    func apply(_ body: AgentEvent, _ key: MemoryKey, _ event: RecordedEvent) throws {
        switch body {
        case .imported: break
        case .removed:
            try run("DELETE FROM agents WHERE namespace = ?1 AND name = ?2", .text(key.namespace), .text(key.key))
        case .set(let agent):
            try run(
                """
                INSERT INTO agents (namespace, name, description, settings, created_at, updated_at)
                VALUES (?1, ?2, ?3, ?4, ?5, ?5)
                ON CONFLICT (namespace, name) DO UPDATE SET description = ?3, settings = ?4, updated_at = ?5
                """, .text(key.namespace), .text(key.key), .text(agent.description), .json(agent.settings),
                .time(event.occurredAt))
        }
    }

    func apply(_ body: ConfigurationEvent, _ name: String, _ event: RecordedEvent) throws {
        switch body {
        case .unset: try run("DELETE FROM configuration WHERE name = ?1", .text(name))
        case .set(let value):
            try run(
                "INSERT OR REPLACE INTO configuration (name, value, position, updated_at) VALUES (?1, ?2, ?3, ?4)",
                .text(name), .text(value.description), .integer(event.position), .time(event.occurredAt))
        }
    }

    /// Takes away what the tables have of a subject. That of a user is but a name, as streams have it, and stays.
    func erase(_ subject: ErasedSubject) throws {
        let stream = subject.stream
        if let session = SessionsModule.family.subject(stream) {
            guard try has(session) else { return }
            known[session] = nil
            for (table, column) in [
                ("main_context", "session_id"), ("session_summaries", "session_id"), ("sessions", "id"),
            ] {
                try run("DELETE FROM \(table) WHERE \(column) = ?1", .text(session.key))
            }
            try run(
                "DELETE FROM external_memory WHERE session_id = ?1 AND memory_type = 'recall'", .text(session.key))
        } else if let block = BlocksModule.family.subject(stream) {
            if let user = subject.user { try eraseVersions(of: block, for: user) } else { try eraseBlock(block) }
        } else if let passage = PassagesModule.family.subject(stream) {
            try deletePassage(passage)
        } else if let role = RolesModule.family.subject(stream) {
            try run("DELETE FROM roles WHERE namespace = ?1 AND name = ?2", .text(role.namespace), .text(role.key))
        } else if let agent = AgentsModule.family.subject(stream) {
            try run("DELETE FROM agents WHERE namespace = ?1 AND name = ?2", .text(agent.namespace), .text(agent.key))
        }
    }
}

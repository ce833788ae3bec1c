import EventLog
import LedgerStorage
import MemoryLedger

extension ContextWriter {
    func apply(_ body: BlockEvent, _ block: MemoryKey, _ event: RecordedEvent) throws {
        if case .created(let new) = body { return try create(block, new, event) }
        if case .placed(let placement) = body { return try place(block, placement.block, event) }
        guard let at = try place(of: block) else { return }
        switch body {
        case .created, .placed: return
        case .edited(let edit):
            try change(block, edit.kind.rawValue, edit.value, content: at.version + 1, parent: at.content, event)
        case .reverted(let reversion):
            let isKnown = try says(block, reversion.version, reversion.value.text)
            // Another program may say what is not so: then it is an edit.
            try change(
                block, reversion.kind.rawValue, reversion.value, content: isKnown ? reversion.version : at.version + 1,
                parent: isKnown ? nil : at.content, event)
        case .configured(let settings):
            try update(
                block, event, "char_limit = ?4, description = ?5, is_read_only = ?6", .integer(settings.limit),
                .text(settings.description), .flag(settings.isReadOnly))
        case .renamed(let label): try update(block, event, "label = ?4", .text(label))
        case .shared(let holder): try share(block, with: holder, event)
        case .unshared(let holder): try unshare(block, from: holder)
        case .deleted: try delete(block, event)
        }
        try refresh(block)
    }

    /// The newest version, and the version that said first what it says; 0 and 0 before the first.
    func place(of block: MemoryKey) throws -> (version: Int64, content: Int64)? {
        var place: (Int64, Int64)?
        try read(
            """
            SELECT b.version, coalesce(v.content, 0) FROM blocks b LEFT JOIN block_versions v
                ON v.namespace = b.namespace AND v.block = b.id AND v.number = b.version
            WHERE b.namespace = ?1 AND b.id = ?2
            """, .text(block.namespace), .text(block.key)
        ) { place = ($0.int64(0), $0.int64(1)) }
        return place
    }

    /// The version is an edit that said so.
    private func says(_ block: MemoryKey, _ version: Int64, _ text: String) throws -> Bool {
        var isSo = false
        try read(
            "SELECT value IS ?4 FROM block_versions WHERE namespace = ?1 AND block = ?2 AND number = ?3",
            .text(block.namespace), .text(block.key), .integer(version), .text(text)
        ) { isSo = $0.int(0) != 0 }
        return isSo
    }

    private func create(_ block: MemoryKey, _ new: Block, _ event: RecordedEvent) throws {
        // One that was deleted comes back with all that it had said.
        let former = try place(of: block)
        try insert(block, new, event)
        try change(
            block, "create", new.value, content: (former?.version ?? 0) + 1, parent: former?.content ?? 0, event)
        try hold(block, new, event)
    }

    private func place(_ block: MemoryKey, _ new: Block, _ event: RecordedEvent) throws {
        try insert(block, new, event)
        try hold(block, new, event)
    }

    private func insert(_ block: MemoryKey, _ new: Block, _ event: RecordedEvent) throws {
        try run(
            """
            INSERT INTO blocks (namespace, id, label, value, tokens, is_estimated, char_limit, description,
                is_read_only, version, position, created_at, updated_at)
            VALUES (?1, ?2, ?3, '', 0, 0, ?4, ?5, ?6, 0, ?7, ?8, ?8)
            ON CONFLICT (namespace, id) DO UPDATE SET label = ?3, char_limit = ?4, description = ?5,
                is_read_only = ?6, updated_at = ?8, deleted_at = NULL
            """, .text(block.namespace), .text(block.key), .text(new.label), .integer(new.settings.limit),
            .text(new.settings.description), .flag(new.settings.isReadOnly), .integer(event.position),
            .time(event.occurredAt))
    }

    private func hold(_ block: MemoryKey, _ new: Block, _ event: RecordedEvent) throws {
        for holder in new.holders {
            try share(block, with: holder, event)
            guard case .session(let session) = holder else { continue }
            try read("SELECT username FROM sessions WHERE id = ?1", .text(session)) { try note($0.text(0), event) }
        }
        try refresh(block)
    }

    /// - Parameter parent: of an edit.
    func change(
        _ block: MemoryKey, _ kind: String, _ value: CountedText, content: Int64, parent: Int64?, _ event: RecordedEvent
    ) throws {
        try update(
            block, event, "version = version + 1, value = ?4, tokens = ?5, is_estimated = ?6", .text(value.text),
            .integer(value.tokens), .flag(value.isEstimated))
        try run(
            """
            INSERT INTO block_versions (namespace, block, number, kind, content, parent, value, tokens, is_estimated,
                actor, position, created_at, users)
            SELECT namespace, id, version, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12 FROM blocks
            WHERE namespace = ?1 AND id = ?2
            """, .text(block.namespace), .text(block.key), .text(kind), .integer(content), .integer(parent ?? 0),
            parent == nil ? nil : .text(value.text), .integer(value.tokens), .flag(value.isEstimated),
            event.attribution.actor.map { .text($0) }, .integer(event.position), .time(event.occurredAt),
            event.protection.isErased ? nil : .users(event.protectedFor))
        try noteUsers(of: block, content: content)
    }

    /// What a block says is protected for those for whom the version is that said so first.
    func noteUsers(of block: MemoryKey, content: Int64) throws {
        try run(
            """
            UPDATE blocks SET users = (
                SELECT users FROM block_versions WHERE namespace = ?1 AND block = ?2 AND number = ?3)
            WHERE namespace = ?1 AND id = ?2
            """, .text(block.namespace), .text(block.key), .integer(content))
    }

    private func update(
        _ block: MemoryKey, _ event: RecordedEvent, _ columns: String, _ first: Value, _ second: Value? = nil,
        _ third: Value? = nil
    ) throws {
        var values: [Value?] = [.text(block.namespace), .text(block.key), .time(event.occurredAt), first]
        if second != nil || third != nil { values.append(second) }
        if third != nil { values.append(third) }
        try sqlite.run("UPDATE blocks SET updated_at = ?3, \(columns) WHERE namespace = ?1 AND id = ?2", values)
    }

    // MARK: Holders

    private func share(_ block: MemoryKey, with holder: BlockHolder, _ event: RecordedEvent) throws {
        try run(
            """
            INSERT OR IGNORE INTO block_holders (namespace, kind, holder, block, position) VALUES (?1, ?2, ?3, ?4, ?5)
            """, .text(block.namespace), .text(holder.kind.rawValue), .text(holder.name), .text(block.key),
            .integer(event.position))
        for session in try sessions(of: holder, block.namespace) { try show(block, in: session) }
    }

    private func unshare(_ block: MemoryKey, from holder: BlockHolder) throws {
        try run(
            "DELETE FROM block_holders WHERE namespace = ?1 AND kind = ?2 AND holder = ?3 AND block = ?4",
            .text(block.namespace), .text(holder.kind.rawValue), .text(holder.name), .text(block.key))
        for session in try sessions(of: holder, block.namespace) {
            // A session may hold it by itself, and by its agent.
            let isHeld = try isHeld(block, in: session)
            if !isHeld { try hide(block, "AND session_id = ?2", .text(session)) }
        }
    }

    private func isHeld(_ block: MemoryKey, in session: String) throws -> Bool {
        var isHeld = false
        try read(
            """
            SELECT 1 FROM sessions s JOIN block_holders h ON h.namespace = s.namespace AND h.block = ?2
                AND (h.kind = 'session' AND h.holder = s.id OR h.kind = 'agent' AND h.holder = s.agent)
            WHERE s.id = ?1
            """, .text(session), .text(block.key)
        ) { _ in isHeld = true }
        return isHeld
    }

    /// Those that are open.
    private func sessions(of holder: BlockHolder, _ namespace: String) throws -> [String] {
        var sessions: [String] = []
        let sql =
            switch holder {
            case .session: "SELECT id FROM sessions WHERE namespace = ?1 AND id = ?2 AND closed_at IS NULL"
            case .agent: "SELECT id FROM sessions WHERE namespace = ?1 AND agent = ?2 AND closed_at IS NULL"
            }
        try read(sql, .text(namespace), .text(holder.name)) { sessions.append($0.text(0)) }
        return sessions
    }

    // MARK: Contexts

    /// Puts a block into a session's context; `refresh` writes what it says.
    func show(_ block: MemoryKey, in session: String) throws {
        try run(
            """
            INSERT OR IGNORE INTO main_context (session_id, context_type, content, position, created_at, name, tokens,
                metadata, block)
            SELECT ?3, 'working', b.value, min(h.position), b.created_at, b.label, b.tokens,
                json_object('limit', b.char_limit, 'description', b.description, 'read_only',
                    json(iif(b.is_read_only, 'true', 'false'))), b.id
            FROM blocks b JOIN block_holders h ON h.namespace = b.namespace AND h.block = b.id
                JOIN sessions s ON s.id = ?3 AND s.namespace = h.namespace
                    AND (h.kind = 'session' AND h.holder = s.id OR h.kind = 'agent' AND h.holder = s.agent)
            WHERE b.namespace = ?1 AND b.id = ?2 AND b.deleted_at IS NULL
            GROUP BY b.id
            """, .text(block.namespace), .text(block.key), .text(session))
    }

    /// Writes what a block says, and how it is called, into the contexts of the sessions that have it and are open.
    func refresh(_ block: MemoryKey) throws {
        try run(
            """
            UPDATE main_context SET (content, name, tokens, metadata) = (
                SELECT value, label, tokens, json_object('limit', char_limit, 'description', description, 'read_only',
                    json(iif(is_read_only, 'true', 'false'))) FROM blocks WHERE namespace = ?1 AND id = ?2)
            WHERE block = ?2 AND session_id IN (
                SELECT id FROM sessions WHERE id = session_id AND namespace = ?1 AND closed_at IS NULL)
            """, .text(block.namespace), .text(block.key))
    }

    private func delete(_ block: MemoryKey, _ event: RecordedEvent) throws {
        try update(block, event, "deleted_at = ?4", .time(event.occurredAt))
        try run(
            "DELETE FROM block_holders WHERE namespace = ?1 AND block = ?2", .text(block.namespace), .text(block.key))
        try hide(
            block,
            "AND session_id IN (SELECT id FROM sessions WHERE id = session_id AND namespace = ?2 AND closed_at IS NULL)",
            .text(block.namespace))
    }

    private func hide(_ block: MemoryKey, _ condition: String, _ value: Value) throws {
        try run("DELETE FROM main_context WHERE block = ?1 \(condition)", .text(block.key), value)
    }

    func eraseBlock(_ block: MemoryKey) throws {
        for (table, column) in [("block_holders", "block"), ("block_versions", "block"), ("blocks", "id")] {
            try run(
                "DELETE FROM \(table) WHERE namespace = ?1 AND \(column) = ?2", .text(block.namespace), .text(block.key)
            )
        }
        // Sessions that have closed say it too.
        try hide(
            block, "AND session_id IN (SELECT id FROM sessions WHERE id = session_id AND namespace = ?2)",
            .text(block.namespace))
    }
}

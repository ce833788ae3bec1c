import EventLog
import LedgerStorage
import MemoryLedger

extension ContextWriter {
    func apply(_ body: PassageEvent, _ key: MemoryKey, _ event: RecordedEvent) throws {
        try deletePassage(key)
        guard case .inserted(let passage) = body else { return }
        try run(
            """
            INSERT INTO external_memory (position, id, session_id, memory_type, content, metadata, created_at, namespace,
                tokens, archive, embedding) VALUES (?1, ?2, ?3, 'archival', ?4, ?5, ?6, ?7, ?8, ?9, ?10)
            """, .integer(event.position), .text(event.id.description), passage.session.map { .text($0) },
            .text(passage.content), .json(passage.rowMetadata), .time(event.occurredAt), .text(key.namespace),
            .integer(passage.tokens), .text(passage.archive), passage.embedding.map { .bytes($0) })
        try run(
            """
            INSERT INTO archives (namespace, name, passages) VALUES (?1, ?2, 1)
            ON CONFLICT (namespace, name) DO UPDATE SET passages = passages + 1
            """, .text(key.namespace), .text(passage.archive))
        try run(
            "INSERT INTO passages (namespace, id, position, archive, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
            .text(key.namespace), .text(key.key), .integer(event.position), .text(passage.archive),
            .time(event.occurredAt))
        for tag in passage.tags {
            try run(
                "INSERT OR IGNORE INTO passage_tags (namespace, archive, tag, position) VALUES (?1, ?2, ?3, ?4)",
                .text(key.namespace), .text(passage.archive), .text(tag), .integer(event.position))
        }
        if let user = passage.user { try note(user, event) }
    }

    func deletePassage(_ key: MemoryKey) throws {
        var found: (position: Int64, archive: String, tags: [String])?
        try read(
            """
            SELECT m.position, m.archive, m.metadata FROM passages p JOIN external_memory m ON m.position = p.position
            WHERE p.namespace = ?1 AND p.id = ?2
            """, .text(key.namespace), .text(key.key)
        ) { row in
            var passage = Passage("", archive: row.text(1))
            try passage.read(rowMetadata: row.text(2))
            found = (row.int64(0), passage.archive, passage.tags)
        }
        guard let found else { return }
        for tag in found.tags {
            try run(
                "DELETE FROM passage_tags WHERE namespace = ?1 AND archive = ?2 AND tag = ?3 AND position = ?4",
                .text(key.namespace), .text(found.archive), .text(tag), .integer(found.position))
        }
        try run("DELETE FROM external_memory WHERE position = ?1", .integer(found.position))
        try run("DELETE FROM passages WHERE namespace = ?1 AND id = ?2", .text(key.namespace), .text(key.key))
        try run(
            "UPDATE archives SET passages = passages - 1 WHERE namespace = ?1 AND name = ?2", .text(key.namespace),
            .text(found.archive))
        try run(
            "DELETE FROM archives WHERE namespace = ?1 AND name = ?2 AND passages = 0", .text(key.namespace),
            .text(found.archive))
    }
}

extension Passage {
    /// What is beside the content and the embedding in `external_memory.metadata`.
    var rowMetadata: JSONObject {
        var object = JSONObject()
        if isEstimated { object.append("estimated", true) }
        if !tags.isEmpty { object.append("tags", .array(tags.map { .string($0) })) }
        if !metadata.isEmpty { object.append("metadata", .object(metadata)) }
        if let user { object.append("user", .string(user)) }
        return object
    }

    mutating func read(rowMetadata text: String) throws {
        let data = EventData(try JSONParser.parse(Array(text.utf8)).object ?? [:])
        isEstimated = data.flag("estimated")
        if data.optional("tags") != nil { tags = try data.texts("tags") }
        metadata = try data.optionalObject("metadata")
        user = try data.optionalText("user")
    }
}

import EventLog

/// Tells what a single memory was at a moment, from its own stream.
///
/// What other streams decide is asked of the serving tables, which keep it for every position: the renames of keys that
/// links point at, and how many links pointed at the memory.
struct PastReader {
    let log: any EventLog
    let tables: any TableReading
    let moment: LogMoment

    /// Events of a page.
    private static let pageEvents = 256

    /// - Returns: nil where the stream alone does not tell and the tables as of the moment must be built; `.some(nil)`
    ///   where the key held no memory.
    func memory(_ key: MemoryKey) async throws -> Memory?? {
        guard moment.occurredThrough == nil, try isServed() else { return nil }
        do {
            guard let past = try await past(key, at: moment.position), let state = past.state else { return .some(nil) }
            try tables.read { try past.checkThatNoOtherStreamTookIt(PastFacts(namespace: key.namespace, sqlite: $0)) }
            if let expiresAt = state.expiresAt, expiresAt <= moment.time.milliseconds { return .some(nil) }
            return try memory(past, state)
        } catch is PastMemory.NeedsTables {
            return nil
        }
    }

    private func memory(_ past: PastMemory, _ state: MemoryState) throws -> Memory {
        let values = state.statistics
        let meta = MemoryMeta(
            id: past.key.key, createdAt: values.createdAt, lastAccessedAt: values.lastAccessedAt,
            lastLinkedAt: values.lastLinkedAt, inDegree: try inDegree(past.key),
            outDegree: past.content.links.count { $0.key != nil }, accessCount: values.accessCount,
            traverseCount: values.traverseCount, status: values.status)
        return Memory(id: past.key, content: past.content, meta: meta, version: state.contentVersion)
    }

    /// The memory that a key held after a position, with its links as they were then.
    private func past(_ key: MemoryKey, at position: Position) async throws -> PastMemory? {
        // Between the two events of a rename the memory has its new key already.
        if let old = try keyBefore(key, position), let found = try await unrenamed(old, before: position) {
            var past = PastMemory(key)
            past.take(found, version: found.state?.version ?? 0)
            try tables.read { sqlite in
                try past.syncLinks(through: position, PastFacts(namespace: key.namespace, sqlite: sqlite))
            }
            return past
        }
        let version = try await log.version(of: MemoryStream.name(key), at: position)
        guard version > 0 else { return nil }
        var past = try await fold(key, through: version)
        try tables.read { sqlite in
            try past.syncLinks(through: position, PastFacts(namespace: key.namespace, sqlite: sqlite))
        }
        return past
    }

    /// The memory that left a key by the rename at a position, as it was after it.
    private func unrenamed(_ key: MemoryKey, before position: Position) async throws -> PastMemory? {
        let version = try await log.version(of: MemoryStream.name(key), at: position)
        let past = try await fold(key, through: version - 1)
        past.state?.version = version
        past.state?.contentVersion = version
        return past
    }

    // MARK: Streams

    private func fold(_ key: MemoryKey, through version: StreamVersion) async throws -> PastMemory {
        guard let (mark, marked, position) = try mark(key, through: version) else {
            return try await fold(PastMemory(key), after: 0, through: version)
        }
        do {
            let past = PastMemory(key, mark: mark, version: marked, position: position)
            return try await fold(past, after: marked, through: version)
        } catch is PastMemory.NeedsTables {
            return try await fold(PastMemory(key), after: 0, through: version)
        }
    }

    private func fold(
        _ beginning: PastMemory, after: StreamVersion, through version: StreamVersion
    ) async throws -> PastMemory {
        var past = beginning
        let stream = MemoryStream.name(past.key)
        var next: StreamVersion? = after + 1
        while let from = next, from <= version {
            let limit = min(Self.pageEvents, Int(version - from) + 1)
            let page = try await log.readStream(stream, from: from, direction: .forwards, limit: limit)
            next = page.next
            for event in page.events {
                guard let body = try MemoryEvent.decode(event) else { continue }
                if case .nameTaken(let oldKey) = body {
                    try await take(oldKey, event, &past)
                } else {
                    try tables.read { sqlite in
                        try past.apply(event, body, PastFacts(namespace: past.key.namespace, sqlite: sqlite))
                    }
                }
            }
        }
        return past
    }

    /// Goes on with a memory that came from another key.
    private func take(_ oldKey: String, _ event: RecordedEvent, _ past: inout PastMemory) async throws {
        let old = MemoryKey(namespace: past.key.namespace, key: oldKey)
        guard let rename = try lastRename(from: oldKey, to: past.key, before: event.position),
            let found = try await unrenamed(old, before: rename)
        else { return }
        past.take(found, version: event.version)
    }

    // MARK: The serving tables

    /// The serving tables hold everything up to the moment, by this program's projector.
    private func isServed() throws -> Bool {
        try tables.read { sqlite in
            let row = try sqlite.statement("SELECT version, position FROM projections WHERE name = ?")
            row.bind(1, MemoryProjector.projectionName)
            defer { row.reset() }
            return try row.step() && row.int(0) == MemoryProjector.currentVersion && row.int64(1) >= moment.position
        }
    }

    private func mark(
        _ key: MemoryKey, through version: StreamVersion
    ) throws -> (mark: MemoryMark, version: StreamVersion, position: Position)? {
        guard version >= MemoryMark.interval else { return nil }
        return try tables.read { sqlite in
            let row = try sqlite.statement(
                """
                SELECT mark, version, position FROM memory_marks WHERE namespace = ? AND key = ? AND version <= ?
                ORDER BY version DESC LIMIT 1
                """)
            row.bind(1, key.namespace)
            row.bind(2, key.key)
            row.bind(3, version)
            defer { row.reset() }
            guard try row.step() else { return nil }
            return (try MemoryMark([UInt8](row.bytes(0))), row.int64(1), row.int64(2))
        }
    }

    /// The key that a memory left for this one by the event at a position; nil where that event is no such rename.
    private func keyBefore(_ key: MemoryKey, _ position: Position) throws -> MemoryKey? {
        try tables.read { sqlite in
            let row = try sqlite.statement(
                "SELECT old_key FROM renames WHERE position = ? AND namespace = ? AND new_key = ?")
            row.bind(1, position)
            row.bind(2, key.namespace)
            row.bind(3, key.key)
            defer { row.reset() }
            return try row.step() ? MemoryKey(namespace: key.namespace, key: row.text(0)) : nil
        }
    }

    /// Where a memory was renamed to a key that took it by a later event.
    private func lastRename(from oldKey: String, to key: MemoryKey, before position: Position) throws -> Position? {
        try tables.read { sqlite in
            let row = try sqlite.statement(
                """
                SELECT position FROM renames WHERE namespace = ? AND old_key = ? AND new_key = ? AND position < ?
                ORDER BY position DESC LIMIT 1
                """)
            row.bind(1, key.namespace)
            row.bind(2, oldKey)
            row.bind(3, key.key)
            row.bind(4, position)
            defer { row.reset() }
            return try row.step() ? row.int64(0) : nil
        }
    }

    /// How many links pointed at a key at the moment.
    private func inDegree(_ key: MemoryKey) throws -> Int {
        try tables.read { sqlite in
            let row = try sqlite.statement(
                """
                SELECT (SELECT count(*) FROM memory_links WHERE namespace = ?1 AND to_key = ?2 AND position <= ?3)
                    + (SELECT count(*) FROM ended_links
                        WHERE namespace = ?1 AND to_key = ?2 AND began <= ?3 AND ended > ?3)
                """)
            row.bind(1, key.namespace)
            row.bind(2, key.key)
            row.bind(3, moment.position)
            defer { row.reset() }
            return try row.step() ? row.int(0) : 0
        }
    }
}

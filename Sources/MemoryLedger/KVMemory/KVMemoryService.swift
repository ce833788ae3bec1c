public import EventLog

/// The memories of all namespaces, with the methods of the system that this one replaces, sessions included.
///
/// Namespaces are known from the store: one that holds no memory answers nothing, and takes memories at any time.
public struct KVMemoryService: Sendable {
    public let ledger: MemoryLedger
    public let sessions: KVSessions
    private let context: EventContext

    /// The text that stands for the summary of a linked memory that is missing.
    public static let missingSummary = "关联记忆不存在"

    /// - Parameter context: who acts; goes into every event.
    public init(_ ledger: MemoryLedger, sessions: KVSessions? = nil, by context: EventContext = EventContext()) {
        self.ledger = ledger
        self.sessions = sessions ?? KVSessions(clock: ledger.options.clock)
        self.context = context
    }

    /// The same service for somebody else, with the same sessions.
    public func acting(by context: EventContext) -> KVMemoryService {
        KVMemoryService(ledger, sessions: sessions, by: context)
    }

    /// The memories of a namespace, which need not hold any yet.
    ///
    /// - Throws: `MemoryLimitError` where the name is none.
    @discardableResult
    public func addKVMemory(_ namespace: String) throws -> KVMemory {
        try ledger.options.limits.check(MemoryKey(namespace: namespace, key: "-"))
        return KVMemory(ledger, namespace: namespace, by: context)
    }

    /// Writes a memory, replacing what the key holds.
    public func addMemory(_ namespace: String, _ key: String, _ value: MemoryContent) async throws {
        try await addKVMemory(namespace).add(key, value)
    }

    /// The memory without its statistics, its links with the summaries of what they point at; counts an access. Reading
    /// a linked summary counts nothing.
    public func getMemory(_ namespace: String, _ key: String) async throws -> LinkedMemory? {
        let id = KVMemory.memory(namespace, key)
        guard let memory = try await ledger.access(id, by: context) else { return nil }
        let keys = memory.content.links.compactMap { $0.key.map { KVMemory.memory(namespace, $0).key } }
        let summaries = try await ledger.reading(by: context).summaries(of: keys, namespace: namespace)
        let links = memory.content.links.map { link in
            LinkedMemory.Link(
                link: link,
                summary: link.key.flatMap { summaries[ByteText(KVMemory.memory(namespace, $0).key)] }
                    ?? Self.missingSummary)
        }
        return LinkedMemory(content: memory.content, links: links)
    }

    /// Changes a memory; does nothing in a namespace that holds none.
    ///
    /// - Throws: `KVMemoryError` where the namespace is known and the key is missing.
    public func updateMemory(_ namespace: String, _ key: String, _ partial: MemoryChange) async throws {
        guard try isKnown(namespace) else { return }
        try await KVMemory(ledger, namespace: namespace, by: context).update(key, partial)
    }

    /// Moves a memory to another key; does nothing in a namespace that holds none.
    ///
    /// - Throws: `KVMemoryError` where the namespace is known and the key is missing, or the new key is taken.
    public func updateKey(_ namespace: String, _ oldKey: String, _ newKey: String) async throws {
        guard try isKnown(namespace) else { return }
        try await KVMemory(ledger, namespace: namespace, by: context).updateKey(oldKey, newKey)
    }

    /// The memory with its statistics; counts a traversal.
    public func traverseMemory(_ namespace: String, _ key: String) async throws -> Memory? {
        try await ledger.traverse(KVMemory.memory(namespace, key), by: context)
    }

    /// The store has, or had, memories in the namespace.
    private func isKnown(_ namespace: String) throws -> Bool {
        try ledger.log.file.read { sqlite in
            let row = try sqlite.statement("SELECT 1 FROM namespaces WHERE namespace = ?")
            row.bind(1, namespace)
            defer { row.reset() }
            return try row.step()
        }
    }

    // MARK: What the routes and tools do with a session

    /// Reads a memory in a session: counts a traversal of the session's last memory first, and remembers this one.
    ///
    /// - Throws: `KVSessionError.invalidSession`.
    public func getMemory(session id: String, _ key: String) async throws -> LinkedMemory? {
        guard let session = await sessions.session(id) else { throw KVSessionError.invalidSession }
        if !session.lastMemoryKey.isEmpty {
            _ = try await traverseMemory(session.namespace, session.lastMemoryKey)
        }
        guard let found = try await getMemory(session.namespace, key) else { return nil }
        await sessions.remember(key, in: id)
        return found
    }
}

/// A memory as `getMemory` answers it.
public struct LinkedMemory: Hashable, Sendable {
    public struct Link: Hashable, Sendable {
        public var link: MemoryLink
        /// The linked memory's summary, or `KVMemoryService.missingSummary`.
        public var summary: String
    }

    public var content: MemoryContent
    /// The content's links, in their order.
    public var links: [Link]

    /// `{"domain", "summary", "text", "type", "links": [{"type", "key", "term", "weight", "summary"}], "keywords"}`.
    public var json: JSONValue {
        var object = JSONObject()
        object.append("domain", .string(content.domain))
        object.append("summary", .string(content.summary))
        object.append("text", .string(content.text))
        object.append("type", .string(content.type))
        let links = links.map { link in
            var object = link.link.json.object ?? [:]
            object.append("summary", .string(link.summary))
            return JSONValue.object(object)
        }
        object.append("links", .array(links))
        object.append("keywords", .array(content.keywords.map { .string($0) }))
        return .object(object)
    }
}

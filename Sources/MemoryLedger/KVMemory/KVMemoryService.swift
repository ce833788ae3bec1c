public import EventLog
import LedgerStorage

/// The memories of all namespaces, with the methods of the system that this one replaces, sessions included.
///
///     let service = KVMemoryService(ledger, by: Attribution(actor: "assistant"))
///     let session = service.sessions.open(namespace: "mem")
///     let linked = try await service.getMemory(session: session, "tea")
///
/// `mem` is known, and so is a namespace that was named to `addKVMemory`, here or in a service that `acting` made
/// of this one or this one of, and one that holds or held a memory. Any other answers nothing and changes nothing.
public struct KVMemoryService: Sendable {
    public let ledger: MemoryLedger
    public let sessions: KVSessions
    private let attribution: Attribution
    private let named: NamedNamespaces

    /// The text that stands for the summary of a linked memory that is missing.
    public static let missingSummary = "关联记忆不存在"

    /// - Parameter attribution: who acts; goes into every event.
    public init(_ ledger: MemoryLedger, sessions: KVSessions? = nil, by attribution: Attribution = Attribution()) {
        self.init(ledger, sessions ?? KVSessions(clock: ledger.options.clock), NamedNamespaces(), attribution)
    }

    private init(
        _ ledger: MemoryLedger, _ sessions: KVSessions, _ named: NamedNamespaces, _ attribution: Attribution
    ) {
        self.ledger = ledger
        self.sessions = sessions
        self.named = named
        self.attribution = attribution
    }

    /// The same service for somebody else, with the same sessions and namespaces.
    public func acting(by attribution: Attribution) -> KVMemoryService {
        KVMemoryService(ledger, sessions, named, attribution)
    }

    /// The memories of a namespace, which need not hold any yet. From now on the namespace is known.
    ///
    /// - Throws: `MemoryLimitError` where the name is none; `KVNamespaceError` at `maximumNamedNamespaces`.
    @discardableResult
    public func addKVMemory(_ namespace: String) throws -> KVMemory {
        try ledger.options.limits.check(MemoryKey(namespace: namespace, key: "-"))
        if try !isKnown(namespace) { try named.add(namespace) }
        return KVMemory(ledger, namespace: namespace, by: attribution)
    }

    /// Namespaces without memories that are remembered.
    public static let maximumNamedNamespaces = 100_000

    /// Writes a memory, replacing what the key holds.
    public func addMemory(_ namespace: String, _ key: String, _ value: MemoryContent) async throws {
        try ledger.options.limits.check(MemoryKey(namespace: namespace, key: "-"))
        try await KVMemory(ledger, namespace: namespace, by: attribution).add(key, value)
    }

    /// The memory without its statistics and without members that a memory does not have, its links with the summaries
    /// of what they point at; counts an access. Reading a linked summary counts nothing.
    public func getMemory(_ namespace: String, _ key: String) async throws -> LinkedMemory? {
        let id = MemoryKey(namespace: namespace, key: key)
        guard let found = try await ledger.outlinedContent(accessing: id, by: attribution) else { return nil }
        return LinkedMemory(found.content) { found.outline(of: $0) }
    }

    /// Changes a memory; does nothing in a namespace that is not known.
    ///
    /// - Parameter meta: replaces the statistics too; nil leaves them.
    /// - Throws: `KVMemoryError` where the namespace is known and the key is missing.
    public func updateMemory(
        _ namespace: String, _ key: String, _ partial: MemoryChange, meta: MemoryMeta? = nil
    ) async throws {
        guard try isKnown(namespace) else { return }
        try await KVMemory(ledger, namespace: namespace, by: attribution).update(key, partial, meta: meta)
    }

    /// Moves a memory to another key; does nothing in a namespace that is not known.
    ///
    /// - Throws: `KVMemoryError` where the namespace is known and the key is missing, or the new key is taken or
    ///   the same.
    public func updateKey(_ namespace: String, _ oldKey: String, _ newKey: String) async throws {
        guard try isKnown(namespace) else { return }
        try await KVMemory(ledger, namespace: namespace, by: attribution).updateKey(oldKey, newKey)
    }

    /// The memory with its statistics; counts a traversal.
    public func traverseMemory(_ namespace: String, _ key: String) async throws -> Memory? {
        try await ledger.traverse(MemoryKey(namespace: namespace, key: key), by: attribution)
    }

    /// It was named here, or the store has or had memories in it.
    private func isKnown(_ namespace: String) throws -> Bool {
        if namespace.hasSameBytes(as: MemoryKey.defaultNamespace) || named.contains(namespace) { return true }
        return try ledger.tables.read { sqlite in
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
        guard let session = sessions.session(id) else { throw KVSessionError.invalidSession }
        if !session.lastMemoryKey.isEmpty {
            _ = try await traverseMemory(session.namespace, session.lastMemoryKey)
        }
        guard let found = try await getMemory(session.namespace, key) else { return nil }
        sessions.remember(key, in: id)
        return found
    }
}

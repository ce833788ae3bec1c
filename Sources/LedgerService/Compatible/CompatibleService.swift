import EventLog
package import LedgerOperations
public import MemoryLedger

/// The calls of the old program, for HTTP and MCP alike, with its sessions, its counting of reads and its refusals.
///
///     let service = CompatibleService(ledger, sessions: KVSessions(clock: SystemTimeSource()))
///     let session = try service.openSession(namespace: "mem", by: caller)
///     let tea = try await service.get("tea", sortLinks: nil, in: .session(session), by: caller)
///
/// A key means the memory of the session's namespace that has it, with the namespace's prefix or without; else that of
/// a migrated database of the second version, by its whole key, if the caller may reach it. All calls throw
/// `CompatibleRefusal`, `AccessDeniedError` before anything is read, and what the ledger throws.
public struct CompatibleService: Sendable {
    /// Which of the old program's versions decides what the two do differently.
    public enum Version: Sendable {
        case one
        case two
    }

    /// Where a call takes place.
    public enum Place: Sendable {
        /// In the session of an id.
        case session(String)
        /// In a namespace, without a session.
        case namespace(String)
    }

    public let ledger: MemoryLedger
    /// Whose clients alone are served; nil: those of both, and what the versions do differently is as by the first.
    public let version: Version?
    /// If not, searches find nothing.
    public let isSearchEnabled: Bool
    private let sessions: KVSessions

    public init(
        _ ledger: MemoryLedger, sessions: KVSessions, version: Version? = nil, isSearchEnabled: Bool = true
    ) {
        self.ledger = ledger
        self.sessions = sessions
        self.version = version
        self.isSearchEnabled = isSearchEnabled
    }

    /// Makes a session. Answers its id.
    ///
    /// - Throws: `AccessDeniedError`; `MemoryLimitError` if the name is none.
    public func openSession(namespace: String, by caller: Caller) throws -> String {
        try caller.grant.check("A session", in: namespace)
        try ledger.options.limits.check(MemoryKey(namespace: namespace, key: "-"))
        return sessions.open(namespace: namespace, owner: caller.attribution.actor)
    }

    /// Writes a memory, replacing what the key means.
    public func add(_ key: String, _ content: MemoryContent, in place: Place, by caller: Caller) async throws {
        let (request, own) = (caller.request(ledger), try memory(key, in: place))
        try caller.grant.check(PutMemory(own, content))
        let meant = try await request.migrated(own) ?? own
        _ = try await request.perform(PutMemory(meant, content))
    }

    /// Reads a memory and counts an access. In a session it first counts a traversal of what was read before, even if
    /// there is no memory then, and remembers this one.
    ///
    /// - Parameter sortLinks: nil: as the version has it without being asked.
    public func get(
        _ key: String, sortLinks: Bool?, in place: Place, by caller: Caller
    ) async throws -> LinkedMemory {
        let request = caller.request(ledger)
        let (namespace, last) = try situation(place)
        let own = MemoryKey(namespace: namespace, key: key)
        try caller.grant.check(ReadMemory(own))
        guard let read = try await read(own, through: MemoryKey(namespace: namespace, key: last), request) else {
            throw CompatibleRefusal.memoryNotFound
        }
        if case .session(let id) = place { sessions.remember(key, in: id) }
        return sortLinks ?? (version == .two) ? read.linked.withSortedLinks : read.linked
    }

    /// Reads a memory and those that its links lead to. Counts nothing; a session remembers the key, as by `get`.
    package func bulk(
        _ key: String, _ bounds: BulkRead.Bounds, in place: Place, by caller: Caller
    ) async throws -> BulkReadMemory.Result {
        let (request, own) = (caller.request(ledger), try memory(key, in: place))
        try caller.grant.check(BulkReadMemory(own))
        let read = try await found(own, request) {
            BulkReadMemory($0, depth: bounds.depth, breadth: bounds.breadth, total: bounds.total)
        }
        guard let read else { throw CompatibleRefusal.memoryNotFound }
        if case .session(let id) = place { sessions.remember(key, in: id) }
        return read
    }

    /// The same without a session, by the memory's whole key: one of the caller's only namespace or of `mem`, or a
    /// migrated one, or one of the namespace that the key begins with, up to its first colon.
    package func bulk(
        _ key: String, _ bounds: BulkRead.Bounds, by caller: Caller
    ) async throws -> BulkReadMemory.Result {
        let home = caller.grant.onlyNamespace ?? MemoryKey.defaultNamespace
        var denied: AccessDeniedError?
        do {
            return try await bulk(key, bounds, in: .namespace(home), by: caller)
        } catch let error as AccessDeniedError {
            denied = error
        } catch let refusal as CompatibleRefusal where refusal == .memoryNotFound {}
        let named = String(key.prefix { $0 != ":" })
        guard named.utf8.count < key.utf8.count, caller.grant.includes(namespace: named) else {
            throw denied ?? CompatibleRefusal.memoryNotFound
        }
        return try await bulk(key, bounds, in: .namespace(named), by: caller)
    }

    /// Finds memories by their words: in a session those of its namespace, and migrated ones whose whole keys begin
    /// with it. Counts nothing.
    ///
    /// - Parameter place: nil: in all namespaces that the caller may read.
    func search(
        _ asked: SearchCompatibly, in place: Place?, by caller: Caller
    ) async throws -> SearchCompatibly.Result {
        var asked = asked
        asked.session = try place.map { try situation($0).namespace }
        asked.within = caller.grant.namespaces
        try caller.grant.check(asked)
        guard isSearchEnabled else { return asked.nothing }
        return try await caller.request(ledger).perform(asked)
    }

    /// Changes fields of a memory, which counts an access to it. No change at all is right, too.
    ///
    /// - Returns: the key as it was given.
    public func update(
        _ key: String, _ change: MemoryChange, in place: Place, by caller: Caller
    ) async throws -> String {
        let (request, own) = (caller.request(ledger), try memory(key, in: place))
        try caller.grant.check(UpdateMemory(own, change))
        guard let read = try await found(own, request, { ReadMemory($0) }) else {
            throw CompatibleRefusal.memoryNotFound
        }
        guard !change.isEmpty else { return key }
        try await refusing { _ = try await request.perform(UpdateMemory(read.memory, change)) }
        return key
    }

    /// Moves a memory to another key. It counts an access to the memory, and one to what the new key means already.
    public func rename(
        _ old: String, to new: String, in place: Place, by caller: Caller
    ) async throws {
        let (request, own) = (caller.request(ledger), try memory(old, in: place))
        try caller.grant.check(RenameMemory(own, to: new))
        if old.hasSameBytes(as: new) { throw CompatibleRefusal.sameKeys }
        guard let read = try await found(own, request, { ReadMemory($0) }) else {
            throw CompatibleRefusal.memoryNotFound
        }
        let target = MemoryKey(namespace: own.namespace, key: new)
        if try await found(target, request, { ReadMemory($0) }) != nil { throw CompatibleRefusal.keyExists }
        try await refusing { _ = try await request.perform(RenameMemory(read.memory, to: new)) }
    }

    // MARK: What keys mean

    /// The namespace, and which key was read last; empty: none was.
    private func situation(_ place: Place) throws -> (namespace: String, last: String) {
        switch place {
        case .namespace(let name): return (name, "")
        case .session(let id):
            guard let session = sessions.session(id) else { throw CompatibleRefusal.invalidSession }
            return (session.namespace, session.lastMemoryKey)
        }
    }

    /// The memory that has the key in the place's namespace, if any has.
    private func memory(_ key: String, in place: Place) throws -> MemoryKey {
        MemoryKey(namespace: try situation(place).namespace, key: key)
    }

    /// What a read answers of the memory that a key means; nil if it means none that is shown. It looks for
    /// memories by their whole keys only if the namespace has none.
    private func found<Operation: MemoryRead>(
        _ own: MemoryKey, _ request: OperationRequest, _ operation: (MemoryKey) -> Operation
    ) async throws -> Operation.Result? {
        if let result = try await request.performIfThere(operation(own)) { return result }
        guard let migrated = try await request.migrated(own) else { return nil }
        return try await request.performIfThere(operation(migrated))
    }

    /// Reads what a key means, and counts before that the session's last memory was gone through, if that is there.
    ///
    /// - Parameter last: with an empty key if there is none.
    private func read(
        _ own: MemoryKey, through last: MemoryKey, _ request: OperationRequest
    ) async throws -> ReadMemory.Result? {
        guard !last.key.isEmpty else { return try await found(own, request) { ReadMemory($0) } }
        // Nearly always both are in the session's namespace.
        let (isLastThere, read) = try await request.performIfThere(ReadMemory(own), through: TraverseMemory(last))
        if let read { return read }
        if !isLastThere { _ = try await found(last, request) { TraverseMemory($0) } }
        return try await found(own, request) { ReadMemory($0) }
    }

    /// Others may have been there in between.
    private func refusing(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as MemoryLedgerError {
            switch error.code {
            case .notFound, .quarantined: throw CompatibleRefusal.memoryNotFound
            case .alreadyExists: throw CompatibleRefusal.keyExists
            case .sameKey: throw CompatibleRefusal.sameKeys
            default: throw error
            }
        }
    }
}

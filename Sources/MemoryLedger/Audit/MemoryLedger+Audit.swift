public import EventLog

extension MemoryReading {
    /// Runs a read, and writes down what it answered where reads are events.
    ///
    /// - Parameters:
    ///   - namespace: Where the memories are; nil: in all.
    ///   - describe: What was asked for, and the keys that were answered.
    /// - Throws: `EventLogError` with `actorRequired` before anything is read, or `readOnly` where it cannot be written
    ///   down; then nothing is answered.
    func audited<T>(
        _ operation: ReadOperation, _ namespace: String?, _ body: () async throws -> T,
        describe: (T) -> (query: JSONObject, keys: [String])
    ) async throws -> T {
        guard try source.parts.policy.mustAudit(source.attribution) else { return try await body() }
        let answer = try await body()
        let (query, keys) = describe(answer)
        try await audit(operation, namespace, query, keys)
        return answer
    }

    /// Writes down what was read.
    func audit(_ operation: ReadOperation, _ namespace: String?, _ query: JSONObject, _ keys: [String]) async throws {
        let record = ReadRecord(operation, query: query, answered: keys, asOf: source.moment?.position)
        try await source.parts.journal.write(
            AuditEvent.memoriesRead(record), to: AuditEvent.reads(namespace), by: source.attribution)
    }
}

extension MemoryLedger {
    /// What is demanded here: by the ledger itself, or by the options that it was opened with.
    ///
    /// - Throws: `EventLogError` where the tables cannot be read.
    public func policy() throws -> LedgerPolicy {
        try parts.policy.policy()
    }

    /// Demands something of everybody who has the ledger open, in any process, from the next append on; what is nil
    /// stays as it is. The change is an event itself, and needs an actor.
    ///
    ///     try await ledger.setPolicy(LedgerPolicyChange(requiresActor: true), by: Attribution(actor: "admin"))
    ///
    /// - Returns: what the ledger demands now.
    /// - Throws: `EventLogError.actorRequired`; `MemoryLedgerError.invalidArgument` where nothing is to be changed.
    @discardableResult
    public func setPolicy(_ change: LedgerPolicyChange, by attribution: Attribution) async throws -> LedgerPolicy {
        guard change != LedgerPolicyChange() else {
            throw MemoryLedgerError(.invalidArgument, "The policy stays as it is; say what to change.")
        }
        guard attribution.hasActor else { throw EventLogError.actorRequired }
        try await flushReads()
        try await commands.commit(to: LedgerPolicyChange.stream, by: attribution) { _ in [LogEvent.policySet(change)] }
        return try policy()
    }

    /// Writes down which memories were put into a context, by which an agent answered: the evidence of what it knew.
    /// Durable when the call returns, whether or not reads are audited.
    ///
    /// - Parameters:
    ///   - id: What the context is called: a session, a request.
    ///   - memories: The memories with their versions, at most `maximumContextEntries`.
    /// - Returns: the event's position.
    /// - Throws: `MemoryLedgerError.invalidArgument`, `MemoryLimitError`, `EventLogError`.
    @discardableResult
    public func recordContext(
        _ id: String, memories: [ContextEntry], by attribution: Attribution = Attribution()
    ) async throws -> Position {
        guard !id.isEmpty else {
            throw MemoryLedgerError(.invalidArgument, "The context has no name; give its session or request.")
        }
        guard (1...Self.maximumContextEntries).contains(memories.count) else {
            throw MemoryLedgerError(
                .invalidArgument,
                "A context holds 1 to \(Self.maximumContextEntries) memories (MemoryLedger.maximumContextEntries), "
                    + "not \(memories.count).")
        }
        var memories = memories
        for index in memories.indices {
            memories[index].memory = try await resolve(memories[index].memory)
            try options.limits.check(memories[index].memory)
        }
        return try await commands.append(
            [AuditEvent.contextComposed(memories)], to: AuditEvent.context(id), by: attribution)
    }

    /// Memories of one context.
    public static let maximumContextEntries = 10_000
}

import EventLog
public import MemoryLedger

extension AgentContext {
    /// Makes a user, if there is none of the name.
    ///
    /// - Returns: whether there was none.
    /// - Throws: `MemoryLedgerError.invalidArgument`, and what appending throws.
    @discardableResult
    public func addUser(_ name: String, in namespace: String = MemoryKey.defaultNamespace) async throws -> Bool {
        try check(name: name, "The user")
        let stream = UsersModule.family.stream(namespace, name)
        let made = try await ledger.commit(
            to: [stream] + SessionProtection.streams, by: attribution, isRestricted: true
        ) { tables, _ in
            guard try !People.has(user: name, namespace, tables) else { return [] }
            return try SessionProtection.changes(in: namespace, ledger, tables)
                + [StreamChange(stream, [UserEvent.added])]
        }
        return !made.ids.isEmpty
    }

    /// Sets what a role says and how it is set, in the sessions that have it, too.
    ///
    /// - Parameters:
    ///   - prompt: nil: as it was, or none.
    ///   - tokens: as the model counts them; nil: they are estimated.
    ///   - settings: nil: as they were, or none.
    /// - Throws: `MemoryLedgerError.invalidArgument`, and what appending throws.
    public func setRole(
        _ name: String, prompt: String? = nil, tokens: Int? = nil, settings: JSONObject? = nil,
        in namespace: String = MemoryKey.defaultNamespace
    ) async throws {
        try check(name: name, "The role")
        if let prompt { try check(prompt, "A role's prompt", bytes: ContextLimits.contentBytes, tokens: tokens) }
        try check(settings: settings)
        try await ledger.commit(to: RolesModule.family.stream(namespace, name), by: attribution) { tables in
            let former = try People.role(name, namespace, tables)?.role
            var role = former ?? AgentRole()
            if let prompt { role.systemPrompt = counted(prompt, tokens) }
            if let settings { role.settings = settings }
            return role == former ? [] : [RoleEvent.set(role)]
        }
    }

    /// Removes a role. Sessions that have it go on without instructions.
    ///
    /// - Throws: `AgentContextError.noRole`.
    public func removeRole(_ name: String, in namespace: String = MemoryKey.defaultNamespace) async throws {
        try await ledger.commit(to: RolesModule.family.stream(namespace, name), by: attribution) { tables in
            guard try People.role(name, namespace, tables) != nil else {
                throw AgentContextError(.noRole, "There is no role \(name) in namespace \(namespace).")
            }
            return [RoleEvent.removed]
        }
    }

    /// Says what an agent is.
    ///
    /// - Parameters:
    ///   - description: nil: as it was, or none.
    ///   - settings: nil: as they were, or none.
    /// - Throws: `MemoryLedgerError.invalidArgument`, and what appending throws.
    public func setAgent(
        _ name: String, description: String? = nil, settings: JSONObject? = nil,
        in namespace: String = MemoryKey.defaultNamespace
    ) async throws {
        try check(name: name, "The agent")
        if let description { try check(description, "A description", bytes: ContextLimits.contentBytes) }
        try check(settings: settings)
        try await ledger.commit(to: AgentsModule.family.stream(namespace, name), by: attribution) { tables in
            let former = try People.agent(name, namespace, tables)?.agent
            var agent = former ?? Agent()
            if let description { agent.description = description }
            if let settings { agent.settings = settings }
            return agent == former ? [] : [AgentEvent.set(agent)]
        }
    }

    /// Removes what is said of an agent. Its sessions and blocks stay.
    ///
    /// - Throws: `AgentContextError.noAgent`.
    public func removeAgent(_ name: String, in namespace: String = MemoryKey.defaultNamespace) async throws {
        try await ledger.commit(to: AgentsModule.family.stream(namespace, name), by: attribution) { tables in
            guard try People.has(agent: name, namespace, tables) else {
                throw AgentContextError.noAgent(name, namespace)
            }
            return [AgentEvent.removed]
        }
    }

    private func check(settings: JSONObject?) throws {
        guard let settings else { return }
        try check(JSONValue.object(settings).description, "Settings", bytes: ContextLimits.metadataBytes)
    }

    /// Sets a key of the configuration; nil: its default holds again.
    ///
    /// - Throws: `MemoryLedgerError.invalidArgument`, and what appending throws.
    public func configure(_ key: ConfigurationKey, _ value: Int64?) async throws {
        if let value { try key.check(value) }
        try await ledger.commit(to: ConfigurationModule.stream(key), by: attribution) { tables in
            let former = try Configuration.set(key, tables)
            guard former != value else { return [] }
            return [value.map { .set(JSONValue($0)) } ?? ConfigurationEvent.unset]
        }
    }
}

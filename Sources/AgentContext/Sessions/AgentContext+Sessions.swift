import EventLog
import LedgerStorage
public import MemoryLedger

/// A session that is to be opened. What it does not say, the configuration does.
public struct SessionRequest: Hashable, Sendable {
    public var namespace: String
    /// Made if there is none of the name.
    public var user: String
    /// Made if there is none of the name, without instructions.
    public var role: String
    public var agent: String?
    public var budget: Int?
    public var warnPercent: Int?
    public var flushPercent: Int?
    public var evictionPercent: Int?
    /// Seconds until it expires, if it is not touched; 0: it does not.
    public var lifetimeSeconds: Int64?

    public init(namespace: String = MemoryKey.defaultNamespace, user: String, role: String) {
        (self.namespace, self.user, self.role) = (namespace, user, role)
    }
}

extension SessionState {
    /// Whom its events are protected for. What is left of one that was erased elsewhere has no user.
    var users: [String] { user.isEmpty ? [] : [user] }

    /// Where it is, and its id.
    public var key: MemoryKey { MemoryKey(namespace: namespace, key: id) }
}

extension AgentContext {
    /// Opens a session; makes its user and its role if they are missing.
    ///
    /// - Throws: `MemoryLedgerError.invalidArgument`, and what appending throws.
    public func open(_ request: SessionRequest) async throws -> SessionState {
        try check(name: request.user, "The user")
        try check(name: request.role, "The role")
        if let agent = request.agent { try check(name: agent, "The agent") }
        let now = now
        let key = MemoryKey(
            namespace: request.namespace, key: ledger.options.ids.next(at: now).description)
        let user = UsersModule.family.stream(request.namespace, request.user)
        let role = RolesModule.family.stream(request.namespace, request.role)
        let stream = SessionsModule.family.stream(key.namespace, key.key)
        try await ledger.commit(
            to: [user, role, stream] + SessionProtection.streams, by: attribution, isRestricted: true
        ) { tables, _ in
            var opening = SessionOpening(user: request.user, role: request.role)
            opening.agent = request.agent
            opening.settings = try settings(request, tables)
            let seconds = try request.lifetimeSeconds ?? Configuration.value(of: .lifetimeSeconds, tables)
            try ConfigurationKey.lifetimeSeconds.check(seconds)
            opening.lifetimeSeconds = seconds
            opening.expiresAt = seconds == 0 ? nil : Timestamp(milliseconds: now.milliseconds + seconds * 1_000)
            var appends = [StreamChange(stream, [SessionEvent.opened(opening)], for: [request.user])]
            if try !People.has(user: request.user, request.namespace, tables) {
                appends.append(StreamChange(user, [UserEvent.added]))
            }
            if try People.role(request.role, request.namespace, tables) == nil {
                appends.append(StreamChange(role, [RoleEvent.set(AgentRole())]))
            }
            // Those that the session names come first.
            return try SessionProtection.changes(in: key.namespace, ledger, tables) + appends.reversed()
        }
        return try await session(key)
    }

    private func settings(_ request: SessionRequest, _ tables: SQLiteConnection) throws -> SessionSettings {
        var settings = SessionSettings()
        settings.budget = try request.budget ?? Int(Configuration.value(of: .budget, tables))
        settings.warnPercent = try request.warnPercent ?? Int(Configuration.value(of: .warnPercent, tables))
        settings.flushPercent = try request.flushPercent ?? Int(Configuration.value(of: .flushPercent, tables))
        settings.evictionPercent = try request.evictionPercent ?? Int(Configuration.value(of: .evictionPercent, tables))
        try settings.check()
        return settings
    }

    /// - Throws: `AgentContextError.noSession`.
    public func session(_ session: MemoryKey) async throws -> SessionState {
        try await ledger.readContext(session.namespace) { try SessionRows.get(session, $0) }
    }

    /// Lets a session live on, from now as long as it was to live when it was opened or touched last, or as long as is
    /// said.
    ///
    /// - Parameter seconds: 0: it does not expire any more.
    /// - Throws: `AgentContextError` with `noSession` or `sessionEnded`.
    public func touch(_ session: MemoryKey, seconds: Int64? = nil) async throws -> SessionState {
        try await change(session) { state, _ in
            let asked = seconds ?? state.lifetimeSeconds
            try ConfigurationKey.lifetimeSeconds.check(asked)
            let end = asked == 0 ? nil : Timestamp(milliseconds: now.milliseconds + asked * 1_000)
            return .touched(expiresAt: end, lifetimeSeconds: asked)
        }
    }

    /// Changes a session's budget and thresholds.
    ///
    /// - Throws: `MemoryLedgerError.invalidArgument`; `AgentContextError` with `noSession` or `sessionEnded`.
    public func configure(
        _ session: MemoryKey, _ change: @Sendable (inout SessionSettings) -> Void
    ) async throws -> SessionState {
        try await self.change(session) { state, _ in
            var settings = state.settings
            change(&settings)
            try settings.check()
            return settings == state.settings ? nil : .configured(settings)
        }
    }

    /// Ends a session. What was said in it stays.
    ///
    /// - Throws: `AgentContextError` with `noSession` or `sessionEnded`.
    public func close(_ session: MemoryKey, reason: String? = nil) async throws -> SessionState {
        if let reason { try check(reason, "A reason", bytes: ContextLimits.contentBytes) }
        return try await change(session) { _, _ in .closed(reason: reason) }
    }

    private func change(
        _ session: MemoryKey, _ decide: (SessionState, SQLiteConnection) throws -> SessionEvent?
    ) async throws -> SessionState {
        let now = now
        let stream = SessionsModule.family.stream(session.namespace, session.key)
        try await ledger.commit(to: [stream], by: attribution) {
            let state = try SessionRows.open(session, at: now, $0)
            return try decide(state, $0).map { [StreamChange(stream, [$0], for: state.users)] } ?? []
        }
        return try await self.session(session)
    }
}

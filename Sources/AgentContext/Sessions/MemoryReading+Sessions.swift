public import EventLog
import LedgerStorage
public import MemoryLedger

/// A page of sessions, the oldest first.
public struct SessionPage: Hashable, Sendable {
    public var sessions: [SessionState]
    /// The position of the event that opened the last one; nil: there are no more.
    public var next: Position?
    /// What the clock says at the moment that was read: `SessionState.isOpen`.
    public var at: Timestamp
}

extension MemoryReading {
    /// - Throws: `AgentContextError.noSession`.
    public func session(_ session: MemoryKey) async throws -> SessionState {
        try await readContext(session.namespace) { try turn(of: session, withRows: false, $0).state }
    }

    /// - Parameters:
    ///   - after: the `next` of the page before.
    ///   - limit: 1 to `ContextLimits.pageEntries`.
    public func sessions(
        _ filter: SessionFilter, after: Position = 0, limit: Int = 100
    ) async throws -> SessionPage {
        let limit = min(max(limit, 1), ContextLimits.pageEntries)
        let now = source.now
        return try await readContext(filter.namespace) { tables in
            let found = try SessionRows.list(filter, after: after, limit: limit + 1, now: now, tables)
            let page = found.prefix(limit)
            return SessionPage(
                sessions: page.map(\.state), next: found.count > limit ? page.last?.position : nil, at: now)
        }
    }

    /// - Parameter name: the first one's, or what comes before it.
    public func users(in namespace: String, from name: String = "", limit: Int = 100) async throws
        -> NamedPage<ListedUser>
    {
        try await named(in: namespace, limit: limit, name: \.name) {
            try People.users(namespace, from: name, limit: $0, $1)
        }
    }

    /// - Parameter name: the first one's, or what comes before it.
    public func roles(in namespace: String, from name: String = "", limit: Int = 100) async throws
        -> NamedPage<ListedRole>
    {
        try await named(in: namespace, limit: limit, name: \.name) {
            try People.roles(namespace, from: name, limit: $0, $1)
        }
    }

    /// - Parameter name: the first one's, or what comes before it.
    public func agents(in namespace: String, from name: String = "", limit: Int = 100) async throws
        -> NamedPage<ListedAgent>
    {
        try await named(in: namespace, limit: limit, name: \.name) {
            try People.agents(namespace, from: name, limit: $0, $1)
        }
    }

    /// - Throws: `AgentContextError.noRole`.
    public func role(_ name: String, in namespace: String) async throws -> ListedRole {
        try await readContext(namespace) { tables in
            guard let role = try People.role(name, namespace, tables) else {
                throw AgentContextError(.noRole, "There is no role \(name) in namespace \(namespace).")
            }
            return role
        }
    }

    /// What holds of each key, and what was set.
    public func configuration() async throws -> [ConfigurationValue] {
        try await readContext(ConfigurationModule.namespace) { tables in
            try ConfigurationKey.all.map { key in
                let set = try Configuration.set(key, tables)
                return ConfigurationValue(key: key, value: set ?? key.fallback, isSet: set != nil)
            }
        }
    }

    func named<Entry: Hashable & Sendable>(
        in namespace: String, limit: Int, name: (Entry) -> String, _ read: (Int, SQLiteConnection) throws -> [Entry]
    ) async throws -> NamedPage<Entry> {
        let limit = min(max(limit, 1), ContextLimits.pageEntries)
        return try await readContext(namespace) { tables in
            var entries = try read(limit + 1, tables)
            let next = entries.count > limit ? entries.removeLast() : nil
            return NamedPage(entries: entries, next: next.map(name))
        }
    }
}

/// What holds of a key of the configuration.
public struct ConfigurationValue: Hashable, Sendable {
    public var key: ConfigurationKey
    public var value: Int64
    /// Not its default.
    public var isSet: Bool
}

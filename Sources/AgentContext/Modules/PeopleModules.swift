public import EventLog
public import LedgerStorage
public import MemoryLedger

/// Those whom agents talk with.
public struct UsersModule: ContextModule {
    public typealias Event = UserEvent
    struct Subject {}

    static let family = StreamFamily("users")
    static let finding = "SELECT username FROM users WHERE namespace = ? AND username = ?"

    public let events = [
        EventDefinition(
            UserEvent.Name.added, undoing: .never("sessions name their users; `erase --user` takes what is theirs"),
            importing: .decided, holdsOnlyNames: true)
    ]

    public init() {}

    public func remains(of type: EventType) -> UserEvent? { type == UserEvent.Name.added ? .added : nil }

    /// What was made in the users' sessions, too.
    public func subjects(from source: Provenance.Source, in tables: SQLiteConnection) throws -> [Position] {
        guard source.kind == .user else { return [] }
        let find = try tables.statement("SELECT position FROM user_subjects WHERE username = ? ORDER BY position")
        find.bind(1, source.name)
        defer { find.reset() }
        var positions: [Position] = []
        while try find.step() { positions.append(find.int64(0)) }
        return positions
    }

    /// What would be protected if it were said here must not come in plain.
    public func decideImport(
        _ event: UserEvent, in stream: StreamName, _ ledger: MemoryLedger
    ) async throws -> ImportDecision {
        guard let namespace = Self.family.subject(stream)?.namespace else { return .leftOut }
        guard try await ledger.readTables({ try SessionProtection.isDemanded($0) }),
            try ledger.protection(of: namespace) != nil
        else { return .taken }
        throw ImportRefusal(
            "this ledger protects the sessions of all users, and namespace \(namespace) is not protected; protect it "
                + "first, or what follows would be written unencrypted.")
    }

    public func statistics(_ tables: SQLiteConnection) throws -> JSONObject { try counts(tables, ["users": "users"]) }
}

extension UsersModule.Subject: StreamSubject {
    static func applying(_ event: UserEvent, to user: Self?) -> Self? { Self() }
    var fields: JSONObject { [:] }
    init(fields: JSONObject) throws {}
    static func events(from old: Self?, to new: Self?) -> [UserEvent] { old == nil && new != nil ? [.added] : [] }
}

/// What agents are in their sessions.
public struct RolesModule: ContextModule {
    public typealias Event = RoleEvent
    typealias Subject = AgentRole

    static let family = StreamFamily("roles")
    static let finding = "SELECT system_prompt FROM roles WHERE namespace = ? AND name = ?"

    public let events = [
        EventDefinition(RoleEvent.Name.set, step: .returns), EventDefinition(RoleEvent.Name.removed, step: .ends),
    ]

    public init() {}

    public func remains(of type: EventType) -> RoleEvent? {
        switch type {
        case RoleEvent.Name.set: .set(AgentRole(systemPrompt: .erased))
        case RoleEvent.Name.removed: .removed
        default: nil
        }
    }

    public func statistics(_ tables: SQLiteConnection) throws -> JSONObject { try counts(tables, ["roles": "roles"]) }
}

/// Those who act in sessions.
public struct AgentsModule: ContextModule {
    public typealias Event = AgentEvent
    typealias Subject = Agent

    static let family = StreamFamily("agents")
    static let finding = "SELECT description FROM agents WHERE namespace = ? AND name = ?"

    public let events = [
        EventDefinition(AgentEvent.Name.set, step: .returns), EventDefinition(AgentEvent.Name.removed, step: .ends),
        EventDefinition(AgentEvent.Name.imported, undoing: .withoutEffect),
    ]

    public init() {}

    public func remains(of type: EventType) -> AgentEvent? {
        switch type {
        case AgentEvent.Name.set: .set(Agent(description: CountedText.erased.text))
        case AgentEvent.Name.removed: .removed
        default: nil
        }
    }

    public func statistics(_ tables: SQLiteConnection) throws -> JSONObject { try counts(tables, ["agents": "agents"]) }
}

/// What holds for new sessions and blocks.
public struct ConfigurationModule: ContextModule {
    public typealias Event = ConfigurationEvent
    typealias Subject = ConfiguredValue

    static let family = StreamFamily("configuration")
    static let finding = "SELECT name FROM configuration WHERE ?1 <> '' AND name = ?2"
    /// It is of the ledger as a whole; streams want a namespace.
    static let namespace = "system"

    static func stream(_ key: ConfigurationKey) -> StreamName { family.stream(namespace, key.name) }

    public let events = [
        EventDefinition(ConfigurationEvent.Name.set, step: .returns),
        EventDefinition(ConfigurationEvent.Name.unset, step: .ends),
    ]

    public init() {}

    public func remains(of type: EventType) -> ConfigurationEvent? {
        type == ConfigurationEvent.Name.unset ? .unset : nil
    }
}

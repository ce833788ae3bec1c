import EventLog
public import LedgerOperations
public import MemoryLedger

/// Makes a user, if there is none of the name.
public struct AddUser: LedgerOperation, Hashable {
    public var user: String
    public var namespace: String

    public init(_ user: String, in namespace: String = MemoryKey.defaultNamespace) {
        (self.user, self.namespace) = (user, namespace)
    }

    public static let name = "user.add"
    public static let summary = "Make a user."
    public static let parameters: [any OperationParameter] = [ContextParameters.namespace, ContextParameters.user]
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.namespace
    public static let errors: [OperationErrorCode] = []

    public var namespaces: [String]? { [namespace] }

    public init(_ arguments: OperationArguments) throws {
        user = try arguments[ContextParameters.user]
        namespace = try arguments[ContextParameters.namespace]
    }

    public func run(in request: OperationRequest) async throws -> NamedDocument {
        let isNew = try await AgentContext(request).addUser(user, in: namespace)
        return NamedDocument(namespace: namespace, kind: "user", name: user, isNew: isNew)
    }
}

/// Sets what a role says.
public struct SetRole: LedgerOperation, Hashable {
    public var role: String
    public var namespace: String
    public var prompt: String?
    public var tokens: Int?
    public var settings: JSONObject?

    public init(_ role: String, prompt: String? = nil, in namespace: String = MemoryKey.defaultNamespace) {
        (self.role, self.prompt, self.namespace) = (role, prompt, namespace)
    }

    private static let prompt = Parameter(
        "system_prompt", optional: ArgumentType<String>.string, "What the agent is told; it cannot change it.")
    static let settings = Parameter(
        "settings", optional: ArgumentType<JSONObject>.anyObject, "What it is set to; it means what you make of it.")

    public static let name = "role.set"
    public static let summary = "Set what an agent is told in a role, in the sessions that have it, too."
    public static let parameters: [any OperationParameter] = [
        ContextParameters.namespace, ContextParameters.role, prompt, ContextParameters.tokens, settings,
    ]
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.namespace
    public static let errors: [OperationErrorCode] = [.noRole]

    public var namespaces: [String]? { [namespace] }

    public init(_ arguments: OperationArguments) throws {
        role = try arguments[ContextParameters.role]
        namespace = try arguments[ContextParameters.namespace]
        prompt = try arguments[Self.prompt]
        tokens = try arguments[ContextParameters.tokens]
        settings = try arguments[Self.settings]
    }

    public func run(in request: OperationRequest) async throws -> RoleDocument {
        try await AgentContext(request).setRole(
            role, prompt: prompt, tokens: tokens, settings: settings, in: namespace)
        return RoleDocument(namespace: namespace, role: try await request.ledger.role(role, in: namespace))
    }
}

/// A role as a document.
public struct RoleDocument: Hashable, Sendable, DescribedResult {
    public var namespace: String
    public var role: ListedRole

    package static let members: [DocumentMember] = [
        .init("namespace", .string), .init("role", .string), .init("system_prompt", .string),
        .init("tokens", .integer), .init("settings", .object),
    ]

    /// `{"namespace", "role", "system_prompt", "tokens", "settings", "created_at", "updated_at"}`.
    public func document() -> JSONValue {
        let namespace = JSONObject.Member(name: "namespace", value: .string(namespace))
        return .object(JSONObject([namespace] + (role.entryJSON.object?.members ?? [])))
    }
}

/// Shows a role.
public struct ShowRole: LedgerOperation, Hashable {
    public var role: String
    public var namespace: String
    public var moment: ReadMoment

    public init(_ role: String, in namespace: String = MemoryKey.defaultNamespace, _ moment: ReadMoment = .now) {
        (self.role, self.namespace, self.moment) = (role, namespace, moment)
    }

    public static let name = "role.show"
    public static let summary = "Show what an agent is told in a role."
    public static let parameters: [any OperationParameter] =
        [ContextParameters.namespace, ContextParameters.role] + ReadMoment.parameters
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.namespace
    public static let errors: [OperationErrorCode] = [.noRole, .log(.unknownMoment)]

    public var namespaces: [String]? { [namespace] }

    public init(_ arguments: OperationArguments) throws {
        role = try arguments[ContextParameters.role]
        namespace = try arguments[ContextParameters.namespace]
        moment = try ReadMoment(arguments)
    }

    public func run(in request: OperationRequest) async throws -> RoleDocument {
        let reading = try await request.reading(moment, of: namespaces)
        return RoleDocument(namespace: namespace, role: try await reading.role(role, in: namespace))
    }
}

/// Removes a role. Its sessions go on without instructions.
public struct RemoveRole: LedgerOperation, Hashable {
    public var role: String
    public var namespace: String

    public init(_ role: String, in namespace: String = MemoryKey.defaultNamespace) {
        (self.role, self.namespace) = (role, namespace)
    }

    public static let name = "role.remove"
    public static let summary = "Remove a role; its sessions go on without instructions."
    public static let parameters: [any OperationParameter] = [ContextParameters.namespace, ContextParameters.role]
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.namespace
    public static let errors: [OperationErrorCode] = [.noRole]

    public var namespaces: [String]? { [namespace] }

    public init(_ arguments: OperationArguments) throws {
        role = try arguments[ContextParameters.role]
        namespace = try arguments[ContextParameters.namespace]
    }

    public func run(in request: OperationRequest) async throws -> NamedDocument {
        try await AgentContext(request).removeRole(role, in: namespace)
        return NamedDocument(namespace: namespace, kind: "role", name: role, isRemoved: true)
    }
}

/// Says what an agent is.
public struct SetAgent: LedgerOperation, Hashable {
    public var agent: String
    public var namespace: String
    public var description: String?
    public var settings: JSONObject?

    public init(_ agent: String, description: String? = nil, in namespace: String = MemoryKey.defaultNamespace) {
        (self.agent, self.description, self.namespace) = (agent, description, namespace)
    }

    private static let description = Parameter(
        "description", optional: ArgumentType<String>.string, "What it is for.")

    public static let name = "agent.set"
    public static let summary = "Say what an agent is for, and how it is set."
    public static let parameters: [any OperationParameter] = [
        ContextParameters.namespace, ContextParameters.agent, description, SetRole.settings,
    ]
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.namespace
    public static let errors: [OperationErrorCode] = []

    public var namespaces: [String]? { [namespace] }

    public init(_ arguments: OperationArguments) throws {
        agent = try arguments[ContextParameters.agent]
        namespace = try arguments[ContextParameters.namespace]
        description = try arguments[Self.description]
        settings = try arguments[SetRole.settings]
    }

    public func run(in request: OperationRequest) async throws -> NamedDocument {
        try await AgentContext(request).setAgent(agent, description: description, settings: settings, in: namespace)
        return NamedDocument(namespace: namespace, kind: "agent", name: agent)
    }
}

/// Removes what is said of an agent. Its sessions and blocks stay.
public struct RemoveAgent: LedgerOperation, Hashable {
    public var agent: String
    public var namespace: String

    public init(_ agent: String, in namespace: String = MemoryKey.defaultNamespace) {
        (self.agent, self.namespace) = (agent, namespace)
    }

    public static let name = "agent.remove"
    public static let summary = "Remove what is said of an agent; its sessions and blocks stay."
    public static let parameters: [any OperationParameter] = [ContextParameters.namespace, ContextParameters.agent]
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.namespace
    public static let errors: [OperationErrorCode] = [.noAgent]

    public var namespaces: [String]? { [namespace] }

    public init(_ arguments: OperationArguments) throws {
        agent = try arguments[ContextParameters.agent]
        namespace = try arguments[ContextParameters.namespace]
    }

    public func run(in request: OperationRequest) async throws -> NamedDocument {
        try await AgentContext(request).removeAgent(agent, in: namespace)
        return NamedDocument(namespace: namespace, kind: "agent", name: agent, isRemoved: true)
    }
}

/// Lists what has names, in their order.
public struct ListNamed<Entry: ListedByName>: LedgerOperation, Hashable {
    public var namespace: String
    /// The name to begin with.
    public var from: String
    public var limit: Int
    public var moment: ReadMoment

    public init(
        in namespace: String = MemoryKey.defaultNamespace, from: String = "", limit: Int = 20,
        _ moment: ReadMoment = .now
    ) {
        (self.namespace, self.from, self.limit, self.moment) = (namespace, from, limit, moment)
    }

    private static var first: Parameter<String> {
        Parameter("after", .string, default: "", "The former page's `next`.")
    }

    public static var name: String { Entry.operation }
    public static var summary: String { "List the \(Entry.listName) of a namespace, in the order of their names." }
    public static var parameters: [any OperationParameter] {
        [ContextParameters.namespace, first, ContextParameters.limit] + ReadMoment.parameters
    }
    public static var access: OperationAccess { .reads }
    public static var scope: OperationScope { .namespace }
    public static var errors: [OperationErrorCode] { [.log(.unknownMoment)] }

    public var namespaces: [String]? { [namespace] }

    public init(_ arguments: OperationArguments) throws {
        namespace = try arguments[ContextParameters.namespace]
        from = try arguments[Self.first]
        limit = try arguments[ContextParameters.limit]
        moment = try ReadMoment(arguments)
    }

    public func run(in request: OperationRequest) async throws -> ListDocument<NamedPage<Entry>> {
        let reading = try await request.reading(moment, of: namespaces)
        return ListDocument(entries: try await Entry.page(in: namespace, from: from, limit: limit, reading))
    }
}

/// What `ListNamed` lists.
public protocol ListedByName: NamedEntry {
    /// Its name.
    static var operation: String { get }
    static func page(
        in namespace: String, from name: String, limit: Int, _ reading: some MemoryReading
    ) async throws -> NamedPage<Self>
}

public typealias ListUsers = ListNamed<ListedUser>
public typealias ListRoles = ListNamed<ListedRole>
public typealias ListAgents = ListNamed<ListedAgent>
public typealias ListArchives = ListNamed<ArchiveSummary>

extension ListedUser: ListedByName {
    public static var operation: String { "user.list" }
    public static func page(
        in namespace: String, from name: String, limit: Int, _ reading: some MemoryReading
    ) async throws -> NamedPage<Self> { try await reading.users(in: namespace, from: name, limit: limit) }
}

extension ListedRole: ListedByName {
    public static var operation: String { "role.list" }
    public static func page(
        in namespace: String, from name: String, limit: Int, _ reading: some MemoryReading
    ) async throws -> NamedPage<Self> { try await reading.roles(in: namespace, from: name, limit: limit) }
}

extension ListedAgent: ListedByName {
    public static var operation: String { "agent.list" }
    public static func page(
        in namespace: String, from name: String, limit: Int, _ reading: some MemoryReading
    ) async throws -> NamedPage<Self> { try await reading.agents(in: namespace, from: name, limit: limit) }
}

extension ArchiveSummary: ListedByName {
    public static var operation: String { "archive.names" }
    public static func page(
        in namespace: String, from name: String, limit: Int, _ reading: some MemoryReading
    ) async throws -> NamedPage<Self> { try await reading.archives(in: namespace, from: name, limit: limit) }
}

/// Shows the configuration: what holds, and what was set.
public struct ListConfiguration: LedgerOperation, Hashable {
    public var moment: ReadMoment

    public init(_ moment: ReadMoment = .now) { self.moment = moment }

    public static let name = "configuration.list"
    public static let summary = "Show what holds for new sessions and blocks."
    public static let parameters = ReadMoment.parameters
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.ledger
    public static let errors: [OperationErrorCode] = [.log(.unknownMoment)]

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) throws { moment = try ReadMoment(arguments) }

    public func run(in request: OperationRequest) async throws -> ConfigurationDocument {
        let reading = try await request.reading(moment, of: namespaces)
        return ConfigurationDocument(values: try await reading.configuration())
    }
}

/// Sets a key of the configuration, or lets its default hold again.
public struct SetConfiguration: LedgerOperation, Hashable {
    public var key: ConfigurationKey
    /// Nil: the default.
    public var value: Int64?

    public init(_ key: ConfigurationKey, _ value: Int64?) { (self.key, self.value) = (key, value) }

    private static let keyParameter: Parameter<ConfigurationKey> = {
        let names = ConfigurationKey.all.map(\.name)
        let type = ArgumentType<String>.string.mapping(
            "one of \(names.joined(separator: ", "))", as: .choice(names)
        ) { name in ConfigurationKey.all.first { $0.name == name } }
        return Parameter("name", type, "Which.")
    }()
    private static let valueParameter = Parameter(
        "value", optional: ArgumentType<Int64>.integer(0...Int64.max), "What it is set to; without it its default.")

    public static let name = "configuration.set"
    public static let summary = "Set what holds for new sessions and blocks."
    public static let parameters: [any OperationParameter] = [keyParameter, valueParameter]
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.ledger
    public static let errors: [OperationErrorCode] = []

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) throws {
        key = try arguments[Self.keyParameter]
        value = try arguments[Self.valueParameter]
    }

    public func run(in request: OperationRequest) async throws -> ConfigurationDocument {
        try await AgentContext(request).configure(key, value)
        return ConfigurationDocument(values: try await request.ledger.configuration())
    }
}

/// The configuration as a document.
public struct ConfigurationDocument: Hashable, Sendable, DescribedResult {
    public var values: [ConfigurationValue]

    package static let members: [DocumentMember] = [.init("configuration", .objects)]

    /// `{"configuration": [{"name", "value", "default", "set", "help"}]}`.
    public func document() -> JSONValue {
        [
            "configuration": .array(
                values.map {
                    [
                        "name": .string($0.key.name), "value": JSONValue($0.value),
                        "default": JSONValue($0.key.fallback), "set": .bool($0.isSet), "help": .string($0.key.help),
                    ]
                })
        ]
    }
}

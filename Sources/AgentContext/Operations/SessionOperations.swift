public import EventLog
public import LedgerOperations
public import MemoryLedger

/// Opens a session; makes its user and its role if they are missing.
///
///     let opened = try await OpenSession(SessionRequest(user: "ann", role: "helper")).run(in: request)
public struct OpenSession: LedgerOperation, Hashable {
    public var session: SessionRequest

    public init(_ session: SessionRequest) { self.session = session }

    private static let agent = Parameter("agent", optional: ArgumentType<String>.name, "The agent that acts in it.")

    public static let name = "session.open"
    public static let summary = "Open a session of a user with a role; both are made if they are missing."
    public static let parameters: [any OperationParameter] = [
        ContextParameters.namespace, ContextParameters.user, ContextParameters.role, agent, ContextParameters.budget,
        ContextParameters.warnPercent, ContextParameters.flushPercent, ContextParameters.evictionPercent,
        ContextParameters.lifetime,
    ]
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.namespace
    public static let errors: [OperationErrorCode] = []

    public var namespaces: [String]? { [session.namespace] }

    public init(_ arguments: OperationArguments) throws {
        session = SessionRequest(
            namespace: try arguments[ContextParameters.namespace], user: try arguments[ContextParameters.user],
            role: try arguments[ContextParameters.role])
        session.agent = try arguments[Self.agent]
        session.budget = try arguments[ContextParameters.budget]
        session.warnPercent = try arguments[ContextParameters.warnPercent]
        session.flushPercent = try arguments[ContextParameters.flushPercent]
        session.evictionPercent = try arguments[ContextParameters.evictionPercent]
        session.lifetimeSeconds = try arguments[ContextParameters.lifetime]
    }

    public func run(in request: OperationRequest) async throws -> SessionDocument {
        let context = AgentContext(request)
        return SessionDocument(
            state: try await context.open(session), isProtected: try context.protects(session.namespace))
    }
}

/// Shows a session: whose it is, and how full its context is.
public struct ShowSession: LedgerOperation, Hashable {
    public var session: MemoryKey
    public var moment: ReadMoment

    public init(_ session: MemoryKey, _ moment: ReadMoment = .now) { (self.session, self.moment) = (session, moment) }

    public static let name = "session.show"
    public static let summary = "Show a session: whose it is, and how full its context is."
    public static let parameters: [any OperationParameter] =
        [ContextParameters.namespace, ContextParameters.session] + ReadMoment.parameters
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.namespace
    public static let errors: [OperationErrorCode] = [.noSession, .log(.unknownMoment)]

    public var namespaces: [String]? { [session.namespace] }

    public init(_ arguments: OperationArguments) throws {
        session = try arguments.session()
        moment = try ReadMoment(arguments)
    }

    public func run(in request: OperationRequest) async throws -> SessionDocument {
        let reading = try await request.reading(moment, of: namespaces)
        return SessionDocument(state: try await reading.session(session))
    }
}

/// Lists sessions, the oldest first.
public struct ListSessions: LedgerOperation, Hashable {
    public var filter: SessionFilter
    public var limit: Int
    public var after: Position
    public var moment: ReadMoment

    public init(_ filter: SessionFilter, limit: Int = 20, after: Position = 0, _ moment: ReadMoment = .now) {
        (self.filter, self.limit, self.after, self.moment) = (filter, limit, after, moment)
    }

    private static let user = Parameter("user", optional: ArgumentType<String>.name, "Only of this user.")
    private static let role = Parameter("role", optional: ArgumentType<String>.name, "Only with this role.")
    private static let agent = Parameter("agent", optional: ArgumentType<String>.name, "Only of this agent.")
    private static let open = Parameter("open", .boolean, default: false, "Only those that are open.")

    public static let name = "session.list"
    public static let summary = "List sessions, the oldest first."
    public static let parameters: [any OperationParameter] =
        [
            ContextParameters.namespace, user, role, agent, open, ContextParameters.limit,
            ContextParameters.afterPosition,
        ] + ReadMoment.parameters
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.namespace
    public static let errors: [OperationErrorCode] = [.log(.unknownMoment)]

    public var namespaces: [String]? { [filter.namespace] }

    public init(_ arguments: OperationArguments) throws {
        filter = SessionFilter(namespace: try arguments[ContextParameters.namespace])
        filter.user = try arguments[Self.user]
        filter.role = try arguments[Self.role]
        filter.agent = try arguments[Self.agent]
        filter.onlyOpen = try arguments[Self.open]
        limit = try arguments[ContextParameters.limit]
        after = try arguments[ContextParameters.afterPosition] ?? 0
        moment = try ReadMoment(arguments)
    }

    public func run(in request: OperationRequest) async throws -> ListDocument<SessionPage> {
        let reading = try await request.reading(moment, of: namespaces)
        return ListDocument(entries: try await reading.sessions(filter, after: after, limit: limit))
    }
}

/// Lets a session live on.
public struct TouchSession: LedgerOperation, Hashable {
    public var session: MemoryKey
    public var seconds: Int64?

    public init(_ session: MemoryKey, seconds: Int64? = nil) { (self.session, self.seconds) = (session, seconds) }

    public static let name = "session.touch"
    public static let summary = "Let a session live on, from now."
    public static let parameters: [any OperationParameter] = [
        ContextParameters.namespace, ContextParameters.session, ContextParameters.lifetime,
    ]
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.namespace
    public static let errors = OperationErrorCode.ofSessions

    public var namespaces: [String]? { [session.namespace] }

    public init(_ arguments: OperationArguments) throws {
        session = try arguments.session()
        seconds = try arguments[ContextParameters.lifetime]
    }

    public func run(in request: OperationRequest) async throws -> SessionDocument {
        SessionDocument(state: try await AgentContext(request).touch(session, seconds: seconds))
    }
}

/// Changes a session's budget and thresholds.
public struct ConfigureSession: LedgerOperation, Hashable {
    public var session: MemoryKey
    public var budget: Int?
    public var warnPercent: Int?
    public var flushPercent: Int?
    public var evictionPercent: Int?

    public init(_ session: MemoryKey) { self.session = session }

    public static let name = "session.configure"
    public static let summary = "Change a session's budget and thresholds."
    public static let parameters: [any OperationParameter] = [
        ContextParameters.namespace, ContextParameters.session, ContextParameters.budget,
        ContextParameters.warnPercent, ContextParameters.flushPercent, ContextParameters.evictionPercent,
    ]
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.namespace
    public static let errors = OperationErrorCode.ofSessions

    public var namespaces: [String]? { [session.namespace] }

    public init(_ arguments: OperationArguments) throws {
        session = try arguments.session()
        budget = try arguments[ContextParameters.budget]
        warnPercent = try arguments[ContextParameters.warnPercent]
        flushPercent = try arguments[ContextParameters.flushPercent]
        evictionPercent = try arguments[ContextParameters.evictionPercent]
    }

    public func run(in request: OperationRequest) async throws -> SessionDocument {
        let state = try await AgentContext(request).configure(session) { settings in
            settings.budget = budget ?? settings.budget
            settings.warnPercent = warnPercent ?? settings.warnPercent
            settings.flushPercent = flushPercent ?? settings.flushPercent
            settings.evictionPercent = evictionPercent ?? settings.evictionPercent
        }
        return SessionDocument(state: state)
    }
}

/// Ends a session. What was said in it stays.
public struct CloseSession: LedgerOperation, Hashable {
    public var session: MemoryKey
    public var reason: String?

    public init(_ session: MemoryKey, reason: String? = nil) { (self.session, self.reason) = (session, reason) }

    private static let reason = Parameter("reason", optional: ArgumentType<String>.string, "Why, for the log.")

    public static let name = "session.close"
    public static let summary = "End a session; what was said in it stays."
    public static let parameters: [any OperationParameter] = [
        ContextParameters.namespace, ContextParameters.session, reason,
    ]
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.namespace
    public static let errors = OperationErrorCode.ofSessions

    public var namespaces: [String]? { [session.namespace] }

    public init(_ arguments: OperationArguments) throws {
        session = try arguments.session()
        reason = try arguments[Self.reason]
    }

    public func run(in request: OperationRequest) async throws -> SessionDocument {
        SessionDocument(state: try await AgentContext(request).close(session, reason: reason))
    }
}

/// Moves the oldest messages out of the queue, and puts a summary of them in their place.
public struct EvictMessages: LedgerOperation, Hashable {
    public var session: MemoryKey
    public var text: String
    public var tokens: Int?

    public init(_ session: MemoryKey, summary text: String, tokens: Int? = nil) {
        (self.session, self.text, self.tokens) = (session, text, tokens)
    }

    private static let text = Parameter(
        "summary", .string, "What the summary before and the messages that leave said; it takes their place.")

    public static let name = "session.evict"
    public static let summary = "Move a session's oldest messages to recall; a summary takes their place."
    public static let parameters: [any OperationParameter] = [
        ContextParameters.namespace, ContextParameters.session, text, ContextParameters.tokens,
    ]
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.namespace
    public static let errors = OperationErrorCode.ofSessions + [.nothingToEvict, .noRoom]

    public var namespaces: [String]? { [session.namespace] }

    public init(_ arguments: OperationArguments) throws {
        session = try arguments.session()
        text = try arguments[Self.text]
        tokens = try arguments[ContextParameters.tokens]
    }

    public func run(in request: OperationRequest) async throws -> EvictedMessages {
        try await AgentContext(request).evict(session, summary: text, tokens: tokens)
    }
}

extension EvictedMessages: DescribedResult {
    package static let members: [DocumentMember] = [
        .init("evicted", .integer), .init("first", .integer), .init("last", .integer), .init("summary", .string),
        .init("tokens", .integer), .init("budget", .integer), .init("pressure", .string),
    ]

    /// `{"evicted" (how many messages), "first", "last" (their numbers), "evicted_tokens", "summary" (its text),
    /// "summary_number", "summary_tokens", "tokens" (of the context now), "tokens_before", "budget", "pressure",
    /// "session"}`.
    public func document() -> JSONValue {
        [
            "session": .string(state.id), "evicted": JSONValue(eviction.messages), "first": JSONValue(eviction.first),
            "last": JSONValue(eviction.last), "evicted_tokens": JSONValue(eviction.tokens),
            "summary": .string(eviction.summary.text), "summary_number": JSONValue(number),
            "summary_tokens": JSONValue(eviction.summary.tokens),
            "tokens": JSONValue(state.tokens.total), "tokens_before": JSONValue(eviction.tokensBefore),
            "budget": JSONValue(state.settings.budget), "pressure": .string(state.pressure.rawValue),
        ]
    }
}

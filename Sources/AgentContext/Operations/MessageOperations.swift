public import EventLog
public import LedgerOperations
public import MemoryLedger

/// Appends what is said in a session.
///
///     let said = SessionMessage(.user, "Green tea, please.")
///     let appended = try await AppendMessage(said, to: session).run(in: request)
///     print(appended.number, appended.state.pressure)
public struct AppendMessage: LedgerOperation, Hashable {
    public var session: MemoryKey
    public var message: SessionMessage
    /// The position of the context that it answers; nil: it is not said.
    public var context: Position?
    /// Of that context; nil: the session's.
    public var budget: Int?
    /// Keys of the memories that were put into it.
    public var included: [String]
    /// Of each of these, as the model counted them; empty: they are estimated.
    public var includedTokens: [Int] = []

    public init(_ message: SessionMessage, to session: MemoryKey) {
        (self.message, self.session) = (message, session)
        included = []
    }

    private static let role: Parameter<SessionMessage.Role> = {
        let names = SessionMessage.Role.allCases.map(\.rawValue)
        return Parameter(
            "role",
            ArgumentType<String>.string.mapping("one of \(names.joined(separator: ", "))", as: .choice(names)) {
                SessionMessage.Role(rawValue: $0)
            }, "Who says it.")
    }()
    private static let content = Parameter("content", .string, "What is said.")
    private static let calls = Parameter(
        "tool_calls", optional: ArgumentType<JSONObject>.anyObject.list("a list of objects"),
        "The calls that an assistant makes, as the model writes them; an `id` in each says which result belongs to it.")
    private static let callID = Parameter(
        "tool_call_id", optional: ArgumentType<String>.name, "Of a tool: the call that it is the result of.")
    private static let context = Parameter(
        "context", optional: .version, "The position of the context that it answers, as `context` said.")
    private static let included = Parameter(
        "include",
        optional: ArgumentType<String>.name.list("a list of keys", count: 0...ContextLimits.includedMemories),
        "Keys of the memories that were put into that context.")

    public static let name = "message.append"
    public static let summary = "Append what is said in a session; the answer tells how full its context is."
    public static let parameters: [any OperationParameter] = [
        ContextParameters.namespace, ContextParameters.session, role, content, ContextParameters.tokens, calls, callID,
        context, ContextParameters.budget, included, ContextParameters.includedTokens,
    ]
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.namespace
    public static let errors =
        OperationErrorCode.ofSessions + [.noRoom, .memory(.notFound), .log(.unknownMoment)]

    public var namespaces: [String]? { [session.namespace] }

    public init(_ arguments: OperationArguments) throws {
        session = try arguments.session()
        message = SessionMessage(
            try arguments[Self.role], try arguments[Self.content], tokens: try arguments[ContextParameters.tokens])
        message.toolCalls = try arguments[Self.calls]?.map { .object($0) } ?? []
        message.toolCallID = try arguments[Self.callID]
        context = try arguments[Self.context]
        budget = try arguments[ContextParameters.budget]
        included = try arguments[Self.included] ?? []
        includedTokens = try arguments[ContextParameters.includedTokens] ?? []
        guard context != nil || included.isEmpty && includedTokens.isEmpty && budget == nil else {
            throw OperationArgumentError("context", after: " is missing: `include` and `budget` say more of it.")
        }
    }

    public func run(in request: OperationRequest) async throws -> AppendedMessage {
        let agent = AgentContext(request)
        var message = message
        if let context {
            // As it stood then, and not as it was changed since.
            let then = try await request.reading(ReadMoment(at: .position(context)), of: namespaces)
            let seen = try await then.session(session)
            message.context = try await agent.seen(
                at: context, budget: budget ?? seen.settings.budget,
                memories: included.map { MemoryKey(namespace: session.namespace, key: $0) }, tokens: includedTokens)
        }
        return try await agent.append(message, to: session)
    }
}

extension AppendedMessage: DescribedResult {
    package static let members: [DocumentMember] = [
        .init("message", .string), .init("session", .string), .init("number", .integer), .init("tokens", .integer),
        .init("context_tokens", .integer), .init("budget", .integer), .init("pressure", .string),
        .init("position", .integer),
    ]

    /// `{"message" (its id), "session", "number", "tokens", "estimated", "context_tokens", "budget", "pressure"
    /// (normal, warn or flush), "position"}`.
    public func document() -> JSONValue {
        [
            "message": .string(id), "session": .string(state.id), "number": JSONValue(number),
            "tokens": JSONValue(tokens), "estimated": .bool(isEstimated),
            "context_tokens": JSONValue(state.tokens.total), "budget": JSONValue(state.settings.budget),
            "pressure": .string(state.pressure.rawValue), "position": JSONValue(position),
        ]
    }
}

/// What messages are asked for alike.
enum RecallParameters {
    static let session = Parameter("session", optional: ArgumentType<String>.name, "The session's id.")
    static let user = Parameter("user", optional: ArgumentType<String>.name, "All sessions of this user.")
    static let roles = Parameter(
        "roles",
        optional: ArgumentType<String>.string.mapping(
            "one of \(names.joined(separator: ", "))", as: .choice(names)
        ) { SessionMessage.Role(rawValue: $0) }.list("a list of roles", count: 1...names.count),
        "Only of these.")
    private static let names = SessionMessage.Role.allCases.map(\.rawValue)

    static let all: [any OperationParameter] = [
        ContextParameters.namespace, session, user, roles, ContextParameters.from, ContextParameters.to,
        ContextParameters.limit,
    ]

    static func query(_ arguments: OperationArguments) throws -> RecallQuery {
        let namespace = try arguments[ContextParameters.namespace]
        var query: RecallQuery
        switch (try arguments[session], try arguments[user]) {
        case (let session?, nil): query = RecallQuery(of: MemoryKey(namespace: namespace, key: session))
        case (nil, let user?): query = RecallQuery(user: user, in: namespace)
        case (nil, nil): throw OperationArgumentError("session", after: " is missing; give it, or `user`.")
        case (_?, _?): throw OperationArgumentError("session", after: " excludes `user`.")
        }
        query.roles = try arguments[roles] ?? []
        (query.from, query.to) = try arguments.span()
        query.limit = try arguments[ContextParameters.limit]
        return query
    }
}

/// Lists what was said, the newest first; or what was said around a message.
public struct ListMessages: LedgerOperation, Hashable {
    public var query: RecallQuery
    /// The number of a message: what was said before and after it, up to the limit on each side, the oldest first.
    public var around: Int64?
    public var moment: ReadMoment

    public init(_ query: RecallQuery, around: Int64? = nil, _ moment: ReadMoment = .now) {
        (self.query, self.around, self.moment) = (query, around, moment)
    }

    private static let oldest = Parameter("oldest_first", .boolean, default: false, "The oldest first.")
    private static let around = Parameter(
        "around", optional: ArgumentType<Int64>.integer(1...Int64.max),
        "The number of a message: what was said before and after it, `limit` messages on each side.")

    public static let name = "message.list"
    public static let summary = "List what was said, the newest first, or around a message; evicted or not."
    public static let parameters: [any OperationParameter] =
        RecallParameters.all + [oldest, around, ContextParameters.afterPosition] + ReadMoment.parameters
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.namespace
    public static let errors: [OperationErrorCode] = [.noSession, .noUser, .noMessage, .log(.unknownMoment)]

    public var namespaces: [String]? { [query.namespace] }

    public init(_ arguments: OperationArguments) throws {
        query = try RecallParameters.query(arguments)
        query.isOldestFirst = try arguments[Self.oldest]
        query.after = try arguments[ContextParameters.afterPosition]
        around = try arguments[Self.around]
        moment = try ReadMoment(arguments)
        guard around == nil || query.session != nil else {
            throw OperationArgumentError("around", after: " needs a session.")
        }
    }

    public func run(in request: OperationRequest) async throws -> MessagePage {
        let reading = try await request.reading(moment, of: namespaces)
        guard let around, let session = query.session else { return try await reading.messages(query) }
        let key = MemoryKey(namespace: query.namespace, key: session)
        let messages = try await reading.messages(around: around, of: key, count: query.limit)
        return MessagePage(messages: messages, total: try await reading.session(key).messages, next: nil)
    }
}

extension MessagePage: DescribedResult {
    package static let members: [DocumentMember] = [.init("messages", .objects), .init("total", .integer)]

    /// `{"messages": [{"message", "session", "number", "role", "content", "tokens", "at", "in_context", …}], "total",
    /// "next"}`; besides, a message has what it was appended with: `estimated`, `tool_calls`, `tool_call_id`,
    /// `context`.
    public func document() -> JSONValue {
        [
            "messages": .array(messages.map { .object($0.json) }), "total": JSONValue(total),
            "next": next.map { JSONValue($0) } ?? .null,
        ]
    }
}

/// Finds what was said by words, the most relevant first.
public struct SearchMessages: LedgerOperation, Hashable {
    public var text: String
    public var query: RecallQuery
    public var after: String?
    public var waits: Bool
    public var moment: ReadMoment

    public init(
        _ text: String, _ query: RecallQuery, after: String? = nil, waits: Bool = false, _ moment: ReadMoment = .now
    ) {
        (self.text, self.query, self.after, self.waits, self.moment) = (text, query, after, waits, moment)
    }

    public static let name = "message.search"
    public static let summary = "Find what was said by words, the most relevant first; evicted or not."
    public static let parameters: [any OperationParameter] =
        [ContextParameters.query] + RecallParameters.all + [ContextParameters.afterText, ContextParameters.wait]
        + ReadMoment.parameters
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.namespace
    public static let errors = OperationErrorCode.ofSearches + [.noSession, .noUser]

    public var namespaces: [String]? { [query.namespace] }

    public init(_ arguments: OperationArguments) throws {
        text = try arguments[ContextParameters.query]
        query = try RecallParameters.query(arguments)
        after = try arguments[ContextParameters.afterText]
        waits = try arguments[ContextParameters.wait]
        moment = try ReadMoment(arguments)
    }

    public func run(in request: OperationRequest) async throws -> MessageSearchPage {
        let reading = try await request.reading(moment, of: namespaces)
        let report = request.report
        // It reads as much as matches, so it may take long.
        var page = try await LongWork.run(if: true) {
            try await reading.searchMessages(text, query, after: after, waits: waits) { done, total in
                report(OperationProgress(done: done, total: total))
            }
        }
        guard let scoped = ScopedMoments(request, namespaces) else { return page }
        page.indexedTo = try await scoped.last(through: page.indexedTo)
        page.position = try await scoped.last(through: page.position)
        return page
    }
}

extension MessageSearchPage: DescribedResult {
    package static let members: [DocumentMember] = [
        .init("results", .objects), .init("total", .integer), .init("indexed_to", .integer),
        .init("position", .integer),
    ]
    package static let optionalMembers: [DocumentMember] = [.init("index_problem", .string)]

    /// `{"results": [{"message", "session", "number", "role", "content", "excerpt", "relevance", …}], "total", "next",
    /// "indexed_to", "position"}`: of a message as `message.list` has it; positions as `search.memories`.
    public func document() -> JSONValue {
        let results = messages.map { found in
            var object = found.message.json
            object.append("excerpt", .string(found.excerpt.text()))
            object.append("relevance", JSONValue(found.relevance))
            return JSONValue.object(object)
        }
        return SearchDocument.of(results, total, next, indexedTo, position, indexProblem)
    }
}

/// What searches answer alike.
enum SearchDocument {
    static func of(
        _ results: [JSONValue], _ total: Int, _ next: String?, _ indexedTo: Position, _ position: Position,
        _ problem: String?
    ) -> JSONValue {
        var object: JSONObject = [
            "results": .array(results), "total": JSONValue(total), "next": next.map { .string($0) } ?? .null,
            "indexed_to": JSONValue(indexedTo), "position": JSONValue(position),
        ]
        if let problem { object.append("index_problem", .string(problem)) }
        return .object(object)
    }
}

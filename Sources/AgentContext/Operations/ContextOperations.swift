import EventLog
public import LedgerOperations
public import MemoryLedger

/// Assembles what goes to a model.
///
///     let context = try await AssembleContext(of: session).run(in: request)
///     for segment in context.segments { print(segment.type, segment.tokens) }
public struct AssembleContext: LedgerOperation, Hashable {
    public var session: MemoryKey
    public var budget: Int?
    /// Keys of memories that are put in.
    public var included: [String]
    /// Of each of these, as the model counts them; empty: they are estimated.
    public var includedTokens: [Int] = []
    /// The number of a message: the context that was recorded with it, instead of the present one.
    public var message: Int64?
    public var moment: ReadMoment

    public init(
        of session: MemoryKey, budget: Int? = nil, including included: [String] = [], _ moment: ReadMoment = .now
    ) {
        (self.session, self.budget, self.included, self.moment) = (session, budget, included, moment)
    }

    /// What a message answered.
    public init(answeredBy message: Int64, of session: MemoryKey) {
        self.init(of: session)
        self.message = message
    }

    private static let included = Parameter(
        "include",
        optional: ArgumentType<String>.name.list("a list of keys", count: 0...ContextLimits.includedMemories),
        "Keys of memories that are put in.")
    private static let message = Parameter(
        "message", optional: ArgumentType<Int64>.integer(1...Int64.max),
        "The number of a message: the context that it answered, if that was recorded with it.")

    public static let name = "context.assemble"
    public static let summary = "Assemble what goes to the model, within the budget."
    public static let parameters: [any OperationParameter] =
        [
            ContextParameters.namespace, ContextParameters.session, ContextParameters.budget, included,
            ContextParameters.includedTokens, message,
        ]
        + ReadMoment.parameters
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.namespace
    public static let errors: [OperationErrorCode] = [
        .noSession, .noRoom, .noMessage, .memory(.notFound), .log(.unknownMoment),
    ]

    public var namespaces: [String]? { [session.namespace] }

    public init(_ arguments: OperationArguments) throws {
        session = try arguments.session()
        budget = try arguments[ContextParameters.budget]
        included = try arguments[Self.included] ?? []
        includedTokens = try arguments[ContextParameters.includedTokens] ?? []
        message = try arguments[Self.message]
        moment = try ReadMoment(arguments)
        let isPlain = budget == nil && included.isEmpty && includedTokens.isEmpty && moment == .now
        guard message == nil || isPlain else {
            throw OperationArgumentError("message", after: " says all of it; leave out `budget`, `include` and `at`.")
        }
    }

    public func run(in request: OperationRequest) async throws -> AssembledContext {
        let agent = AgentContext(request)
        var context: AssembledContext
        if let message {
            context = try await agent.context(answeredBy: message, of: session)
        } else {
            let reading = try await request.reading(moment, of: namespaces)
            context = try await agent.context(
                of: session, budget: budget,
                including: included.map { MemoryKey(namespace: session.namespace, key: $0) }, tokens: includedTokens,
                in: reading)
        }
        if let scoped = ScopedMoments(request, namespaces) {
            context.position = try await scoped.last(through: context.position)
        }
        return context
    }
}

extension AssembledContext: DescribedResult {
    package static let members: [DocumentMember] = [
        .init("segments", .objects), .init("tokens", .integer), .init("budget", .integer), .init("position", .integer),
        .init("left_out", .integer),
    ]

    /// `{"segments": [{"type" (system, working, memory, summary or queue), "name", "content", "tokens", …}], "tokens",
    /// "budget", "position", "left_out"}`: of a message also `role`, and its `tool_calls` and `tool_call_id`; of a
    /// memory its `version`. `left_out` counts messages of the queue that had no room.
    public func document() -> JSONValue {
        [
            "segments": .array(segments.map(\.json)), "tokens": JSONValue(tokens), "budget": JSONValue(budget),
            "position": JSONValue(position), "left_out": JSONValue(leftOut),
        ]
    }
}

extension ContextSegment {
    fileprivate var json: JSONValue {
        var object: JSONObject = [
            "type": .string(type.rawValue), "name": .string(name), "content": .string(content),
            "tokens": JSONValue(tokens),
        ]
        if let role { object.append("role", .string(role)) }
        if let version { object.append("version", JSONValue(version)) }
        for name in ["tool_calls", "tool_call_id", "description", "limit", "read_only"] {
            if let value = metadata[name] { object.append(name, value) }
        }
        return .object(object)
    }
}

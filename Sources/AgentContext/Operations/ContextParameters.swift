import EventLog
import LedgerOperations
import MemoryLedger

/// What the operations of this library have in common.
enum ContextParameters {
    static let namespace = Parameter("namespace", .string, default: MemoryKey.defaultNamespace, "The namespace.")
    static let session = Parameter("session", .name, "The session's id.")
    static let user = Parameter("user", .name, "The user's name.")
    static let role = Parameter("role", .name, "The role's name.")
    static let agent = Parameter("agent", .name, "The agent's name.")
    static let tokens = Parameter(
        "tokens", optional: .integer(0...ContextLimits.tokens), "Its tokens, as the model counts them; else estimated.")
    static let budget = Parameter(
        "budget", optional: .integer(1...SessionSettings.maximumBudget), "Tokens of the context.")
    static let warnPercent = percent("warn_percent", "From so many per cent of the budget on, an append warns.")
    static let flushPercent = percent(
        "flush_percent", "From so many per cent of the budget on, an append asks for an eviction.")
    static let evictionPercent = percent(
        "eviction_percent", "So many per cent of the queue's tokens an eviction takes out, at least.")
    static let lifetime = Parameter(
        "lifetime_seconds", optional: ArgumentType<Int64>.integer(0...SessionSettings.maximumLifetimeSeconds),
        "Seconds until it expires if it is not touched; 0: it does not.")
    static let includedTokens = Parameter(
        "include_tokens",
        optional: ArgumentType<Int>.integer(0...ContextLimits.tokens).list(
            "a list of whole numbers", count: 0...ContextLimits.includedMemories),
        "Tokens of each of these memories, as the model counts them; else estimated.")
    static let query = Parameter<String>(
        "query", .string,
        "Words in any language, all of which must be there; \"phrases\", AND, OR, NOT, begin*, parentheses.")
    static let limit = Parameter("limit", .integer(1...ContextLimits.pageEntries), default: 20, "Entries of a page.")
    static let afterPosition = Parameter("after", optional: .version, "The former page's `next`.")
    static let afterText = Parameter("after", optional: ArgumentType<String>.string, "The former page's `next`.")
    static let from = Parameter("from", optional: .time, "Not before then.")
    static let to = Parameter("to", optional: .time, "Not after then.")
    static let wait = Parameter(
        "wait", .boolean, default: false, "Wait for the index, however far it is behind; else `indexed_to` says so.")
    static let expected = Parameter(
        "expected_version", optional: .version, "Only if the block is at this version; 0: only if there is none.")

    private static func percent(_ name: String, _ help: String) -> Parameter<Int?> {
        Parameter(name, optional: .integer(1...100), help)
    }
}

extension OperationArguments {
    func session() throws -> MemoryKey {
        MemoryKey(
            namespace: try self[ContextParameters.namespace], key: try self[ContextParameters.session])
    }

    /// The first moment of a time, and the last of another.
    func span() throws -> (from: Timestamp?, to: Timestamp?) {
        (try self[ContextParameters.from]?.first, try self[ContextParameters.to]?.last)
    }
}

extension ArgumentType where Value == JSONObject {
    /// Any JSON object.
    static var anyObject: Self {
        Self(.object([])) { value, path in
            guard let object = value.object else {
                throw OperationArgumentError.wrong(path, expected: "an object", found: value)
            }
            return object
        }
    }
}

extension AgentContext {
    /// For what an operation asks.
    init(_ request: OperationRequest) { self.init(request.ledger, by: request.attribution) }
}

extension OperationErrorCode {
    static let ofSessions: [Self] = [.noSession, .sessionEnded]
    static let ofSearches: [Self] = [.memory(.invalidQuery), .log(.unknownMoment)]
    static let ofEdits: [Self] = [
        .noSession, .noBlock, .blockIsReadOnly, .blockIsFull, .blockConflict, .textNotFound, .textAmbiguous,
        .nothingToUndo, .nothingToRedo, .noVersion, .blockExists,
    ]
}

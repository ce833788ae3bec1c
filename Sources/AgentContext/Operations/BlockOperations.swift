import EventLog
public import LedgerOperations
public import MemoryLedger

/// What the operations on blocks have in common.
enum BlockParameters {
    static let label = Parameter("label", .name, "What the block is called.")
    static let session = Parameter(
        "session", optional: ArgumentType<String>.name, "The session in whose context it is; or give `agent`.")
    static let agent = Parameter(
        "agent", optional: ArgumentType<String>.name, "The agent in whose sessions it is; or give `session`.")
    static let user = Parameter(
        "user", optional: ArgumentType<String>.name,
        "Whose edit it is, besides the session's user: an erasure of them takes it, if the namespace is protected.")
    static let place: [any OperationParameter] = [ContextParameters.namespace, session, agent]
    static let all: [any OperationParameter] = place + [label]
}

extension OperationArguments {
    func holder() throws -> BlockHolder {
        switch (try self[BlockParameters.session], try self[BlockParameters.agent]) {
        case (let session?, nil): return .session(session)
        case (nil, let agent?): return .agent(agent)
        case (nil, nil): throw OperationArgumentError("session", after: " is missing; give it, or `agent`.")
        case (_?, _?): throw OperationArgumentError("session", after: " excludes `agent`.")
        }
    }

    func block() throws -> BlockReference {
        BlockReference(
            try self[BlockParameters.label], of: try holder(), in: try self[ContextParameters.namespace])
    }
}

/// A block as a document.
public struct BlockDocument: Hashable, Sendable, DescribedResult {
    public var state: BlockState
    /// The edit is protected for a user; nil: there was none, or the ledger protects nothing.
    public var isProtected: Bool?

    init(state: BlockState, isProtected: Bool? = nil) { (self.state, self.isProtected) = (state, isProtected) }

    /// After an edit.
    ///
    /// - Parameter user: the one that was named; a session has one.
    init(_ state: BlockState, after block: BlockReference, for user: String?, in context: AgentContext) throws {
        var isOfUsers = user != nil || !state.users.isEmpty
        if case .session = block.holder { isOfUsers = true }
        self.init(state: state, isProtected: try context.protects(state.namespace).map { $0 && isOfUsers })
    }

    package static let members: [DocumentMember] = [
        .init("block", .string), .init("label", .string), .init("value", .string), .init("tokens", .integer),
        .init("version", .integer),
        .init("limit", .integer), .init("description", .string), .init("read_only", .boolean),
        .init("holders", .objects),
    ]

    /// `{"block" (its id), "label", "value", "tokens", "version", "limit", "description", "read_only", "holders":
    /// [{"holder" (agent or session), "name"}], "protected_for" (users: an erasure of any of them takes what it says),
    /// "created_at", "updated_at"}`; the limit in characters. After an edit, if the ledger protects anything, also
    /// `"protected"`: the edit is for a user.
    public func document() -> JSONValue { .object(state.object.adding(isProtected: isProtected)) }
}

extension JSONObject {
    /// With `"protected"`, unless it is nil.
    func adding(isProtected: Bool?) -> JSONObject {
        var object = self
        if let isProtected { object.append("protected", .bool(isProtected)) }
        return object
    }
}

extension BlockState {
    var json: JSONValue { .object(object) }

    fileprivate var object: JSONObject {
        [
            "block": .string(id), "label": .string(block.label), "value": .string(block.value.text),
            "tokens": JSONValue(block.value.tokens),
            "version": JSONValue(version), "limit": JSONValue(block.settings.limit),
            "description": .string(block.settings.description), "read_only": .bool(block.settings.isReadOnly),
            "holders": .array(block.holders.map(\.json)), "protected_for": .array(users.map { .string($0) }),
            "created_at": JSONValue(createdAt.milliseconds),
            "updated_at": JSONValue(updatedAt.milliseconds),
        ]
    }
}

/// Changes what a block says, in one of several ways.
public struct ChangeBlock<Way: BlockChangeWay>: LedgerOperation, Hashable {
    public var block: BlockReference
    public var change: BlockChange
    public var tokens: Int?
    public var expecting: Int64?
    /// Whose edit it is, besides the session's user.
    public var user: String?

    public init(
        _ block: BlockReference, _ change: BlockChange, tokens: Int? = nil, expecting: Int64? = nil, user: String? = nil
    ) {
        (self.block, self.change, self.tokens, self.expecting) = (block, change, tokens, expecting)
        self.user = user
    }

    public static var name: String { "block.\(Way.word)" }
    public static var summary: String { Way.summary }
    public static var parameters: [any OperationParameter] {
        BlockParameters.all + Way.parameters + (Way.hasText ? [ContextParameters.tokens] : [])
            + [ContextParameters.expected, BlockParameters.user]
    }
    public static var access: OperationAccess { .writes }
    public static var scope: OperationScope { .namespace }
    public static var errors: [OperationErrorCode] { OperationErrorCode.ofEdits }

    public var namespaces: [String]? { [block.namespace] }

    public init(_ arguments: OperationArguments) throws {
        block = try arguments.block()
        change = try Way.change(arguments)
        if Way.hasText { tokens = try arguments[ContextParameters.tokens] }
        expecting = try arguments[ContextParameters.expected]
        user = try arguments[BlockParameters.user]
    }

    public func run(in request: OperationRequest) async throws -> BlockDocument {
        let context = AgentContext(request)
        let state = try await context.change(block, change, tokens: tokens, expecting: expecting, for: user)
        return try BlockDocument(state, after: block, for: user, in: context)
    }
}

/// A way of changing a block: what it is called, and what it reads.
public protocol BlockChangeWay: Hashable, Sendable {
    static var word: String { get }
    static var summary: String { get }
    static var parameters: [any OperationParameter] { get }
    /// It gives a text, whose tokens a caller may have counted.
    static var hasText: Bool { get }
    static func change(_ arguments: OperationArguments) throws -> BlockChange
}

extension BlockChangeWay {
    public static var hasText: Bool { true }
}

public typealias SetBlock = ChangeBlock<BlockWays.Set>
public typealias AppendToBlock = ChangeBlock<BlockWays.Append>
public typealias ReplaceInBlock = ChangeBlock<BlockWays.Replace>
public typealias InsertIntoBlock = ChangeBlock<BlockWays.Insert>
public typealias UndoBlock = ChangeBlock<BlockWays.Undo>
public typealias RedoBlock = ChangeBlock<BlockWays.Redo>
public typealias RestoreBlock = ChangeBlock<BlockWays.Restore>

/// The ways of changing a block.
public enum BlockWays {
    private static let value = Parameter("value", .string, "What it says from now on.")
    private static let line = Parameter("value", .string, "The lines.")
    private static let old = Parameter("old", .string, "A piece that is there once, letter by letter.")
    private static let new = Parameter("new", .string, "What takes its place; empty: nothing does.")
    private static let place = Parameter(
        "line", .integer(1...BlockSettings.maximumLimit), "Before which line, from 1; one behind the last: at the end.")
    private static let version = Parameter("version", ArgumentType<Int64>.integer(1...Int64.max), "Which version.")

    public enum Set: BlockChangeWay {
        public static var word: String { "set" }
        public static var summary: String { "Say something else in a block; it is made if there is none." }
        public static var parameters: [any OperationParameter] { [value] }
        public static func change(_ arguments: OperationArguments) throws -> BlockChange { .set(try arguments[value]) }
    }

    public enum Append: BlockChangeWay {
        public static var word: String { "append" }
        public static var summary: String { "Add lines to the end of a block." }
        public static var parameters: [any OperationParameter] { [line] }
        public static func change(_ arguments: OperationArguments) throws -> BlockChange {
            .append(try arguments[line])
        }
    }

    public enum Replace: BlockChangeWay {
        public static var word: String { "replace" }
        public static var summary: String { "Replace a piece of a block, which must be there exactly once." }
        public static var parameters: [any OperationParameter] { [old, new] }
        public static func change(_ arguments: OperationArguments) throws -> BlockChange {
            .replace(try arguments[old], with: try arguments[new])
        }
    }

    public enum Insert: BlockChangeWay {
        public static var word: String { "insert" }
        public static var summary: String { "Put lines before a line of a block." }
        public static var parameters: [any OperationParameter] { [line, place] }
        public static func change(_ arguments: OperationArguments) throws -> BlockChange {
            .insert(try arguments[line], line: try arguments[place])
        }
    }

    public enum Undo: BlockChangeWay {
        public static var word: String { "undo" }
        public static var hasText: Bool { false }
        public static var summary: String { "Let a block say what it said before its last edit." }
        public static var parameters: [any OperationParameter] { [] }
        public static func change(_ arguments: OperationArguments) throws -> BlockChange { .undo }
    }

    public enum Redo: BlockChangeWay {
        public static var word: String { "redo" }
        public static var hasText: Bool { false }
        public static var summary: String { "Let a block say what was undone last." }
        public static var parameters: [any OperationParameter] { [] }
        public static func change(_ arguments: OperationArguments) throws -> BlockChange { .redo }
    }

    public enum Restore: BlockChangeWay {
        public static var word: String { "restore" }
        public static var hasText: Bool { false }
        public static var summary: String { "Let a block say what it said at a version." }
        public static var parameters: [any OperationParameter] { [version] }
        public static func change(_ arguments: OperationArguments) throws -> BlockChange {
            .restore(version: try arguments[version])
        }
    }
}

/// Sets what holds for a block: its limit, its description, whether it may be changed.
public struct ConfigureBlock: LedgerOperation, Hashable {
    public var block: BlockReference
    public var limit: Int?
    public var description: String?
    public var isReadOnly: Bool?
    /// Whose edit it is, besides the session's user.
    public var user: String?

    public init(_ block: BlockReference) { self.block = block }

    private static let limit = Parameter(
        "limit", optional: .integer(1...BlockSettings.maximumLimit), "Characters that it may have.")
    private static let description = Parameter(
        "description", optional: ArgumentType<String>.string, "What it is for, for a model.")
    private static let readOnly = Parameter(
        "read_only", optional: ArgumentType<Bool>.boolean, "No edit changes it until this is taken back.")

    public static let name = "block.configure"
    public static let summary = "Set a block's limit, its description, and whether it may be changed."
    public static let parameters: [any OperationParameter] =
        BlockParameters.all + [limit, description, readOnly, BlockParameters.user]
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.namespace
    public static let errors = OperationErrorCode.ofEdits

    public var namespaces: [String]? { [block.namespace] }

    public init(_ arguments: OperationArguments) throws {
        block = try arguments.block()
        limit = try arguments[Self.limit]
        description = try arguments[Self.description]
        isReadOnly = try arguments[Self.readOnly]
        user = try arguments[BlockParameters.user]
    }

    public func run(in request: OperationRequest) async throws -> BlockDocument {
        let context = AgentContext(request)
        let state = try await context.configure(
            block, limit: limit, description: description, isReadOnly: isReadOnly, for: user)
        return try BlockDocument(state, after: block, for: user, in: context)
    }
}

/// Calls a block otherwise.
public struct RenameBlock: LedgerOperation, Hashable {
    public var block: BlockReference
    public var newLabel: String
    /// Whose edit it is, besides the session's user.
    public var user: String?

    public init(_ block: BlockReference, to newLabel: String) { (self.block, self.newLabel) = (block, newLabel) }

    private static let newLabel = Parameter("new_label", .name, "What it is called from now on.")

    public static let name = "block.rename"
    public static let summary = "Call a block otherwise, in all contexts that have it."
    public static let parameters: [any OperationParameter] = BlockParameters.all + [newLabel, BlockParameters.user]
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.namespace
    public static let errors = OperationErrorCode.ofEdits

    public var namespaces: [String]? { [block.namespace] }

    public init(_ arguments: OperationArguments) throws {
        block = try arguments.block()
        newLabel = try arguments[Self.newLabel]
        user = try arguments[BlockParameters.user]
    }

    public func run(in request: OperationRequest) async throws -> BlockDocument {
        let context = AgentContext(request)
        let state = try await context.rename(block, to: newLabel, for: user)
        return try BlockDocument(state, after: block, for: user, in: context)
    }
}

/// Puts a block into the context of another agent, too.
public struct ShareBlock: LedgerOperation, Hashable {
    public var block: BlockReference
    public var other: String

    public init(_ block: BlockReference, with other: String) { (self.block, self.other) = (block, other) }

    private static let other = Parameter("with", .name, "The agent that gets it, in all of its sessions.")

    public static let name = "block.share"
    public static let summary = "Put a block into the context of another agent, too; both edit the same one."
    public static let parameters: [any OperationParameter] = BlockParameters.all + [other]
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.namespace
    public static let errors = OperationErrorCode.ofEdits

    public var namespaces: [String]? { [block.namespace] }

    public init(_ arguments: OperationArguments) throws {
        block = try arguments.block()
        other = try arguments[Self.other]
    }

    public func run(in request: OperationRequest) async throws -> BlockDocument {
        BlockDocument(state: try await AgentContext(request).share(block, with: .agent(other)))
    }
}

/// Takes a block out of the context of one of several that have it.
public struct UnshareBlock: LedgerOperation, Hashable {
    public var block: BlockReference

    public init(_ block: BlockReference) { self.block = block }

    public static let name = "block.unshare"
    public static let summary = "Take a block out of one context; it stays in the others that have it."
    public static let parameters = BlockParameters.all
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.namespace
    public static let errors = OperationErrorCode.ofEdits

    public var namespaces: [String]? { [block.namespace] }

    public init(_ arguments: OperationArguments) throws { block = try arguments.block() }

    public func run(in request: OperationRequest) async throws -> NamedDocument {
        try await AgentContext(request).unshare(block)
        return NamedDocument(namespace: block.namespace, kind: "label", name: block.label, isRemoved: true)
    }
}

/// Deletes a block from all contexts that have it.
public struct DeleteBlock: LedgerOperation, Hashable {
    public var block: BlockReference

    public init(_ block: BlockReference) { self.block = block }

    public static let name = "block.delete"
    public static let summary = "Delete a block from all contexts that have it; `undo` brings it back."
    public static let parameters = BlockParameters.all
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.namespace
    public static let errors = OperationErrorCode.ofEdits

    public var namespaces: [String]? { [block.namespace] }

    public init(_ arguments: OperationArguments) throws { block = try arguments.block() }

    public func run(in request: OperationRequest) async throws -> NamedDocument {
        try await AgentContext(request).delete(block)
        return NamedDocument(namespace: block.namespace, kind: "label", name: block.label, isRemoved: true)
    }
}

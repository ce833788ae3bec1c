import EventLog
public import LedgerOperations
public import MemoryLedger

/// Shows a block.
public struct ShowBlock: LedgerOperation, Hashable {
    public var block: BlockReference
    public var moment: ReadMoment

    public init(_ block: BlockReference, _ moment: ReadMoment = .now) { (self.block, self.moment) = (block, moment) }

    public static let name = "block.show"
    public static let summary = "Show a block of a context."
    public static let parameters = BlockParameters.all + ReadMoment.parameters
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.namespace
    public static let errors: [OperationErrorCode] = [.noSession, .noBlock, .log(.unknownMoment)]

    public var namespaces: [String]? { [block.namespace] }

    public init(_ arguments: OperationArguments) throws {
        block = try arguments.block()
        moment = try ReadMoment(arguments)
    }

    public func run(in request: OperationRequest) async throws -> BlockDocument {
        BlockDocument(state: try await request.reading(moment, of: namespaces).block(block))
    }
}

/// Lists the blocks in a context.
public struct ListBlocks: LedgerOperation, Hashable {
    public var holder: BlockHolder
    public var namespace: String
    public var moment: ReadMoment

    public init(
        of holder: BlockHolder, in namespace: String = MemoryKey.defaultNamespace, _ moment: ReadMoment = .now
    ) {
        (self.holder, self.namespace, self.moment) = (holder, namespace, moment)
    }

    /// What is in the context.
    public struct Result: Hashable, Sendable, DescribedResult {
        public var blocks: [BlockState]

        package static let members: [DocumentMember] = [.init("blocks", .objects)]

        /// `{"blocks": […]}`, each as of `block.show`.
        public func document() -> JSONValue { ["blocks": .array(blocks.map(\.json))] }
    }

    public static let name = "block.list"
    public static let summary = "List the blocks in a context."
    public static let parameters = BlockParameters.place + ReadMoment.parameters
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.namespace
    public static let errors: [OperationErrorCode] = [.noSession, .log(.unknownMoment)]

    public var namespaces: [String]? { [namespace] }

    public init(_ arguments: OperationArguments) throws {
        holder = try arguments.holder()
        namespace = try arguments[ContextParameters.namespace]
        moment = try ReadMoment(arguments)
    }

    public func run(in request: OperationRequest) async throws -> Result {
        Result(blocks: try await request.reading(moment, of: namespaces).blocks(of: holder, in: namespace))
    }
}

/// Shows what a block said, the newest first.
public struct ShowBlockHistory: LedgerOperation, Hashable {
    public var block: BlockReference
    public var limit: Int
    /// Versions below this one.
    public var before: Int64?
    public var moment: ReadMoment

    public init(_ block: BlockReference, limit: Int = 20, before: Int64? = nil, _ moment: ReadMoment = .now) {
        (self.block, self.limit, self.before, self.moment) = (block, limit, before, moment)
    }

    /// A page of versions.
    public struct Result: Hashable, Sendable, DescribedResult {
        public var versions: [BlockVersion]
        /// What the next page's `after` is; nil: these are the last.
        public var next: Int64?

        package static let members: [DocumentMember] = [.init("versions", .objects)]

        /// `{"versions": [{"version", "kind" (create, set, append, replace, insert, undo, redo or restore; erased: it
        /// says what the version before it says), "value", "tokens", "content" (the version that said it first),
        /// "parent" (the one that it was made of, 0 for none), "actor", "position", "at"}], "next"}`.
        public func document() -> JSONValue {
            [
                "versions": .array(
                    versions.map {
                        [
                            "version": JSONValue($0.number), "kind": .string($0.kind), "value": .string($0.value.text),
                            "tokens": JSONValue($0.value.tokens), "content": JSONValue($0.content),
                            "parent": JSONValue($0.parent), "actor": $0.actor.map { .string($0) } ?? .null,
                            "position": JSONValue($0.position), "at": JSONValue($0.at.milliseconds),
                        ]
                    }),
                "next": next.map { JSONValue($0) } ?? .null,
            ]
        }
    }

    public static let name = "block.history"
    public static let summary = "Show all that a block said, who made it say so, and what was undone."
    public static let parameters: [any OperationParameter] =
        BlockParameters.all + [ContextParameters.limit, ContextParameters.afterPosition] + ReadMoment.parameters
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.namespace
    public static let errors: [OperationErrorCode] = [.noSession, .noBlock, .log(.unknownMoment)]

    public var namespaces: [String]? { [block.namespace] }

    public init(_ arguments: OperationArguments) throws {
        block = try arguments.block()
        limit = try arguments[ContextParameters.limit]
        before = try arguments[ContextParameters.afterPosition]
        moment = try ReadMoment(arguments)
    }

    public func run(in request: OperationRequest) async throws -> Result {
        let reading = try await request.reading(moment, of: namespaces)
        let versions = try await reading.history(of: block, before: before, limit: limit)
        return Result(versions: versions, next: versions.last.flatMap { $0.number > 1 ? $0.number : nil })
    }
}

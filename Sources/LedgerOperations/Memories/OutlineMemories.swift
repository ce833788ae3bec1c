import EventLog
public import MemoryLedger

/// Lists memories as `ListMemories` does, with no more of each than is needed to choose it. Texts are not read.
///
///     let page = try await OutlineMemories(MemoryQuery(namespace: "mem", limit: 20)).run(in: request)
///     for memory in page.memories { print(memory.id.key, memory.summary) }
public struct OutlineMemories: LedgerOperation, Hashable {
    public var query: MemoryQuery
    public var moment: ReadMoment

    public init(_ query: MemoryQuery = MemoryQuery(), _ moment: ReadMoment = .now) {
        self.query = query
        self.moment = moment
    }

    public static let name = "memory.outline"
    public static let summary = "List keys and summaries of memories, without their texts."
    public static let parameters = ListMemories.parameters
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.namespace
    public static let audit: ReadOperation? = .list
    public static let errors = ListMemories.errors

    public var namespaces: [String]? { query.namespace.map { [$0] } }

    public init(_ arguments: OperationArguments) throws {
        query = try ListMemories.query(arguments)
        moment = try ReadMoment(arguments)
    }

    public func run(in request: OperationRequest) async throws -> MemoryOutlinePage {
        try await request.reading(moment, of: namespaces).outlines(query)
    }
}

extension MemoryOutlinePage: DescribedResult {
    package static let members: [DocumentMember] = [.init("memories", .objects), .init("locked", .strings)]

    /// `{"memories": [{"namespace", "key", "type", "domain", "summary", "keywords"}], "next", "locked"}`; `next` is the
    /// next page's `after`, or null.
    public func document() -> JSONValue {
        [
            "memories": .array(memories.map(\.json)), "next": JSONValue(optional: next),
            "locked": .array(locked.map { .string($0) }),
        ]
    }
}

extension MemoryOutline {
    fileprivate var json: JSONValue {
        [
            "namespace": .string(id.namespace), "key": .string(id.key), "type": .string(type),
            "domain": .string(domain),
            "summary": .string(summary), "keywords": .array(keywords.map { .string($0) }),
        ]
    }
}

import EventLog
public import MemoryLedger

/// Shows memories by their keys, without counting it.
///
///     let found = try await GetMemories([MemoryKey(key: "tea")], ReadMoment(at: .position(1_000))).run(in: request)
///     print(found.memories[0].content.summary)
public struct GetMemories: LedgerOperation, Hashable {
    /// 1 to 1,000.
    public var memories: [MemoryKey]
    public var moment: ReadMoment
    /// Shows a memory that is quarantined too, instead of failing.
    public var includesQuarantined: Bool

    public init(_ memories: [MemoryKey], _ moment: ReadMoment = .now, includesQuarantined: Bool = false) {
        self.memories = memories
        self.moment = moment
        self.includesQuarantined = includesQuarantined
    }

    private static let includeQuarantined = Parameter(
        "include_quarantined", .boolean, default: false, "Show a memory that is quarantined too.")

    public static let name = "memory.get"
    public static let summary = "Show memories by their keys, as they are or as they were."
    public static let parameters: [any OperationParameter] =
        [MemoryParameters.namespace, KeysParameter.keys, includeQuarantined] + ReadMoment.parameters
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.namespace
    public static let audit: ReadOperation? = .get
    public static let errors: [OperationErrorCode] = [
        .memory(.notFound), .memory(.quarantined), .log(.erased), .log(.unknownMoment),
    ]

    public var namespaces: [String]? { memories.map(\.namespace) }

    public init(_ arguments: OperationArguments) throws {
        memories = try KeysParameter.memories(arguments)
        moment = try ReadMoment(arguments)
        includesQuarantined = try arguments[Self.includeQuarantined]
    }

    public func run(in request: OperationRequest) async throws -> FoundMemories {
        try KeysParameter.check(memories)
        let reading = try await request.reading(moment, of: namespaces)
        guard includesQuarantined else { return FoundMemories(try await reading.existing(memories)) }
        var found = FoundMemories(try await reading.includingQuarantined.existing(memories))
        for memory in found.memories {
            let key = MemoryKey(namespace: memory.namespace, key: memory.key)
            if try await reading.find(key) == nil { found.quarantined.insert(key) }
        }
        return found
    }
}

import EventLog
public import MemoryLedger

/// Which event set each field and each link of a memory.
///
///     let blame = try await ShowBlame(MemoryKey(key: "tea")).run(in: request)
///     for field in blame.fields { print(field.field, field.setBy.position) }
public struct ShowBlame: LedgerOperation, Hashable {
    public var memory: MemoryKey
    public var moment: ReadMoment

    public init(_ memory: MemoryKey, _ moment: ReadMoment = .now) {
        self.memory = memory
        self.moment = moment
    }

    public static let name = "memory.blame"
    public static let summary = "Show which event set each field and each link of a memory."
    public static let parameters: [any OperationParameter] =
        [MemoryParameters.namespace, MemoryParameters.key] + ReadMoment.parameters
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.namespace
    public static let audit: ReadOperation? = .blame
    public static let errors: [OperationErrorCode] = [
        .memory(.notFound), .memory(.quarantined), .log(.erased), .log(.unknownMoment),
    ]

    public var namespaces: [String]? { [memory.namespace] }

    public init(_ arguments: OperationArguments) throws {
        memory = try arguments.memory(MemoryParameters.key)
        moment = try ReadMoment(arguments)
    }

    public func run(in request: OperationRequest) async throws -> MemoryBlame {
        try await request.reading(moment, of: namespaces).blame(memory)
    }
}

extension MemoryBlame: DescribedResult {
    package static let members: [DocumentMember] = [
        .namespace, .key, .init("fields", .objects), .init("links", .objects),
    ]

    /// As `json` says.
    public func document() -> JSONValue { json }
}

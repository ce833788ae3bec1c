import MemoryLedger

/// The namespaces whose memories are encrypted.
///
///     let protected = try await ListProtectedNamespaces().run(in: request).namespaces
public struct ListProtectedNamespaces: LedgerOperation, Hashable {
    public init() {}

    public static let name = "protection.list"
    public static let summary = "List the namespaces whose memories are encrypted."
    public static let parameters: [any OperationParameter] = []
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.ledger
    public static let errors: [OperationErrorCode] = []

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) {}

    public func run(in request: OperationRequest) async throws -> ProtectedNamespaces {
        ProtectedNamespaces(try request.ledger.protectedNamespaces())
    }
}

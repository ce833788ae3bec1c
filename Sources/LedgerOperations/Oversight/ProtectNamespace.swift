import EventLog
import MemoryLedger

/// Encrypts the memories of a namespace from now on, under the master key that the ledger was opened with. If it is
/// protected already, nothing changes.
///
///     let isNew = try await ProtectNamespace("people").run(in: request).protected != nil
public struct ProtectNamespace: LedgerOperation, Hashable {
    public var namespace: String

    public init(_ namespace: String) { self.namespace = namespace }

    private static let namespaceParameter = Parameter("namespace", .name, "The namespace.")

    public static let name = "protection.add"
    public static let summary = "Encrypt the memories of a namespace from now on."
    public static let parameters: [any OperationParameter] = [namespaceParameter]
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.ledger
    public static let errors: [OperationErrorCode] = [.log(.unsupported)]

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) throws { namespace = try arguments[Self.namespaceParameter] }

    public func run(in request: OperationRequest) async throws -> ProtectedNamespaces {
        var isNew = true
        do {
            try await request.ledger.protect(namespace, by: request.attribution)
        } catch let error as EventLogError where error.code == .alreadyProtected {
            isNew = false
        }
        return ProtectedNamespaces(try request.ledger.protectedNamespaces(), protected: isNew ? namespace : nil)
    }
}

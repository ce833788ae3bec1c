import EventLog
public import LedgerOperations
import MemoryLedger

/// Encrypts from now on what is in every namespace that has users; if none has, in the one where sessions are opened
/// unless another is named. What is said in a user's session gets data keys of that user.
///
///     let protected = try await ProtectSessions().run(in: request).protectedNow
public struct ProtectSessions: LedgerOperation, Hashable {
    public init() {}

    public static let name = "protection.add_sessions"
    public static let summary = "Encrypt what is said in sessions from now on, with data keys of each user."
    public static let parameters: [any OperationParameter] = []
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.ledger
    public static let errors: [OperationErrorCode] = [.log(.unsupported)]

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) {}

    public func run(in request: OperationRequest) async throws -> ProtectedNamespaces {
        let ledger = request.ledger
        let used = try await ledger.readTables { try People.namespaces($0) }
        var protected: [String] = []
        for namespace in used.isEmpty ? [MemoryKey.defaultNamespace] : used {
            do {
                try await ledger.protect(namespace, by: request.attribution)
                protected.append(namespace)
            } catch let error as EventLogError where error.code == .alreadyProtected {
                continue
            }
        }
        var result = ProtectedNamespaces(try ledger.protectedNamespaces())
        result.protectedNow = protected
        return result
    }
}

import EventLog
import MemoryLedger

extension AgentContext {
    /// Encrypts from now on what is in every namespace that has users; if none has, in the one where sessions are
    /// opened unless another is named. What is said in a user's session gets data keys of that user.
    ///
    ///     let protected = try await AgentContext(ledger, by: me).protectSessions()
    ///
    /// - Returns: the namespaces that were not protected before, in order.
    /// - Throws: `EventLogError` with `unsupported`, `masterKeyMissing` or `masterKeyWrong`.
    @discardableResult
    public func protectSessions() async throws -> [String] {
        let used = try await ledger.readTables { try People.namespaces($0) }
        var protected: [String] = []
        for namespace in used.isEmpty ? [MemoryKey.defaultNamespace] : used {
            do {
                try await ledger.protect(namespace, by: attribution)
                protected.append(namespace)
            } catch let error as EventLogError where error.code == .alreadyProtected {
                continue
            }
        }
        return protected
    }

    /// What is protected for users in a namespace is encrypted with data keys of theirs; nil if the ledger protects no
    /// namespace.
    func protects(_ namespace: String) throws -> Bool? {
        let protected = try ledger.protectedNamespaces()
        return protected.isEmpty ? nil : protected.contains { $0.namespace.utf8.elementsEqual(namespace.utf8) }
    }
}

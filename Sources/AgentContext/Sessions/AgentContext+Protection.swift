import EventLog
import MemoryLedger

extension AgentContext {
    /// Encrypts from now on what is in every namespace that has users; if none has, in the one where sessions are
    /// opened unless another is named. Every other one is encrypted from its first user on, in whichever process
    /// (`ConfigurationKey.protectsSessions`). What is said in a user's session gets data keys of that user.
    ///
    ///     let protected = try await AgentContext(ledger, by: me).protectSessions()
    ///
    /// - Returns: the namespaces that were not protected before, in order.
    /// - Throws: `EventLogError` with `unsupported`, `masterKeyMissing` or `masterKeyWrong`.
    @discardableResult
    public func protectSessions() async throws -> [String] {
        let used = try await ledger.readTables { try People.namespaces($0) }
        // First, so that without the master key nothing is demanded that no one could do.
        var protected = try await protect(used.isEmpty ? [MemoryKey.defaultNamespace] : used)
        try await configure(.protectsSessions, 1)
        // Those that got users before that.
        protected += try await protect(try await ledger.readTables { try People.namespaces($0) })
        return protected.sorted { $0.precedesByBytes($1) }
    }

    /// - Returns: those that were not protected before.
    private func protect(_ namespaces: [String]) async throws -> [String] {
        var protected: [String] = []
        for namespace in namespaces {
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

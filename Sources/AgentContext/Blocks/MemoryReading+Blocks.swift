import EventLog
import LedgerStorage
public import MemoryLedger

extension MemoryReading {
    /// The blocks in a context, in the order in which it got them: of a session also those of its agent.
    ///
    /// - Throws: `AgentContextError.noSession`.
    public func blocks(of holder: BlockHolder, in namespace: String) async throws -> [BlockState] {
        try await readContext(namespace) { tables in
            var blocks = try BlockRows.list(of: holder, namespace, tables)
            guard case .session(let id) = holder else { return blocks }
            let session = try SessionRows.get(MemoryKey(namespace: namespace, key: id), tables)
            guard let agent = session.agent else { return blocks }
            let own = Set(blocks.map(\.id))
            blocks += try BlockRows.list(of: .agent(agent), namespace, tables).filter { !own.contains($0.id) }
            return blocks
        }
    }

    /// - Throws: `AgentContextError.noBlock`.
    public func block(_ reference: BlockReference) async throws -> BlockState {
        try await readContext(reference.namespace) { try BlockRows.get(reference, $0) }
    }

    /// What a block said, the newest first.
    ///
    /// - Parameters:
    ///   - before: versions below this one; nil: all.
    ///   - limit: 1 to `ContextLimits.pageEntries`.
    /// - Throws: `AgentContextError.noBlock`.
    public func history(
        of reference: BlockReference, before: Int64? = nil, limit: Int = 20
    ) async throws -> [BlockVersion] {
        try await readContext(reference.namespace) { tables in
            let block = try BlockRows.get(reference, tables)
            return try BlockRows.versions(
                of: block, before: before ?? .max, limit: min(max(limit, 1), ContextLimits.pageEntries), tables)
        }
    }
}

extension BlockRows {
    /// - Throws: `AgentContextError.noBlock`.
    static func get(_ reference: BlockReference, _ tables: SQLiteConnection) throws -> BlockState {
        guard let found = try find(reference, tables) else {
            throw AgentContextError.noBlock(reference.label, reference.holder)
        }
        return found
    }
}

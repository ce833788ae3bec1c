import Crypto
import EventLog
public import MemoryLedger

extension AgentContext {
    /// Brings an agent into the ledger, with all that a file of `exportAgent` has of it. Exported again, it is the same
    /// file, byte by byte.
    ///
    /// What it makes are events, with the times of what they say, and of edits with who made them; the first one names
    /// the file. Nothing that the ledger has is changed: an agent, a session, a block or a role that it has as another
    /// one refuses the import, before anything is written; users and passages that it has stay as they are. An import
    /// that is cut off is completed by the same import, and the agent is listed when it is complete.
    ///
    /// - Parameters:
    ///   - bytes: the whole file, at most `AgentFileLimits.fileBytes`.
    ///   - name: what the agent is called here; its sessions and blocks get ids of their own then. Nil: all is called
    ///     as in the file.
    ///   - progress: is told how many events are done, and of how many.
    /// - Throws: `AgentContextError` with `invalidAgentFile`, `newerAgentFile` or `agentExists`; `MemoryLedgerError`
    ///   with `contention` or `invalidArgument`; what appending throws.
    @discardableResult
    public func importAgent(
        _ bytes: [UInt8], as name: String? = nil, into namespace: String = MemoryKey.defaultNamespace,
        limits: AgentFileLimits = AgentFileLimits(),
        progress: @escaping (_ done: Int64, _ of: Int64) -> Void = { _, _ in }
    ) async throws -> AgentImportReport {
        guard bytes.count <= limits.fileBytes else {
            throw AgentContextError(
                .invalidAgentFile,
                "An agent's file has at most \(limits.fileBytes) bytes (AgentFileLimits.fileBytes), not "
                    + "\(bytes.count).",
                ["path": "$"])
        }
        if let name { try check(name: name, "The agent") }
        let file = try AgentFile(bytes)
        let target = AgentFileTarget(
            file, name: name ?? file.agent.name, in: namespace, digest: Array(SHA256.hash(data: bytes)),
            isRenamed: name != nil)
        var run = AgentFileImport(
            AgentFilePlan(file, target), into: ledger, by: attribution, limits: limits, progress: progress)
        return try await run.run(file)
    }
}

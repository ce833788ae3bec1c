import EventLog
package import MemoryLedger

extension OperationRequest {
    /// The memory that clients of the old program mean by a key of which their namespace holds nothing: one of a
    /// migrated database that kept no namespaces apart, by its whole key. It answers as if namespaces that the caller
    /// may not read held nothing, so an operation on what it answers is asked for where the memory really is.
    ///
    /// - Returns: nil if there is none, or if the namespace holds a memory of the key itself.
    package func migrated(_ memory: MemoryKey) async throws -> MemoryKey? {
        // If the caller may read nothing else, there is nothing to look for.
        if let namespaces = grant.namespaces, namespaces.allSatisfy({ $0.hasSameBytes(as: memory.namespace) }) {
            return nil
        }
        let found = try await ledger.migrated([memory.key], besides: memory.namespace) {
            grant.includes(namespace: $0)
        }
        return found[ByteText(memory.key)]
    }
}

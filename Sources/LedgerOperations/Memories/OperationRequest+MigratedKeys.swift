import EventLog
package import MemoryLedger

extension OperationRequest {
    /// The memory that clients of the old program mean by a key of which their namespace holds nothing: one of a
    /// migrated database that kept no namespaces apart, by its whole key. It answers as if namespaces that the caller
    /// may not read held nothing, so an operation on what it answers is asked for where the memory really is.
    ///
    /// - Returns: nil if there is none, or if the namespace holds a memory of the key itself.
    package func migrated(_ memory: MemoryKey) async throws -> MemoryKey? {
        guard mayReadElsewhere(than: memory.namespace) else { return nil }
        let found = try await ledger.migrated([memory.key], besides: memory.namespace) {
            grant.includes(namespace: $0)
        }
        return found[ByteText(memory.key)]
    }

    /// The same for one who looks back, for whom it does not matter whether the memory is still there.
    package func formerlyMigrated(_ memory: MemoryKey) async throws -> MemoryKey? {
        guard mayReadElsewhere(than: memory.namespace) else { return nil }
        return try await ledger.formerlyMigrated(memory.key) { grant.includes(namespace: $0) }
    }

    /// If not, there is nothing to look for.
    private func mayReadElsewhere(than namespace: String) -> Bool {
        grant.namespaces.map { !$0.allSatisfy { $0.hasSameBytes(as: namespace) } } ?? true
    }
}

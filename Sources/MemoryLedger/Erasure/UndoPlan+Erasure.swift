import EventLog
import LedgerCapabilities

extension UndoPlan {
    /// - Throws: `MemoryLedgerError.cannotUndo` where a memory would be put back that was erased.
    func checkNothingErased() throws {
        for step in steps {
            for (memory, event) in step.events {
                guard case .restored(let restoration) = event, restoration.content == .erased else { continue }
                throw MemoryLedgerError(
                    .cannotUndo,
                    "Memory \(memory.key) in namespace \(memory.namespace) was erased, and cannot be put back; leave it out.",
                    memory: memory)
            }
        }
    }
}

extension UndoPlanner {
    /// True where the memory that an event moved, changed or took away was erased since: it cannot be put back.
    func isOfAnErasedMemory(_ undoing: Undoing) async throws -> Bool {
        let category = ByteText(MemoryStream.category(undoing.memory.namespace))
        guard try ledger.encryption?.protectedCategories()[category] != nil else { return false }
        return try await past.memory(undoing.memory, before: undoing.event)?.content == .erased
    }
}

extension MemoryLedgerError {
    static func erased(_ event: RecordedEvent) -> Self {
        Self(
            .cannotUndo,
            "The \(event.type) at position \(event.position) was erased, and cannot be undone; leave it out.",
            memory: MemoryStream.memory(event.stream))
    }
}

import EventLog
import LedgerCapabilities

extension MemoryUndo {
    /// - Throws: `MemoryLedgerError.cannotUndo` if a memory would be put back that was erased.
    func check(_ steps: [UndoStep]) throws {
        for step in steps {
            for (stream, event) in step.events {
                guard case .restored(let restoration)? = event as? MemoryEvent, restoration.content == .erased,
                    let memory = MemoryStream.memory(stream)
                else { continue }
                throw MemoryLedgerError(
                    .cannotUndo,
                    "Memory \(memory.key) in namespace \(memory.namespace) was erased, and cannot be put back; leave it out.",
                    memory: memory)
            }
        }
    }

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
            memory: StreamFamily.anySubject(event.stream))
    }
}

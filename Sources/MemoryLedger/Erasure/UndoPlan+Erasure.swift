import EventLog

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

extension MemoryLedgerError {
    static func erased(_ event: RecordedEvent) -> Self {
        Self(
            .cannotUndo,
            "The \(event.type) at position \(event.position) was erased, and cannot be undone; leave it out.",
            memory: MemoryStream.memory(event.stream))
    }
}

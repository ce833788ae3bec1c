import EventLog
import SQLiteEventLog

@testable import MemoryLedger

extension MemoryLedger {
    /// Appends events of memories under exactly these keys, as versions did that did not resolve keys, and as an import
    /// does.
    func appendExactly(_ events: [(MemoryKey, MemoryEvent)], by attribution: Attribution = Attribution()) async throws {
        try await reads.flush()
        let now = options.clock.now()
        let appends = try events.map { memory, event in
            StreamAppend(
                MemoryStream.name(memory),
                events: [
                    NewEvent(
                        id: options.ids.next(at: now), type: event.type, schemaVersion: MemoryEvent.schemaVersion,
                        payload: try event.payload(), occurredAt: now, attribution: attribution)
                ])
        }
        _ = try await log.append(appends)
    }

    /// Puts a memory under exactly this key.
    func putExactly(
        _ memory: MemoryKey, _ content: MemoryContent, from provenance: Provenance? = nil,
        by attribution: Attribution = Attribution()
    ) async throws {
        try await appendExactly([(memory, .added(content, from: provenance))], by: attribution)
    }

    /// Moves a memory to exactly this key, which holds none.
    func renameExactly(
        _ memory: MemoryKey, to key: String, by attribution: Attribution = Attribution()
    ) async throws {
        let target = MemoryKey(namespace: memory.namespace, key: key)
        try await appendExactly(
            [(memory, .renamed(newKey: key)), (target, .nameTaken(oldKey: memory.key))], by: attribution)
    }
}

import EventLog
import LedgerCapabilities

extension MemoryReading {
    /// Why there is no memory under a key: it was erased, or there is none.
    package func reasonForNone(_ memory: MemoryKey) async throws -> any Error {
        let parts = source.parts
        guard let position = try parts.encryption?.lastErasure(of: MemoryStream.name(memory)),
            case .subjectErased(let erased)? = try await parts.log.event(at: position).flatMap({
                try LedgerEvent.decode($0)
            }
            )
        else { return MemoryLedgerError.notFound(memory) }
        var error = EventLogError(
            .erased,
            "Memory \(memory.key) in namespace \(memory.namespace) was erased at position \(position) "
                + "(\(erased.reason)) and cannot be read any more.")
        error.position = position
        error.stream = MemoryStream.name(memory)
        return error
    }
}

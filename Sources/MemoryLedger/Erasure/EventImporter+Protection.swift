import EventLog
import LedgerCapabilities

extension EventImporter {
    /// What was encrypted where the lines come from must not be written in plain here by mistake.
    ///
    /// - Returns: true where the line protects a namespace that is protected here already, which is not said twice.
    /// - Throws: `EventImportError.refused` where it is not.
    mutating func isProtectedHere(_ line: EventLine, _ number: Int) async throws -> Bool {
        guard line.event.type == NamespaceProtection.eventType, line.stream == NamespaceProtection.stream,
            let namespace = try? NamespaceProtection(payload: line.event.payload).namespace
        else { return false }
        if try ledger.encryption?.protectedCategories()[ByteText(MemoryStream.category(namespace))] != nil {
            return true
        }
        try await appendBatch()
        throw EventImportError(
            .refused, line: number,
            "Line \(number): namespace \(namespace) is protected where the lines come from; protect it here first, "
                + "or what follows would be written unencrypted.")
    }
}

import EventLog
import SwiftProtobuf

extension EventImporter {
    /// What was encrypted where the lines come from must not be written in plain here by mistake.
    ///
    /// - Throws: `EventImportError.refused` at the line that protects a namespace which is not protected here.
    mutating func checkProtection(_ line: EventLine, _ number: Int) async throws {
        guard line.event.type == ErasureEvent.Name.subjectsProtected, line.stream == ErasureEvent.protectionStream,
            let namespace = try? ProtoSubjectsProtected(serializedBytes: line.event.payload).namespace,
            try log.protectedCategories()[ByteText(MemoryStream.category(namespace))] == nil
        else { return }
        try await appendBatch()
        throw EventImportError(
            .refused, line: number,
            "Line \(number): namespace \(namespace) is protected where the lines come from; protect it here first, "
                + "or what follows would be written unencrypted.")
    }
}

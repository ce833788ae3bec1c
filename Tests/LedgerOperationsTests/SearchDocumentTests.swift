import Foundation
import LedgerCapabilities
import MemoryLedger
import Testing

@testable import LedgerOperations

/// Goal: a program is told why a search has not looked at all. Method: a ledger that has no index and may only be read,
/// and the same once it has one.
@Suite struct SearchDocumentTests {
    @Test func whyTheIndexIsBehind() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("ledger.sqlite").path
        var options = MemoryLedgerOptions()
        for hasIndex in [false, true] {
            options.file.access = .create
            let ledger = try await MemoryLedger.open(at: path, options: options)
            if hasIndex {
                _ = try await ledger.search(MemorySearch("tea"))
            } else {
                try await ledger.add(MemoryKey(key: "tea"), MemoryContent(summary: "Green"))
            }
            await ledger.close()
            options.file.access = .readOnly
            let read = try await MemoryLedger.open(at: path, options: options)
            let found = try await SearchMemories(MemorySearch("tea")).run(in: OperationRequest(read)).document()
            let problem: JSONValue? = hasIndex ? nil : "the ledger was opened for reading only"
            #expect(found["index_problem"] == problem, "\(found)")
            #expect(found["total"] == (hasIndex ? 1 : 0) && found["position"] == 1)
            await read.close()
        }
    }
}

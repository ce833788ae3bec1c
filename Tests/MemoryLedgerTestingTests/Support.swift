import CLedgerShims
import EventLog
import Foundation
import LedgerStorage
import MemoryLedger
import MemoryLedgerTesting
import Testing

/// A folder of its own for a test, removed at its end.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("testing-kit-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { path + "/" + name }

    /// Runs SQL on a database of that name, which is made where it does not exist.
    @discardableResult
    func database(_ name: String, _ sql: String) throws -> String {
        var handle: OpaquePointer?
        try #require(sqlite3_open(file(name), &handle) == SQLITE_OK)
        defer { sqlite3_close_v2(handle) }
        try #require(sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK)
        return file(name)
    }
}

/// The sample with every hard case in it.
func keyvSample() throws -> String {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../Tools/sample/keyv_sample.sql")
    return try String(contentsOf: url, encoding: .utf8)
}

/// What an expectation says when it fails; an issue where it holds.
func expectFailure(
    sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async throws -> ExpectationFailure {
    let error = await #expect(throws: ExpectationFailure.self, sourceLocation: sourceLocation) { try await body() }
    return try #require(error, sourceLocation: sourceLocation)
}

let tea = MemoryKey(key: "tea")
let coffee = MemoryKey(key: "coffee")
let habit = MemoryKey(key: "habit")

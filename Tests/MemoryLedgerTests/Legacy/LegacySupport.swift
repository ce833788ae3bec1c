import CLedgerShims
import EventLog
import Foundation
import LedgerStorage
import Testing

@testable import MemoryLedger

/// A folder of its own for a test, removed at its end.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("memory-ledger-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { path + "/" + name }

    /// Each file's name with its bytes.
    func contents() throws -> [String: Data] {
        var contents: [String: Data] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: path) {
            contents[name] = FileManager.default.contents(atPath: file(name))
        }
        return contents
    }
}

/// A database that a test writes; closed at its end without a checkpoint.
final class TestDatabase {
    let path: String
    let connection: SQLiteConnection

    init(_ path: String, _ sql: String = "") throws {
        self.path = path
        var handle: OpaquePointer?
        #expect(sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nil) == SQLITE_OK)
        connection = SQLiteConnection(handle: try #require(handle))
        memledger_disable_checkpoint_on_close(connection.handle)
        try execute(sql)
    }

    deinit { close() }

    func execute(_ sql: String) throws { try connection.execute(sql) }

    private var isOpen = true

    func close() {
        guard isOpen else { return }
        isOpen = false
        connection.forgetStatements()
        sqlite3_close_v2(connection.handle)
    }
}

enum Sample: String, CaseIterable {
    case keyv = "keyv_sample"
    case keyv6 = "keyv6_sample"
    case kvMemory1 = "kv_memory_1_sample"
    case kvMemory2 = "kv_memory_2_sample"
    case kvMemory11 = "kv_memory_1_1_sample"
    case kvMemory11Kept = "kv_memory_1_1_kept_sample"

    var format: LegacyFormat {
        switch self {
        case .keyv: .keyv
        case .keyv6: .keyv6
        case .kvMemory1: .kvMemory1
        case .kvMemory2, .kvMemory11, .kvMemory11Kept: .kvMemory2
        }
    }

    /// - Parameter before: what is run before the script.
    func make(in folder: TemporaryFolder, before: String = "") throws -> String {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../../Tools/sample/\(rawValue).sql")
        let path = folder.file("\(rawValue).sqlite")
        try TestDatabase(path, before + String(contentsOf: script, encoding: .utf8)).close()
        return path
    }
}

extension LegacySource {
    /// All rows; fails the test where one is too large.
    func allRows() throws -> [LegacyRow] {
        let cursor = LegacyRows(self)
        var rows: [LegacyRow] = []
        while let read = try cursor.next() {
            switch read {
            case .row(let row): rows.append(row)
            case .tooLarge(let row, _): Issue.record("too large: \(row.displayKey)")
            }
        }
        return rows
    }
}

extension LegacyRow {
    static func keyv(_ key: String, _ value: String, format: LegacyFormat = .keyv) -> LegacyRow {
        LegacyRow(
            format: format, table: "keyv", key: .text(Array(key.utf8)), namespace: format == .keyv6 ? .text([]) : nil,
            value: .text(Array(value.utf8)))
    }
}

extension LegacyInterpretation {
    var memory: LegacyMemory? { if case .memory(let memory) = self { memory } else { nil } }
    var reason: String? { if case .quarantined(let reason) = self { reason } else { nil } }
}

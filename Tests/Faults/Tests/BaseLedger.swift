import CLedgerShims
import FaultLaboratory
import Foundation
import Testing

/// A small ledger with all that the faulted commands work on; each try gets a copy of its folder.
final class BaseLedger: Sendable {
    static let ledger = "l.sqlite"
    static let backup = "b0.sqlite"
    static let source = "source.sqlite"
    static let masterKey = "master-key"
    /// It stands in one protected memory and nowhere else.
    static let secret = "PLAINTEXT-OF-THE-SECRET"

    let folder: ScratchFolder
    let names: Set<String>
    /// What is acknowledged before each try.
    let events: [LedgerCopy.Event]
    /// What the backup has.
    let backedUp: [LedgerCopy.Event]

    /// Made once for all tests.
    static func shared() async throws -> BaseLedger { try await making.value }
    private static let making = Task { try await BaseLedger() }

    private init() async throws {
        folder = try ScratchFolder()
        let copy = LedgerCopy(folder: folder)
        try await copy.succeed("init")
        try await copy.succeed("protect", "people", "--new-master-key", folder.path(Self.masterKey))
        for index in 0..<5 {
            let text = String(repeating: "text \(index) ", count: index * 40)
            try await copy.succeed("add", "k\(index)", "--summary", "s\(index)", "--text", text)
        }
        try await copy.succeed("add", "p0", "--namespace", "people", "--summary", "stays")
        try await copy.succeed("backup", folder.path(Self.backup))
        backedUp = try await copy.events()
        try await copy.succeed("add", "p1", "--namespace", "people", "--summary", Self.secret)
        try await copy.succeed("add", "later", "--summary", "after the backup")
        try Self.makeSource(folder.path(Self.source))
        events = try await copy.events()
        try copy.forgetSharedMemory()
        names = try Set(copy.names())
    }

    /// A folder of its own with the same files.
    func copy() throws -> LedgerCopy {
        let other = try ScratchFolder()
        for name in try folder.names() {
            try FileManager.default.copyItem(atPath: folder.path(name), toPath: other.path(name))
        }
        return LedgerCopy(folder: other)
    }

    /// A legacy database in the layout that Keyv writes.
    private static func makeSource(_ path: String) throws {
        var database: OpaquePointer?
        defer { sqlite3_close_v2(database) }
        try #require(sqlite3_open(path, &database) == SQLITE_OK)
        let rows = (0..<12).map { index in
            let value = #"{"value":{"summary":"legacy \#(index)","text":"old \#(index)","keywords":["w"],"links":[]}}"#
            return "INSERT INTO keyv VALUES ('mem:m\(index)', '\(value)');"
        }
        let sql = "CREATE TABLE keyv (key VARCHAR(255) PRIMARY KEY, value TEXT);" + rows.joined()
        try #require(sqlite3_exec(database, sql, nil, nil, nil) == SQLITE_OK)
    }
}

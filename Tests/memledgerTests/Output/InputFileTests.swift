import CLedgerShims
import EventLog
import Foundation
import LedgerCapabilities
import SQLiteEventLog
import Testing

@testable import memledger

/// Goal: what a command reads may be any file, also the ledger that it has open, and that keeps its locks.
/// Method: SQLite's lock on a ledger, seen through another open file, before and after.
@Suite struct InputFileTests {
    /// SQLite's own bytes in a database file: every connection in WAL mode holds them.
    private static let shared = 0x4000_0002

    @Test func aLedgerThatIsReadStaysLocked() async throws {
        let workspace = try Workspace()
        let path = workspace.path("memory-ledger.sqlite")
        let log = try SQLiteEventLog(path: path, options: LedgerFileOptions(), clock: SystemTimeSource())
        let all = try await FileChunks.readAll(try InputFile(path), name: path, maximumBytes: .max)
        #expect(all.starts(with: "SQLite format 3".utf8))
        #expect(System.isDatabase(path))
        let probe = open(path, O_RDWR)
        #expect(memledger_try_lock(probe, Self.shared) != 0)
        await log.close()
        #expect(memledger_try_lock(probe, Self.shared) == 0)
        close(probe)
    }

    @Test func aFileAndAPipeAreReadToTheirEnds() async throws {
        let workspace = try Workspace()
        let text = String(repeating: "line\n", count: 200_000)
        try workspace.write("file", text)
        let file = try InputFile(workspace.path("file"))
        #expect(file.sizeBytes == Int64(text.utf8.count))
        let all = try await FileChunks.readAll(file, name: "file", maximumBytes: .max)
        #expect(String(decoding: all, as: UTF8.self) == text)
        try #require(mkfifo(workspace.path("pipe"), 0o600) == 0)
        let pipe = try InputFile(workspace.path("pipe"))
        #expect(pipe.sizeBytes == nil)
        let writer = open(workspace.path("pipe"), O_WRONLY | O_CLOEXEC)
        #expect(write(writer, "some", 4) == 4)
        close(writer)
        #expect(try await FileChunks.readAll(pipe, name: "pipe", maximumBytes: .max) == Array("some".utf8))
        #expect(throws: FileFailure.self) { try InputFile(workspace.path("none")) }
        #expect(throws: FileFailure.self) { try InputFile(workspace.folder.path) }
    }
}

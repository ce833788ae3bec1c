import CLedgerShims
import EventLog
import Foundation
import Testing

@testable import LedgerStorage

/// Goal: what killed processes left is cleared away, and never what a living one uses. Method: files and folders of
/// these names, some of them locked.
@Suite struct PartFileTests {
    private func names(_ folder: String) throws -> Set<String> {
        Set(try FileManager.default.contentsOfDirectory(atPath: folder))
    }

    @Test func aPartThatNobodyWritesIsRemoved() throws {
        let folder = try TestFolder()
        let target = folder.path("made.jsonl")
        let (left, foreign) = ("made.jsonl.part-0123456789abcdef", "made.jsonl.part-mine")
        for name in [left, foreign] { try Data([1]).write(to: URL(filePath: folder.path(name))) }
        try FileManager.default.createSymbolicLink(
            atPath: target + ".part-fedcba9876543210", withDestinationPath: folder.path(foreign))
        let living = try PartFile(of: target, rights: .ofOwner)
        let other = try PartFile(of: target, rights: .ofOwner)
        #expect(living.path != other.path)
        let name = URL(filePath: living.path).lastPathComponent
        #expect(
            try names(folder.url.path).subtracting([URL(filePath: other.path).lastPathComponent])
                == [foreign, name, "made.jsonl.part-fedcba9876543210"])
        try other.place(at: target, replacing: false)
        #expect(try names(folder.url.path).contains("made.jsonl"))
    }

    @Test func aPartGoesWithItsLastReference() throws {
        let folder = try TestFolder()
        var output: OutputFile? = try OutputFile(folder.path("made"), replacing: false, rights: .ofOwner)
        try output?.write([1])
        #expect(try names(folder.url.path).count == 1)
        output = nil
        #expect(try names(folder.url.path).isEmpty)
    }

    @Test func aTemporaryFolderThatNobodyWantsIsRemoved() throws {
        let root = try TestFolder().url.path
        let left = root + "/memledger-scratch-0123456789abcdef"
        try FileManager.default.createDirectory(atPath: left, withIntermediateDirectories: true)
        try Data([1]).write(to: URL(filePath: left + "/database"))
        let living = try TemporaryFolder(in: root)
        var other: TemporaryFolder? = try TemporaryFolder(in: root)
        #expect(try names(root).count == 2 && !FileManager.default.fileExists(atPath: left))
        var status = stat()
        #expect(stat(living.path, &status) == 0 && status.st_mode & 0o777 == 0o700)
        #expect(other?.path != living.path)
        other = nil
        #expect(try names(root) == [URL(filePath: living.path).lastPathComponent])
        living.remove()
        #expect(try names(root).isEmpty)
    }
}

import EventLog
import Foundation
import LedgerStorage
import Testing

/// Goal: a file read through SQLite's file layer is the file, and reading it ends when the task does.
/// Method: sizes around those of the pieces, and what is no file.
@Suite struct RegularFileTests {
    private static let piece = RegularFile.pieceBytes

    @Test(arguments: [0, 1, 2, 65_535, 65_536, 65_537, piece - 1, piece, piece + 1, 2 * piece + 7])
    func itHoldsWhatTheFileHolds(bytes: Int) throws {
        let folder = try TestFolder()
        let data = Data((0..<bytes).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) })
        try data.write(to: URL(filePath: folder.path("file")))
        var pieces = Data()
        try RegularFile(reading: folder.path("file")).forEachPiece { pieces.append(contentsOf: $0) }
        #expect(pieces == data)
        let file = try RegularFile(reading: folder.path("file"))
        var chunks = Data()
        while case let chunk = try file.chunk(), !chunk.isEmpty { chunks.append(contentsOf: chunk) }
        #expect(try chunks == data && file.chunk().isEmpty)
    }

    /// Of some of the system's own files the size says a page, of others nothing, whatever they hold.
    @Test(.timeLimit(.minutes(5)), arguments: ["/sys/devices/system/cpu/online", "/proc/version"])
    func aFileWhoseSizeIsWrongIsReadToItsEnd(path: String) throws {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return }
        let file = try RegularFile(reading: path)
        #expect(try file.chunk() == Array(text.utf8) && file.chunk().isEmpty)
    }

    @Test func aLinkIsFollowedWhereThatIsWanted() throws {
        let folder = try TestFolder()
        try Data("somebody's".utf8).write(to: URL(filePath: folder.path("file")))
        try FileManager.default.createSymbolicLink(atPath: folder.path("link"), withDestinationPath: "file")
        #expect(try RegularFile(reading: folder.path("link")).chunk() == Array("somebody's".utf8))
        #expect(throws: FileProblem.self) { try RegularFile(reading: folder.path("link"), followingLinks: false) }
    }

    @Test func whatIsNoFileIsRefused() throws {
        let folder = try TestFolder()
        try #require(mkfifo(folder.path("pipe"), 0o600) == 0)
        for path in [folder.path("pipe"), folder.path("none"), folder.url.path, "/dev/null"] {
            #expect(throws: FileProblem.self, "\(path)") { try RegularFile(reading: path) }
        }
    }

    @Test func aCancelledTaskReadsNoMore() async throws {
        let path = try TestFolder().path("file")
        try Data(count: 3 * Self.piece).write(to: URL(filePath: path))
        let pieces = await Task {
            var pieces = 0
            #expect(throws: CancellationError.self) {
                try RegularFile(reading: path).forEachPiece { _ in
                    pieces += 1
                    withUnsafeCurrentTask { $0?.cancel() }
                }
            }
            return pieces
        }.value
        #expect(pieces == 1)
    }
}

import EventLog
import Foundation
import LedgerCapabilities
import MerkleLog
import Testing

@testable import SQLiteEventLog

/// Goal: the file beside the ledger says how far the log has come, whichever process writes, and nothing else is ever
/// written.
/// Method: the file is read after appends by one and by two writers, damaged, and replaced by what it must not be.
@Suite struct HeadFileTests {
    private static func positions(_ file: LogFile) -> [Position] {
        HeadFile.read(of: file.path).map(\.position).sorted()
    }

    @Test func eachSyncedAppendIsNoted() async throws {
        let file = try LogFile()
        let log = try file.open(.synced())
        #expect(HeadFile.read(of: file.path).isEmpty)
        // Across the first two tiles of the tree.
        for count in [1, 2, 253, 1, 700] {
            _ = try await log.append(to: "s", file.events(count))
            let newest = try #require(HeadFile.read(of: file.path).max { $0.isOlder(than: $1) })
            let (head, root) = (try await log.head(), try log.readTree { try $0.root(at: $0.size) })
            #expect(newest.position == head && newest.root == root)
            #expect(try newest.ledger == log.ledgerID && newest.origin == LedgerOrigin.current(in: log))
        }
        await log.close()
        // What is known of the tree is read again.
        let again = try file.open(.synced())
        _ = try await again.append(to: "s", file.events(3))
        let newest = try #require(HeadFile.read(of: file.path).max { $0.isOlder(than: $1) })
        #expect(newest.position == 960)
        #expect(try again.readTree { try $0.root(at: $0.size) } == newest.root)
        await again.close()
    }

    @Test func whatIsNotSyncedIsNotNoted() async throws {
        let file = try LogFile()
        let log = try file.open()
        _ = try await log.append(to: "s", file.events(1))
        #expect(!FileManager.default.fileExists(atPath: HeadFile.path(of: file.path)))
        await log.close()
    }

    @Test func theOlderSlotIsWrittenOverAlsoWhereTwoWriteInTurn() async throws {
        let file = try LogFile()
        let logs = [try file.open(.synced()), try file.open(.synced())]
        for turn in [0, 0, 1, 0, 1, 1, 1, 0] {
            _ = try await logs[turn].append(to: "s", file.events(1))
            let head = try await logs[turn].head()
            #expect(Self.positions(file) == (head == 1 ? [1] : [head - 1, head]))
        }
        for log in logs { await log.close() }
    }

    @Test func aTornSlotLeavesTheOlderHead() async throws {
        let file = try LogFile()
        let log = try file.open(.synced())
        for _ in 0..<4 { _ = try await log.append(to: "s", file.events(1)) }
        await log.close()
        var bytes = try Data(contentsOf: URL(filePath: HeadFile.path(of: file.path)))
        let newest = try #require(HeadFile.read(of: file.path).firstIndex { $0.position == 4 })
        bytes[newest * 512 + 70] ^= 0x10
        try bytes.write(to: URL(filePath: HeadFile.path(of: file.path)))
        #expect(Self.positions(file) == [3])
        let again = try file.open(.synced())
        #expect(again.lostHead == nil)
        _ = try await again.append(to: "s", file.events(1))
        #expect(Self.positions(file) == [3, 5])
        await again.close()
    }

    @Test(arguments: ["symbolic link", "hard link", "folder", "another file"])
    func nothingButAFileOfItsOwnIsWritten(kind: String) async throws {
        let file = try LogFile()
        let (victim, path) = (file.folder.path("victim"), HeadFile.path(of: file.path))
        try Data("keep me".utf8).write(to: URL(filePath: victim))
        switch kind {
        case "symbolic link": try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: victim)
        case "hard link": try FileManager.default.linkItem(atPath: victim, toPath: path)
        case "another file": try FileManager.default.copyItem(atPath: victim, toPath: path)
        default: try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        }
        let log = try file.open(.synced())
        #expect(try await log.append(to: "s", file.events(2)).positions == [1, 2])
        #expect(log.lostHead == nil)
        for kept in kind == "another file" ? [victim, path] : [victim] {
            #expect(try Data(contentsOf: URL(filePath: kept)) == Data("keep me".utf8))
        }
        await log.close()
    }

    @Test(arguments: ["-head", "-lock"]) func aKeyOfThatNameIsNotWrittenOver(side: String) async throws {
        let file = try LogFile()
        let key = file.path + side
        try MasterKey.make(at: key)
        let before = try Data(contentsOf: URL(filePath: key))
        await expectError(.fileExists) { _ = try file.open(.synced()) }
        #expect(try Data(contentsOf: URL(filePath: key)) == before)
    }

    @Test func whoeverOpensBesideAWriterFindsAllThatWasAcknowledged() async throws {
        let file = try LogFile()
        let log = try file.open(.synced())
        _ = try await log.append(to: "s", file.events(1))
        let writer = Task {
            while !Task.isCancelled { _ = try await log.append(to: "s", file.events(1)) }
        }
        for _ in 0..<50 {
            let reader = try file.open(.test(.readOnly))
            #expect(reader.lostHead == nil)
            await reader.close()
        }
        writer.cancel()
        _ = await writer.result
        await log.close()
    }
}

extension LedgerFileOptions {
    /// As a ledger is opened by default: an append is acknowledged when it is synced.
    static func synced() -> LedgerFileOptions {
        var options = LedgerFileOptions.test()
        options.durability = .full
        return options
    }
}

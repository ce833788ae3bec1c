import EventLog
import EventLogTesting
import Foundation
import LedgerCapabilities
import LedgerStorage
import MerkleLog
import SQLiteEventLog
import Testing

/// Goal: the tree in the file is the one that RFC 6962 defines over the canonical encodings of the events.
/// Method: logs of all sizes that matter, grown in random portions, are compared with the tree by its definition.
@Suite struct TreeTests {
    /// RFC 6962's eight leaves and the roots after each, as the test data of Certificate Transparency has them.
    @Test func theKnownRootsComeOut() {
        let entries: [[UInt8]] = [
            [], [0x00], [0x10], [0x20, 0x21], [0x30, 0x31], [0x40, 0x41, 0x42, 0x43], Array(0x50...0x57),
            Array(0x60...0x6f),
        ]
        let tree = WholeTree(leaves: entries.map { MerkleHash.leaf($0) })
        #expect(MerkleHash.emptyRoot.description == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(tree.root(1).description == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")
        #expect(tree.root().description == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")
    }

    private func leaves(_ log: SQLiteEventLog) async throws -> WholeTree {
        let id = try log.ledgerID
        return WholeTree(leaves: try await log.all().map { CanonicalEvent($0, in: id).leafHash })
    }

    private func check(_ log: SQLiteEventLog, _ random: inout SeededRandom) async throws {
        let tree = try await leaves(log)
        let count = tree.leaves.count
        try log.readTree { reader in
            #expect(reader.size == Int64(count))
            var sizes = [0, 1, 255, 256, 257, count - 1, count].filter { (0...count).contains($0) }
            for _ in 0..<4 { sizes.append(.random(in: 0...count, using: &random)) }
            for size in sizes { try check(reader, tree, size, &random) }
        }
    }

    private func check(
        _ reader: TreeReader, _ tree: WholeTree, _ size: Int, _ random: inout SeededRandom
    ) throws {
        #expect(try reader.root(at: Int64(size)) == tree.root(size))
        let old = Int.random(in: 0...size, using: &random)
        #expect(try reader.consistencyProof(from: Int64(old), to: Int64(size)) == tree.consistency(old, size))
        guard size > 0 else { return }
        let leaf = Int.random(in: 0..<size, using: &random)
        #expect(try reader.leaf(at: Int64(leaf) + 1) == tree.leaves[leaf])
        #expect(try reader.inclusionProof(of: Int64(leaf) + 1, in: Int64(size)) == tree.inclusion(leaf, size))
    }

    @Test(arguments: [0, 1, 2, 255, 256, 257, 511, 512, 1_300])
    func itIsTheTreeOverTheEvents(count: Int) async throws {
        let seed = UInt64(count) + 11
        var random = SeededRandom(seed)
        let file = try LogFile()
        var log = try file.open()
        var rest = count
        while rest > 0 {
            let portion = min(rest, .random(in: 1...(Bool.random(using: &random) ? 3 : 600), using: &random))
            _ = try await log.append(to: "s", file.events(portion))
            rest -= portion
            guard Int.random(in: 0..<4, using: &random) == 0 else { continue }
            await log.close()
            log = try file.open()
        }
        try await check(log, &random)
        await log.close()
    }

    /// 65,536 leaves fill a tile of level 1.
    @Test func aThirdLevelGrows() async throws {
        let file = try LogFile()
        let log = try file.open()
        for portion in [40_000, 25_535, 1, 1, 300] {
            _ = try await log.append(to: "s", file.events(portion))
            let root = try log.readTree { try $0.root(at: $0.size) }
            #expect(root != .emptyRoot)
        }
        var random = SeededRandom(7)
        try await check(log, &random)
        let raw = try RawSQLite(file.path)
        #expect(try raw.sqlite.integer("SELECT count(*) FROM tree_tiles WHERE level = 1") == 1)
        await log.close()
    }

    @Test func twoWritersGrowOneTree() async throws {
        let file = try LogFile()
        let one = try file.open()
        let other = try file.open()
        for round in 0..<40 {
            _ = try await (round % 3 == 0 ? one : other).append(to: "s", file.events(round % 7 == 0 ? 200 : 3))
        }
        var random = SeededRandom(3)
        try await check(one, &random)
        await one.close()
        await other.close()
    }

    @Test func whatIsRefusedLeavesNoLeaf() async throws {
        let file = try LogFile()
        let log = try file.open()
        _ = try await log.append(to: "s", file.events(5))
        await #expect(throws: EventLogError.self) {
            _ = try await log.append([StreamAppend("t", events: file.events(3)), StreamAppend("s", .mustNotExist)])
        }
        let size = try log.readTree { $0.size }
        #expect(size == 5)
        _ = try await log.append(to: "s", file.events(300))
        var random = SeededRandom(4)
        try await check(log, &random)
        await log.close()
    }

    @Test func aLogInMemoryHasATree() async throws {
        let file = try LogFile()
        let log = try SQLiteEventLog.inMemory(options: .test(), clock: file.clock)
        _ = try await log.append(to: "s", file.events(700))
        var random = SeededRandom(5)
        try await check(log, &random)
        await log.close()
    }

    /// An event without a leaf, or a leaf without an event: nothing is put on top of that.
    @Test(arguments: ["DELETE FROM tree_tail", "DELETE FROM events WHERE position = 5"])
    func aTreeThatDoesNotFitTheLogTakesNothing(damage: String) async throws {
        let file = try LogFile()
        try await file.make((0..<5).map { [$0] })
        try RawSQLite.damage(file.path, damage)
        let log = try file.open()
        let error = await #expect(throws: EventLogError.self) { _ = try await log.append(to: "s", file.events(1)) }
        #expect(error?.code == .damagedLog)
        await log.close()
    }
}

/// Goal: a ledger of format 1 gets the tree that its events have, once, and an id that stays.
/// Method: a copy of the fixture is opened for writing, and what it has is compared with its events.
@Suite struct TreeUpgradeTests {
    @Test func aLedgerOfFormatOneGetsItsTree() async throws {
        let folder = try TestFolder()
        let path = try FormatOne.copy(folder)
        let reading = try SQLiteEventLog(path: path, options: .test(.readOnly), clock: FixedClock())
        let error = #expect(throws: EventLogError.self) { _ = try reading.ledgerID }
        #expect(error?.code == .noTree)
        await reading.close()
        var ids: Set<LedgerID> = []
        for _ in 0..<2 {
            let log = try SQLiteEventLog(path: path, options: .test(.readWrite), clock: FixedClock())
            let id = try log.ledgerID
            ids.insert(id)
            let tree = WholeTree(leaves: try FormatOne.events().map { CanonicalEvent($0, in: id).leafHash })
            let root = try log.readTree { try $0.root(at: 120) }
            #expect(root == tree.root())
            let report = try await log.verify(deep: true)
            #expect(report.isClean, "\(report.damages.prefix(3))")
            await log.close()
        }
        #expect(ids.count == 1)
        let raw = try RawSQLite(path)
        #expect(try raw.sqlite.integer("PRAGMA user_version") == 4)
    }

    /// A payload that cannot be read any more must not keep anybody from writing.
    @Test func anUnreadablePayloadIsTakenAsItIsStored() async throws {
        let folder = try TestFolder()
        let path = try FormatOne.copy(folder)
        try RawSQLite.damage(path, "UPDATE events SET payload = x'0102' WHERE position = 7")
        let log = try SQLiteEventLog(path: path, options: .test(.readWrite), clock: FixedClock())
        var event = try FormatOne.events()[6]
        event.payload = []
        let leaf = CanonicalEvent(event, in: try log.ledgerID, .unreadable, [1, 2]).leafHash
        let found = try log.readTree { try $0.leaf(at: 7) }
        #expect(found == leaf)
        await log.close()
    }
}

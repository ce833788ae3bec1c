import EmbeddedLedger
import EventLog
import Foundation
import LedgerCapabilities
import LedgerStorage
import MerkleLog
import Testing

@testable import MemoryLedger
@testable import Projections
@testable import SQLiteEventLog

/// Goal: after an erasure no byte of what was erased is left in any file of the ledger, nor of the keys that would open
/// it, and everything else is as it was. Method: memories with marked texts go through all that makes copies of them
/// (tables, generations, snapshots, views, dictionaries); then every byte of every file is searched for the markers and
/// for the data keys, in plain and wrapped. The same with a process that is killed (SIGKILL) at each step.
@Suite struct ErasureBytesTests {
    private static let namespace = "people"
    private let markers = Markers(name: "ada")
    private let kept = Markers(name: "kept")

    /// Memories that are changed, renamed and linked, with all that is made of them.
    private func fill(_ test: TestLedger) async throws {
        let ledger = test.ledger
        for number in 0..<40 {
            try await ledger.add(
                MemoryKey(namespace: "mem", key: "\(number)"),
                MemoryContent(summary: "kept \(number) " + kept.summary, text: kept.term, keywords: [kept.keyword]))
        }
        try await ledger.protect(Self.namespace)
        try await ledger.add(.person("ada"), markers.content(linkingTo: "bob"))
        try await ledger.add(.person("bob"), MemoryContent(summary: markers.summary))
        for number in 0..<140 {
            try await ledger.update(.person("ada"), MemoryChange(summary: markers.changed + "\(number)"))
        }
        _ = try await ledger.access(.person("ada"))
        try await ledger.rename(.person("ada"), to: "countess")
        try await ledger.link(.person("countess"), MemoryLink(type: "is", key: "bob", term: markers.term, weight: 1))
        try await ledger.add(.person("gone"), markers.content(linkingTo: "bob"))
        try await ledger.delete(.person("gone"))
        _ = try await ledger.log.inFile.trainDictionary()
        try await ledger.add(.person("later"), markers.content(linkingTo: "countess"))
        try await ledger.rebuild()
        try await ledger.rebuild()
        _ = try await ledger.takeSnapshot()
        let view = try await ledger.asOf(.position(ledger.log.head() - 1))
        #expect(try await view.list().memories.count > 40)
        // What killed processes may have left.
        for name in ["-rebuild", "-rebuild-differs", "-verify-12-1", "-snapshots/7.sqlite.building"] {
            try markers.summary.write(toFile: test.path + name, atomically: false, encoding: .utf8)
        }
    }

    private func wrappedKeys(_ ledger: MemoryLedger) throws -> [[UInt8]] {
        try ledger.log.inFile.file.read { sqlite in
            let row = try sqlite.statement("SELECT wrapped FROM data_keys WHERE wrapped IS NOT NULL")
            defer { row.reset() }
            var keys: [[UInt8]] = []
            while try row.step() { keys.append([UInt8](row.bytes(0))) }
            return keys
        }
    }

    private func rows(outside namespace: String, _ ledger: MemoryLedger) async throws -> [String] {
        try await ledger.readTables { sqlite in
            var found: [String] = []
            for (table, columns) in [
                ("memories", "id || key || summary || text || keywords || links || in_degree || version"),
                ("memory_links", "id || from_key || term"), ("namespace_events", "type || events"),
            ] {
                let row = try sqlite.statement("SELECT \(columns) FROM \(table) WHERE namespace <> ? ORDER BY 1")
                row.bind(1, namespace)
                defer { row.reset() }
                while try row.step() { found.append(row.text(0)) }
            }
            return found
        }
    }

    @Test func noByteIsLeft() async throws {
        let random = KnownRandom(seed: 4_711)
        let test = try await TestLedger.openProtected(random: random)
        try await fill(test)
        let keys = random.dataKeys
        let wrapped = try wrappedKeys(test.ledger)
        #expect(keys.count == wrapped.count && !keys.isEmpty)
        let before = try await rows(outside: Self.namespace, test.ledger)
        // The search finds what is there.
        #expect(Set(try test.search.findings(markers.needles).map { $0.split(separator: ":")[1] }).count == 6)
        #expect(try !test.search.findings(wrapped).isEmpty)
        #expect(try test.search.findings(keys).isEmpty)

        let receipt = try await test.ledger.erase(.namespace(Self.namespace), reason: "asked for")
        #expect(receipt.purgeProblem == nil)
        #expect(receipt.keys.count == keys.count)
        #expect(receipt.purge?.snapshots == 1)
        // Of the memories, and of the tokens.
        #expect(receipt.purge?.formerGenerations == 2)
        let needles = markers.needles + keys + wrapped
        #expect(try test.search.findings(needles) == [])
        // Also in what is made of the ledger from now on.
        _ = try await test.ledger.takeSnapshot()
        let view = try await test.ledger.asOf(.position(60))
        #expect(try await view.get(.person("ada"))?.content == .erased)
        try await test.expectRebuildChangesNothing()
        try await test.ledger.exportEvents { line in
            #expect(needles.allSatisfy { Data(line).range(of: Data($0)) == nil })
        }
        let copy = test.folder.file("copy.sqlite")
        try await test.ledger.log.inFile.file.copy(to: copy)
        #expect(try test.search.findings(needles) == [])
        #expect(try await rows(outside: Self.namespace, test.ledger) == before)
        await test.ledger.close()
        #expect(try test.search.findings(needles) == [])
        #expect(try !test.search.findings(kept.needles).isEmpty)
    }

    @Test func snapshotsFromAfterwardsHoldNothing() async throws {
        let test = try await TestLedger.openProtected()
        try await fill(test)
        _ = try await test.ledger.erase(.namespace(Self.namespace), reason: "asked for")
        let taken = try #require(try await test.ledger.takeSnapshot().first)
        let store = test.ledger.snapshotKeeper.store
        let expanded = test.folder.file("expanded.sqlite")
        #expect(try await store.expand(taken, to: expanded))
        #expect(try test.search.findings(markers.needles) == [])
        await test.ledger.close()
    }

    @Test func leavesStayAndOldProofsVerify() async throws {
        let test = try await TestLedger.openProtected()
        try await fill(test)
        let head = try await test.ledger.log.head()
        let (leaves, root) = try test.ledger.log.inFile.readTree { tree in
            (try (1...head).map { try tree.leaf(at: $0) }, try tree.root(at: head))
        }
        let receipt = try await test.ledger.erase(.namespace(Self.namespace), reason: "asked for")
        #expect(receipt.tree?.sizeBefore == head && receipt.tree?.rootBefore == root)
        let (leavesNow, rootNow) = try test.ledger.log.inFile.readTree { tree in
            (try (1...head).map { try tree.leaf(at: $0) }, try tree.root(at: head))
        }
        #expect(leavesNow == leaves && rootNow == root)
        // What is stored hashes to the same leaves without any key.
        let id = try test.ledger.log.inFile.ledgerID
        let again = try test.ledger.log.inFile.file.read { sqlite in
            let rows = EventRows(
                sqlite: sqlite, dictionaries: DictionaryStore(), limits: EventLogLimits(), names: EventNames())
            let select = try sqlite.statement(
                "SELECT \(EventRows.columns) FROM events WHERE position <= ? AND codec < 0 ORDER BY position")
            select.bind(1, head)
            defer { select.reset() }
            let hasher = LeafHasher(ledger: id)
            var found: [Position: MerkleHash] = [:]
            while try select.step() { found[select.int64(0)] = MerkleHash.sha256(try rows.entry(select, hasher)) }
            return found
        }
        #expect(again.count > 100)
        for (position, leaf) in again { #expect(leaves[Int(position - 1)] == leaf) }
        await test.ledger.close()
    }

    /// Who reads all the time keeps the write-ahead log from being emptied: the erasure stands, the purge stays due.
    @Test func aReaderInTheWayDelaysThePurge() async throws {
        let test = try await TestLedger.openProtected { $0.file.busyTimeoutMilliseconds = 300 }
        try await fill(test)
        let reader = LongReader(try test.ledger.log.inFile.file)
        let receipt = try await test.ledger.erase(.namespace(Self.namespace), reason: "asked for")
        #expect(receipt.purge == nil)
        #expect(receipt.purgeProblem?.contains("A program is reading the ledger") == true)
        #expect(try test.ledger.log.inFile.duePurges() == receipt.positions)
        #expect(try await test.ledger.get(.person("bob")) == nil)
        reader.end()
        #expect(try await test.ledger.resumePurge()?.erasure == receipt.positions.last)
        #expect(try await test.ledger.resumePurge() == nil)
        #expect(try test.search.findings(markers.needles) == [])
        await test.ledger.close()
    }

    /// What others have kept of the past is not used any more, and what they were about to keep is refused.
    @Test func othersLetGoOfThePast() async throws {
        let test = try await TestLedger.openProtected()
        try await fill(test)
        let other = try await TestLedger.openProtected(in: test.folder)
        let head = try await test.ledger.log.head()
        let before = try await other.ledger.asOf(.position(head)).list().memories
        #expect(before.contains { $0.content.summary == markers.summary })
        let snapshot = try #require(try other.ledger.snapshotKeeper.all().last)
        _ = try await test.ledger.erase(.namespace(Self.namespace), reason: "asked for")
        let after = try await other.ledger.asOf(.position(head)).list().memories
        #expect(after.filter { $0.namespace == Self.namespace }.allSatisfy { $0.content == .erased })
        #expect(after.count == before.count)
        await expectLogError(.busy) { try await other.ledger.snapshotKeeper.store.register(snapshot) }
        await other.ledger.close()
        #expect(try test.search.findings(markers.needles) == [])
        await test.ledger.close()
    }

    @Test(arguments: PurgeStep.allCases)
    func aKilledPurgeIsFinishedByTheNextOne(step: PurgeStep) async throws {
        let test = try await TestLedger.openProtected()
        try await fill(test)
        let before = try await rows(outside: Self.namespace, test.ledger)
        let wrapped = try wrappedKeys(test.ledger)
        await test.ledger.close()
        let key = test.folder.file("master.key")
        try Data(TestLedger.masterKey).base64EncodedString().write(toFile: key, atomically: false, encoding: .utf8)
        #expect(chmod(key, 0o600) == 0)
        let process = try LedgerProcess([
            "erase", test.path, "--namespace", Self.namespace, "--kill-at", step.rawValue, "--master-key-file", key,
        ])
        #expect(try await process.exitCode() == nil, "it ended by itself")
        // Without the key the ledger can be used, and the purge stays due.
        let without = try await TestLedger.openProtected(in: test.folder, key: nil)
        #expect(try without.ledger.log.inFile.duePurges().count == 1)
        #expect(try await without.ledger.get(MemoryKey(namespace: "mem", key: "7")) != nil)
        await without.ledger.close()
        let found = try await TestLedger.openProtected(in: test.folder)
        #expect(try found.ledger.log.inFile.duePurges() == [])
        #expect(try found.search.findings(markers.needles + wrapped) == [], "\(step)")
        #expect(try await rows(outside: Self.namespace, found.ledger) == before)
        try await found.expectRebuildChangesNothing()
        await found.ledger.close()
        #expect(try found.search.findings(markers.needles + wrapped) == [], "\(step)")
    }
}

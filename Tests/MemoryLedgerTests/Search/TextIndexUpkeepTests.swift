import EventLog
import Foundation
import LedgerCapabilities
import LedgerStorage
import Synchronization
import Testing
import TextSearchFTS5

@testable import MemoryLedger

/// Goal: whatever becomes of the index, a search answers from what there is and says how far that goes, and the index
/// gets whole again by itself. Method: real files: an index that is far behind, missing, damaged or locked.
@Suite struct TextIndexUpkeepTests {
    /// One that does not wait for an index that is behind at all.
    private static func impatient(_ text: String) -> MemorySearch {
        var search = MemorySearch(text)
        search.maximumLag = 0
        return search
    }

    private static func index(_ test: TestLedger) -> String { test.path + "-search" }

    /// Asks again and again until all is found.
    private static func wait(for keys: [String], _ test: TestLedger) async throws {
        let deadline = ContinuousClock().now + .seconds(600)
        while true {
            let page = try await test.ledger.search(impatient("green"))
            if page.memories.map(\.key.key).sorted() == keys, page.indexedTo == page.position { return }
            try #require(ContinuousClock().now < deadline, "the index stays at \(page.indexedTo)")
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    @Test func whatIsFarBehindIsFilledInTheBackground() async throws {
        let test = try await TestLedger.open()
        try await test.ledger.add("tea", MemoryContent(summary: "Green"))
        let first = try await test.ledger.search(Self.impatient("green"))
        #expect(first.memories.isEmpty && first.indexedTo == 0 && first.position == 1 && first.indexProblem != nil)
        try await Self.wait(for: ["tea"], test)
        // Another process writes, of which this one's signal knows nothing.
        let other = try await test.another()
        try await other.ledger.add("matcha", MemoryContent(summary: "Green, too"))
        await other.ledger.close()
        try await Self.wait(for: ["matcha", "tea"], test)
        // It is deleted while it is followed.
        for suffix in ["", "-wal", "-shm"] { unlink(Self.index(test) + suffix) }
        try await test.ledger.add("leaf", MemoryContent(summary: "Green as well"))
        try await Self.wait(for: ["leaf", "matcha", "tea"], test)
        let found = try await test.ledger.search(Self.impatient("green"))
        #expect(found.indexProblem == nil)
        await test.ledger.close()
    }

    @Test(arguments: [0, 4_096 * 2, 4_096 * 6] as [off_t])
    func aDamagedOneIsMadeAgain(at offset: off_t) async throws {
        let test = try await TestLedger.open()
        for number in 0..<200 {
            try await test.ledger.add(MemoryKey(key: "\(number)"), MemoryContent(summary: "Green \(number)"))
        }
        #expect(try await test.ledger.search(MemorySearch("green")).total == 200)
        await test.ledger.close()
        let file = try FileHandle(forWritingTo: URL(filePath: Self.index(test)))
        // Behind what says whose file it is.
        try file.seek(toOffset: UInt64(max(offset, 100)))
        try file.write(contentsOf: Data(repeating: 0xA5, count: 4_096))
        try file.close()
        let again = try await test.another()
        #expect(try await again.ledger.search(MemorySearch("green")).total == 200)
        await again.ledger.close()
    }

    /// Two searches meet the same damage: the one that notices it later leaves the index that the other has made.
    @Test func aDamagedOneIsMadeAgainOnce() async throws {
        let test = try await TestLedger.open()
        try await test.ledger.add("tea", MemoryContent(summary: "Green"))
        #expect(try await test.ledger.search(MemorySearch("green")).total == 1)
        await test.ledger.close()
        let (index, next) = (Self.index(test), test.folder.file("next"))
        try FileManager.default.copyItem(atPath: index, toPath: next)
        let made = try #require(FileIdentity(next))
        // While it is open, no later file gets its number.
        let open = try FileHandle(forReadingFrom: URL(filePath: next))
        let again = try await test.another()
        let meetsDamage = Mutex(true)
        var searcher = try MemorySearcher(MemorySearch("green"), in: again.ledger.source)
        searcher.admission = { _ in
            if meetsDamage.withLock({ exchange(&$0, with: false) }) {
                for suffix in ["-wal", "-shm", ""] { unlink(index + suffix) }
                try FileManager.default.moveItem(atPath: next, toPath: index)
                throw TextIndexError(.damaged, "as a page that was overwritten")
            }
            return { _ in true }
        }
        let page = try await searcher.page(changed: nil) { _, _ in }
        #expect(page.total == 1 && page.problem == nil)
        #expect(FileIdentity(index) == made)
        try open.close()
        await again.ledger.close()
    }

    @Test func whatCannotBeFilledIsSearchedAsItIs() async throws {
        let test = try await TestLedger.open { $0.file.busyTimeoutMilliseconds = 50 }
        try await test.ledger.add("tea", MemoryContent(summary: "Green"))
        #expect(try await test.ledger.search(MemorySearch("green")).total == 1)
        let lock = try WriterLock(of: Self.index(test))
        try lock.acquire(timeoutMilliseconds: 10_000)
        try await test.ledger.add("matcha", MemoryContent(summary: "Green, too"))
        var search = MemorySearch("green")
        search.waitsForIndex = true
        let page = try await test.ledger.search(search)
        #expect(page.total == 1 && page.indexedTo == 1 && page.position == 2)
        #expect(page.indexProblem == "another process is writing it")
        // The old program's searches cannot say so.
        await #expect(throws: EventLogError.self) {
            _ = try await test.ledger.find(CompatibleSearch(.words("green")))
        }
        lock.release()
        #expect(try await test.ledger.search(search).total == 2)
        await test.ledger.close()
    }

    /// What is quarantined between two pages is on none from then on.
    @Test func aQuarantineHoldsForPagesThatHaveBegun() async throws {
        let test = try await TestLedger.open()
        for key in ["a", "b", "c"] {
            try await test.ledger.add(
                MemoryKey(key: key), MemoryContent(summary: "green"),
                from: key == "a" ? nil : Provenance(source: Provenance.Source(.tool, key)))
        }
        let first = try await test.ledger.search(MemorySearch("green", limit: 1))
        let rest = Set(["a", "b", "c"]).subtracting(first.memories.map(\.key.key)).subtracting(["a"]).sorted()
        for key in rest { try await test.ledger.quarantine(.source(.init(.tool, key))) }
        let second = try await test.ledger.search(MemorySearch("green", limit: 10, after: first.next))
        #expect(Set(second.memories.map(\.key.key)).isDisjoint(with: rest), "\(second.memories)")
        await test.ledger.close()
    }

    /// It stays, and so does the purge, but the ledger's own file has no byte of what was erased.
    @Test(.inAFile) func whatIsNoIndexKeepsNoErasedBytes() async throws {
        let test = try await TestLedger.openProtected()
        try await test.ledger.protect("mem")
        try await test.ledger.add("tea", MemoryContent(summary: "zqgreenleaves"))
        let own = String(repeating: "A user's own notes. ", count: 20)
        try own.write(toFile: Self.index(test), atomically: false, encoding: .utf8)
        let needles = [Array("zqgreenleaves".utf8)]
        #expect(try !test.search.findings(needles).isEmpty)
        let receipt = try await test.ledger.erase(.memory("tea"), reason: "asked for")
        #expect(receipt.purgeProblem?.contains("-search") == true, "\(receipt.purgeProblem ?? "")")
        #expect(try test.search.findings(needles) == [])
        #expect(try String(contentsOfFile: Self.index(test), encoding: .utf8) == own)
        unlink(Self.index(test))
        #expect(try await test.ledger.resumePurge() != nil)
        #expect(try await test.ledger.resumePurge() == nil)
        await test.ledger.close()
    }
}

import EventLog
import Foundation
import LedgerCapabilities
import LedgerStorage
import Projections
import Testing
import TextSearchFTS5

import class EventLogTesting.FixedClock

@testable import MemoryLedger

/// Goal: the text index follows the ledger, is never the truth, and keeps nothing that was erased.
/// Method: real files: indexes that are deleted, replaced, damaged, of another ledger or of another process's making.
@Suite struct TextIndexTests {
    private static func keys(_ reading: some MemoryReading, _ text: String) async throws -> [String] {
        try await reading.search(MemorySearch(text)).memories.map(\.key.key)
    }

    private static func index(_ test: TestLedger) -> String { test.path + "-search" }

    @Test func aLedgerThatIsNotSearchedHasNone() async throws {
        let test = try await TestLedger.open()
        try await test.ledger.add("tea", MemoryContent(summary: "Green"))
        await test.ledger.close()
        #expect(!FileManager.default.fileExists(atPath: Self.index(test)))
    }

    @Test func itHasTheLedgersRights() async throws {
        let test = try await TestLedger.open()
        chmod(test.path, 0o600)
        try await test.ledger.add("tea", MemoryContent(summary: "Green"))
        #expect(try await Self.keys(test.ledger, "green") == ["tea"])
        for suffix in ["", "-wal", "-shm"] {
            var status = stat()
            #expect(stat(Self.index(test) + suffix, &status) == 0, "\(suffix)")
            #expect(status.st_mode & 0o777 == 0o600, "\(suffix)")
        }
        await test.ledger.close()
    }

    /// Who may read one namespace cannot tell from scores what others have.
    @Test func otherNamespacesChangeNoRelevance() async throws {
        let test = try await TestLedger.open()
        try await test.ledger.add("tea", MemoryContent(summary: "Green tea", text: "From Uji"))
        try await test.ledger.add("coffee", MemoryContent(summary: "Green beans", text: "From Kenya"))
        let search = MemorySearch("green OR tea OR uji", MemoryFilter(namespace: "mem"))
        let before = try await test.ledger.search(search).memories
        for number in 0..<50 {
            let key = MemoryKey(namespace: "other", key: "tea-\(number)")
            try await test.ledger.add(key, MemoryContent(summary: "Green tea", text: "Uji \(number)"))
        }
        #expect(try await test.ledger.search(search).memories == before && before.count == 2)
        let everywhere = try await test.ledger.search(MemorySearch("green OR tea OR uji", limit: 100)).memories
        #expect(everywhere.first { $0.key.key == "tea" }?.relevance != before[0].relevance)
        await test.ledger.close()
    }

    @Test func whatIsDeletedIsMadeAgain() async throws {
        let test = try await TestLedger.open()
        try await test.ledger.add("tea", MemoryContent(summary: "Green"))
        #expect(try await Self.keys(test.ledger, "green") == ["tea"])
        for suffix in ["", "-wal", "-shm"] { unlink(Self.index(test) + suffix) }
        try await test.ledger.add("matcha", MemoryContent(summary: "Green, too"))
        #expect(try await Set(Self.keys(test.ledger, "green")) == ["tea", "matcha"])
        await test.ledger.close()
    }

    /// Another ledger comes to stand under the same name: its events have other ids.
    @Test func whatIsOfAnotherLedgerIsMadeAgain() async throws {
        let (first, second) = (try await TestLedger.open(), try await TestLedger.open())
        try await first.ledger.add("tea", MemoryContent(summary: "Green"))
        try await second.ledger.add("coffee", MemoryContent(summary: "Green beans"))
        #expect(try await Self.keys(first.ledger, "green") == ["tea"])
        #expect(try await Self.keys(second.ledger, "green") == ["coffee"])
        await first.ledger.close()
        await second.ledger.close()
        try FileManager.default.removeItem(atPath: Self.index(second))
        try FileManager.default.copyItem(atPath: Self.index(first), toPath: Self.index(second))
        let again = try await second.another()
        #expect(try await Self.keys(again.ledger, "green") == ["coffee"])
        await again.ledger.close()
    }

    @Test func whatIsNoIndexIsRefusedAndStays() async throws {
        let test = try await TestLedger.open()
        try await test.ledger.add("tea", MemoryContent(summary: "Green"))
        let own =
            "A user's own notes. They are longer than a database's header, which takes 100 bytes, and so on: "
            + test.path
        try own.write(toFile: Self.index(test), atomically: false, encoding: .utf8)
        await expectLogError(.notALedger) { _ = try await Self.keys(test.ledger, "green") }
        #expect(try String(contentsOfFile: Self.index(test), encoding: .utf8) == own)
        await test.ledger.close()
    }

    @Test func severalLedgersFillOneIndex() async throws {
        let test = try await TestLedger.open()
        let other = try await test.another()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, ledger) in [test.ledger, other.ledger].enumerated() {
                group.addTask {
                    for index in 0..<40 {
                        let key = MemoryKey(key: "\(number)-\(index)")
                        try await ledger.add(key, MemoryContent(summary: "green \(number)x\(index)"))
                        #expect(try await Self.keys(ledger, "\(number)x\(index)") == [key.key])
                    }
                }
            }
            try await group.waitForAll()
        }
        for ledger in [test.ledger, other.ledger] {
            #expect(try await ledger.search(MemorySearch("green")).total == 80)
        }
        await other.ledger.close()
        await test.ledger.close()
    }

    @Test func whoOnlyReadsIsToldHowFarItIs() async throws {
        let test = try await TestLedger.open()
        try await test.ledger.add("tea", MemoryContent(summary: "Green"))
        let reader = try await test.another(access: .readOnly)
        let nothing = try await reader.ledger.search(MemorySearch("green"))
        #expect(nothing.memories.isEmpty && nothing.indexedTo == 0 && nothing.position == 1)
        #expect(try await Self.keys(test.ledger, "green") == ["tea"])
        await test.ledger.close()
        // Who has not searched does not fill it.
        let writer = try await test.another()
        try await writer.ledger.add("matcha", MemoryContent(summary: "Green, too"))
        let found = try await reader.ledger.search(MemorySearch("green"))
        #expect(found.memories.map(\.key.key) == ["tea"] && found.indexedTo == 1 && found.position == 2)
        await reader.ledger.close()
        await writer.ledger.close()
    }

    @Test func pagesStayRightWhileOthersWrite() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        for index in 0..<30 {
            try await ledger.add(
                MemoryKey(key: "k\(index)"),
                MemoryContent(summary: "green", text: String(repeating: "tea ", count: index)))
        }
        let all = try await ledger.search(MemorySearch("green", limit: 100)).memories.map(\.key.key)
        var search = MemorySearch("green", limit: 4)
        var found: [String] = []
        var turn = 0
        repeat {
            let page = try await ledger.search(search)
            found += page.memories.map(\.key.key)
            search.after = page.next
            // New ones, ones that go, and others' words that make the word rarer.
            try await ledger.add(MemoryKey(key: "new\(turn)"), MemoryContent(summary: "green"))
            try await ledger.add(MemoryKey(key: "other\(turn)"), MemoryContent(summary: "black"))
            turn += 1
        } while search.after != nil
        #expect(found == all)
        await ledger.close()
    }

    /// What is appended in between may have occurred before the time that is asked about.
    @Test func pagesOfWhatHadOccurredStayRight() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        for index in 0..<9 {
            try await ledger.add(MemoryKey(key: "k\(index)"), MemoryContent(summary: "green"))
        }
        let time = test.clock.now()
        test.clock.advance(1_000)
        try await ledger.add("late", MemoryContent(summary: "green"))
        var search = MemorySearch("green", limit: 4)
        var found: [String] = []
        repeat {
            let page = try await ledger.asOf(.occurred(time)).search(search)
            #expect(page.total == 9 && page.indexedTo == 10 && page.position == 10)
            found += page.memories.map(\.key.key)
            search.after = page.next
            test.clock.advance(-2_000)
            try await ledger.add(MemoryKey(key: "early\(found.count)"), MemoryContent(summary: "green"))
            test.clock.advance(2_000)
        } while search.after != nil
        #expect(Set(found) == Set((0..<9).map { "k\($0)" }) && found.count == 9)
        // They are found from the beginning.
        #expect(try await ledger.asOf(.occurred(time)).search(MemorySearch("green")).total == 12)
        #expect(try test.search.files().allSatisfy { !$0.contains("-verify") })
        await ledger.close()
    }

    @Test func aCursorOfAnotherSearchIsRefused() async throws {
        let test = try await TestLedger.open()
        for key in ["one", "two"] {
            try await test.ledger.add(MemoryKey(key: key), MemoryContent(summary: "tea \(key)"))
        }
        let next = try #require(try await test.ledger.search(MemorySearch("tea", limit: 1)).next)
        var forged = try SearchCursor(next)
        forged.place.horizon = .max
        let others = [
            MemorySearch("tea OR one OR two", limit: 1, after: next), MemorySearch("one", limit: 1, after: next),
            MemorySearch("tea", MemoryFilter(namespace: "mem"), limit: 1, after: next),
            MemorySearch("tea", limit: 1, after: "abc"), MemorySearch("tea", limit: 1, after: ""),
            MemorySearch("tea", limit: 1, after: forged.text),
        ]
        for search in others {
            let error = await #expect(throws: MemoryLedgerError.self) { _ = try await test.ledger.search(search) }
            #expect(error?.code == .invalidArgument, "\(search)")
            let view = try await test.ledger.asOf(.occurred(test.clock.now()))
            let same = await #expect(throws: MemoryLedgerError.self) { _ = try await view.search(search) }
            #expect(same?.message == error?.message, "\(search)")
        }
        #expect(try await test.ledger.search(MemorySearch("tea", limit: 2, after: next)).memories.count == 1)
        await test.ledger.close()
    }

    @Test func aRebuildMakesItAgain() async throws {
        let test = try await TestLedger.open()
        try await test.ledger.add("tea", MemoryContent(summary: "Green"))
        #expect(try await Self.keys(test.ledger, "green") == ["tea"])
        try await test.ledger.rebuild()
        #expect(try await Self.keys(test.ledger, "green") == ["tea"])
        await test.ledger.close()
    }

    /// A letter's event is applied after later ones, so its text begins before where the index is.
    @Test func aRetryMakesItAgain() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        for key in ["tea", "matcha", "sencha"] {
            try await ledger.add(MemoryKey(key: key), MemoryContent(summary: "Green \(key)"))
        }
        try await ledger.skipDeadLetters(positions: [2])
        try await ledger.rebuild(onDifference: .replace)
        let other = try await test.another()
        for each in [ledger, other.ledger] { #expect(try await Set(Self.keys(each, "green")) == ["tea", "sencha"]) }
        let former = FileIdentity(Self.index(test))
        #expect(former != nil)
        let retry = try await ledger.retryDeadLetters(positions: [2])
        #expect(!retry.applied.isEmpty && FileIdentity(Self.index(test)) == nil)
        for each in [ledger, other.ledger] {
            #expect(try await Set(Self.keys(each, "green")) == ["tea", "matcha", "sencha"])
        }
        let made = FileIdentity(Self.index(test))
        // One that applies nothing leaves it alone.
        #expect(try await ledger.retryDeadLetters().applied.isEmpty)
        #expect(made != nil && FileIdentity(Self.index(test)) == made)
        await other.ledger.close()
        await ledger.close()
    }

    // MARK: Erasure

    @Test func nothingThatWasErasedIsInIt() async throws {
        let test = try await TestLedger.openProtected()
        let ledger = test.ledger
        try await ledger.protect("people")
        let ada = MemoryKey(namespace: "people", key: "ada")
        try await ledger.add(ada, MemoryContent(summary: "Zquintessa", text: "xylophonista", keywords: ["qwertzuiop"]))
        try await ledger.update(ada, MemoryChange(text: "vexillology"))
        try await ledger.add("kept", MemoryContent(summary: "keptword"))
        let words = ["zquintessa", "xylophonista", "qwertzuiop", "vexillology"]
        #expect(try await ledger.search(MemorySearch("vexillology")).memories.map(\.key) == [ada])
        let needles = words.map { [UInt8]($0.utf8) }
        // A word may lack what it has in common with the one before it.
        func findings() throws -> [String] { try test.search.findings(needles.map { Array($0.dropFirst(1)) }) }
        #expect(try findings().contains { $0.contains("-search") })
        _ = try await ledger.erase(.namespace("people"), reason: "asked for")
        #expect(try findings() == [])
        for word in words { #expect(try await Self.keys(ledger, word) == []) }
        #expect(try await Self.keys(ledger, "keptword") == ["kept"])
        #expect(try findings() == [])
        await ledger.close()
        #expect(try findings() == [])
    }
}

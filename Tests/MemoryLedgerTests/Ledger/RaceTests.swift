import EventLog
import Foundation
import SQLiteEventLog
import Synchronization
import Testing

@testable import MemoryLedger

/// Goal: a command decides on one view of the memory, and the log refuses it where that view was stale.
/// Method: another writer acts in the middle of a decision, at the moment when the first event gets its id.
@Suite(.serialized) struct RaceTests {
    /// Ids that let somebody else act before the first one.
    private final class Interruption: EventIDSource {
        private let ids = RandomEventIDs()
        private let action = Mutex<(@Sendable () async throws -> Void)?>(nil)

        func beforeNextID(_ body: @escaping @Sendable () async throws -> Void) { action.withLock { $0 = body } }

        func next(at time: Timestamp) -> EventID {
            let taken = action.withLock { action in
                defer { action = nil }
                return action
            }
            if let taken {
                let done = DispatchSemaphore(value: 0)
                Task.detached {
                    do { try await taken() } catch { Issue.record(error) }
                    done.signal()
                }
                done.wait()
            }
            return ids.next(at: time)
        }
    }

    private struct Rivals {
        let test: TestLedger
        let rival: TestLedger
        let interruption: Interruption

        init() async throws {
            let interruption = Interruption()
            self.interruption = interruption
            test = try await TestLedger.open { $0.ids = interruption }
            rival = try await test.another()
        }

        func finish() async throws {
            try await test.expectRebuildChangesNothing()
            await rival.ledger.close()
            await test.ledger.close()
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func aKeyThatIsTakenMeanwhileRefusesTheRename() async throws {
        let rivals = try await Rivals()
        let (ledger, rival) = (rivals.test.ledger, rivals.rival.ledger)
        try await ledger.add("a", MemoryContent(summary: "mine"))
        rivals.interruption.beforeNextID { try await rival.add("b", MemoryContent(summary: "theirs")) }
        await expectError(.alreadyExists) { try await ledger.rename("a", to: "b") }
        #expect(try await ledger.get("a")?.content.summary == "mine")
        #expect(try await ledger.get("b")?.content.summary == "theirs")
        try await rivals.finish()
    }

    @Test(.timeLimit(.minutes(5)))
    func aKeyThatIsTakenMeanwhileRefusesTheAdd() async throws {
        let rivals = try await Rivals()
        let (ledger, rival) = (rivals.test.ledger, rivals.rival.ledger)
        rivals.interruption.beforeNextID { try await rival.add("a", MemoryContent(summary: "theirs")) }
        await expectError(.alreadyExists) { try await ledger.add("a", MemoryContent(summary: "mine")) }
        #expect(try await ledger.get("a")?.content.summary == "theirs")
        try await rivals.finish()
    }

    @Test(.timeLimit(.minutes(5)))
    func aMemoryThatIsRenamedMeanwhileIsNotFound() async throws {
        let rivals = try await Rivals()
        let (ledger, rival) = (rivals.test.ledger, rivals.rival.ledger)
        try await ledger.add("a", MemoryContent(summary: "old"))
        rivals.interruption.beforeNextID { try await rival.rename("a", to: "b") }
        await expectError(.notFound) { try await ledger.update("a", MemoryChange(summary: "new")) }
        #expect(try await ledger.get("b")?.content.summary == "old")
        try await rivals.finish()
    }

    @Test(.timeLimit(.minutes(5)))
    func anUpdateWithoutAVersionIsMadeOnTopOfTheRivals() async throws {
        let rivals = try await Rivals()
        let (ledger, rival) = (rivals.test.ledger, rivals.rival.ledger)
        try await ledger.add("a", MemoryContent(summary: "old"))
        rivals.interruption.beforeNextID { try await rival.update("a", MemoryChange(text: "theirs")) }
        try await ledger.update("a", MemoryChange(summary: "mine"))
        #expect(try await ledger.get("a")?.content == MemoryContent(summary: "mine", text: "theirs"))
        rivals.interruption.beforeNextID { try await rival.update("a", MemoryChange(text: "again")) }
        let version = try #require(try await ledger.get("a")?.version)
        let error = await expectError(.conflict) {
            try await ledger.update("a", MemoryChange(summary: "lost"), expecting: version)
        }
        #expect(error?.expected == version && error?.found == version + 1)
        try await rivals.finish()
    }

    /// What a command would do to `a` because nothing is at `mem:a` is not done where something is by then.
    @Test(.timeLimit(.minutes(5)))
    func aKeyThatMeansAnotherMemoryMeanwhileIsResolvedAgain() async throws {
        let rivals = try await Rivals()
        let (ledger, rival) = (rivals.test.ledger, rivals.rival)
        try await ledger.add("a", MemoryContent(summary: "stays"))
        rivals.interruption.beforeNextID { try await PrefixedSource.migrate([.init(key: "mem:a")], into: rival) }
        try await ledger.delete("mem:a")
        #expect(try await ledger.all().map(\.key) == ["a"])
        #expect(try await ledger.asOf(.position(ledger.log.head() - 1)).get("mem:a")?.key == "mem:a")
        try await rivals.finish()
    }

    /// Two links to one key are one link, also where the first came in between.
    @Test(.timeLimit(.minutes(5)))
    func aLinkLimitHoldsAgainstARival() async throws {
        let interruption = Interruption()
        let test = try await TestLedger.open { options in
            options.ids = interruption
            options.limits.linksPerMemory = 1
        }
        let rival = try await test.another { $0.limits.linksPerMemory = 1 }
        try await test.ledger.add("a", MemoryContent())
        interruption.beforeNextID {
            try await rival.ledger.link("a", MemoryLink(type: "bug", key: "x", term: "theirs"))
        }
        await expectLimit(.linksPerMemory, "links") {
            try await test.ledger.link("a", MemoryLink(type: "bug", key: "y", term: "mine"))
        }
        #expect(try await test.ledger.get("a")?.content.links.count == 1)
        await rival.ledger.close()
        await test.ledger.close()
    }
}

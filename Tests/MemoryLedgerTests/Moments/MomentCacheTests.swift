import EventLog
import Foundation
import LedgerCapabilities
import LedgerStorage
import Projections
import SQLiteEventLog
import Testing

import class EventLogTesting.FixedClock

@testable import MemoryLedger

/// Goal: opened moments are kept within bounds, shared by those who ask at the same time, and leave no file behind;
/// files of living processes are not touched.
/// Method: views are opened, dropped, cancelled and closed, and the folder beside the ledger is listed.
@Suite(.onEveryBackend) struct MomentCacheTests {
    private static func folder(_ test: TestLedger) -> String { test.path + "-views" }

    /// The views' databases, by name.
    private static func files(_ test: TestLedger) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder(test))) ?? []
        return names.filter { $0.hasSuffix(".sqlite") }.sorted()
    }

    private static func ledger(memories: Int) async throws -> TestLedger {
        let test = try await TestLedger.open()
        for number in 0..<memories {
            try await test.ledger.add(MemoryKey(key: "k\(number)"), MemoryContent(summary: "\(number)"))
        }
        return test
    }

    /// What is killed while it explains leaves a file that the next one clears away, as that of a view.
    @Test func anExplanationIsMadeAmongTheViews() async throws {
        let test = try await Self.ledger(memories: 2)
        _ = try await test.ledger.explain(.position(2))
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder(test))
        #expect(names.count == 1 && names[0].hasSuffix(".lock"))
        await test.ledger.close()
        #expect(!FileManager.default.fileExists(atPath: Self.folder(test)))
    }

    @Test func atMostSoManyAreKept() async throws {
        let test = try await Self.ledger(memories: 12)
        let first = try await test.ledger.asOf(.position(1))
        #expect(try await first.list().memories.count == 1)
        for position in 2...Position(12) {
            let view = try await test.ledger.asOf(.position(position))
            #expect(try await view.list().memories.count == Int(position))
            #expect(Self.files(test).count <= MomentCache.maximumMoments + 1)
        }
        // The one in use lives on, and answers as before.
        #expect(try await first.list().memories.count == 1)
        #expect(Self.files(test).count == MomentCache.maximumMoments + 1)
        await test.ledger.close()
    }

    @Test func askingAgainOpensNothing() async throws {
        let test = try await Self.ledger(memories: 3)
        #expect(try await test.ledger.asOf(.position(2)).list().memories.count == 2)
        let files = Self.files(test)
        for _ in 0..<5 { #expect(try await test.ledger.asOf(.position(2)).list().memories.count == 2) }
        test.clock.advance(1_000)
        // The same tables at another time of the clock.
        #expect(try await test.ledger.asOf(.time(test.clock.now())).list().memories.count == 3)
        test.clock.advance(1_000)
        #expect(try await test.ledger.asOf(.time(test.clock.now())).list().memories.count == 3)
        #expect(Self.files(test).count == files.count + 1)
        await test.ledger.close()
    }

    /// Pages and further questions of what had occurred by a time find the index of the first one.
    @Test func whatIsMadeOfAMomentIsKeptWithIt() async throws {
        let test = try await Self.ledger(memories: 3)
        let moment = try await test.ledger.asOf(.occurred(test.clock.now())).source.moment
        let view = try await MemorySource.readableView(of: try #require(moment), in: test.ledger.parts)
        #expect(throws: CancellationError.self) { try view.sideDatabase { _, _ in throw CancellationError() } }
        _ = try await test.ledger.asOf(.occurred(test.clock.now())).search(MemorySearch("1"))
        let side = try view.sideDatabase { _, _ in Issue.record("the search kept nothing") }
        #expect(try side.runAndWait { try $0.integer("SELECT count(*) FROM text_index_state") } == 1)
        #expect(try await test.ledger.asOf(.occurred(test.clock.now())).search(MemorySearch("1 OR 2")).total == 2)
        // An erasure closes views.
        await test.ledger.parts.moments.closeViews()
        let errors = [
            #expect(throws: EventLogError.self) { try side.runAndWait { try $0.integer("SELECT 1") } },
            #expect(throws: EventLogError.self) { try view.sideDatabase { _, _ in } },
        ]
        #expect(errors.allSatisfy { $0?.code == .closed })
        await test.ledger.close()
    }

    @Test func ofThoseWhoMakeItTogetherOneIsKept() async throws {
        let test = try await Self.ledger(memories: 3)
        let moment = try await test.ledger.asOf(.position(2)).source.moment
        let view = try await MemorySource.readableView(of: try #require(moment), in: test.ledger.parts)
        let sides = try await withThrowingTaskGroup(of: SideDatabase.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    try view.sideDatabase { side, tables in
                        let count = try tables.integer("SELECT count(*) FROM memories") ?? 0
                        try side.execute("CREATE TABLE made AS SELECT \(count) AS memories")
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(sides.allSatisfy { $0 === sides[0] })
        #expect(try sides[0].runAndWait { try $0.integer("SELECT memories FROM made") } == 2)
        await test.ledger.close()
    }

    @Test func whoAsksAtTheSameTimeSharesOneBuild() async throws {
        let test = try await Self.ledger(memories: 40)
        let view = try await test.ledger.asOf(.position(30))
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<16 { group.addTask { try await view.list().memories.count } }
            for _ in 0..<16 {
                group.addTask { try await test.ledger.asOf(.position(30)).list().memories.count }
            }
            for try await count in group { #expect(count == 30) }
        }
        #expect(Self.files(test).count == 1)
        await test.ledger.close()
    }

    @Test func closingLeavesNothing() async throws {
        let test = try await Self.ledger(memories: 3)
        let view = try await test.ledger.asOf(.position(2))
        _ = try await view.list()
        #expect(Self.files(test).count == 1)
        await test.ledger.close()
        #expect(!FileManager.default.fileExists(atPath: Self.folder(test)))
        let error = await #expect(throws: EventLogError.self) { _ = try await view.list() }
        #expect(error?.code == .closed)
    }

    @Test func whoIsCancelledGetsNothingAndLeavesNothing() async throws {
        let test = try await Self.ledger(memories: 200)
        for _ in 0..<20 {
            let view = try await test.ledger.asOf(.position(150))
            let task = Task { try await view.list().memories.count }
            task.cancel()
            do {
                #expect(try await task.value == 150)
            } catch {
                #expect(error is CancellationError)
            }
        }
        // Others are not disturbed.
        #expect(try await test.ledger.asOf(.position(150)).list(MemoryQuery(limit: 200)).memories.count == 150)
        await test.ledger.close()
        #expect(!FileManager.default.fileExists(atPath: Self.folder(test)))
    }

    @Test func onlyTheFilesOfTheDeadAreClearedAway() async throws {
        let test = try await Self.ledger(memories: 3)
        let living = try await test.ledger.asOf(.position(2))
        _ = try await living.list()
        let kept = Self.files(test)
        let owner = String(repeating: "0", count: 32)
        let dead = ["view-\(owner).lock", "view-\(owner)-1.sqlite", "view-\(owner)-1.sqlite-journal"]
        for name in dead { try Data("left".utf8).write(to: URL(filePath: "\(Self.folder(test))/\(name)")) }
        try Data("other".utf8).write(to: URL(filePath: "\(Self.folder(test))/something-else"))

        let another = try await test.another(access: .readOnly)
        for name in dead { #expect(!FileManager.default.fileExists(atPath: "\(Self.folder(test))/\(name)")) }
        #expect(FileManager.default.fileExists(atPath: "\(Self.folder(test))/something-else"))
        #expect(Self.files(test) == kept)
        #expect(try await another.ledger.asOf(.position(1)).list().memories.count == 1)
        #expect(try await living.list().memories.count == 2)
        await another.ledger.close()
        #expect(Self.files(test) == kept)
        await test.ledger.close()
    }

    @Test func whereTheFolderCannotBeMadeItIsElsewhere() async throws {
        let test = try await Self.ledger(memories: 3)
        try Data("in the way".utf8).write(to: URL(filePath: Self.folder(test)))
        #expect(try await test.ledger.asOf(.position(2)).list().memories.count == 2)
        await test.ledger.close()
        #expect(try String(contentsOfFile: Self.folder(test), encoding: .utf8) == "in the way")
    }

    @Test func aViewNeitherWaitsNorChangesWhileOthersWrite() async throws {
        let test = try await Self.ledger(memories: 20)
        let another = try await test.another()
        let view = try await test.ledger.asOf(.position(20))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (name, ledger) in [("a", test.ledger), ("b", another.ledger)] {
                group.addTask {
                    for number in 0..<60 {
                        let key = MemoryKey(key: "\(name)\(number)")
                        try await ledger.add(key, MemoryContent(summary: "written"))
                        try await ledger.put("k1", MemoryContent(summary: name))
                    }
                }
            }
            group.addTask {
                for turn in 0..<20 {
                    #expect(try await view.list().memories.map(\.content.summary.count).allSatisfy { $0 <= 2 })
                    let position = try await test.ledger.log.head()
                    let other = try await test.ledger.asOf(.position(position))
                    #expect(try await other.statistics().position == position, "turn \(turn)")
                }
            }
            try await group.waitForAll()
        }
        #expect(try await view.list().memories.count == 20)
        await another.ledger.close()
        await test.ledger.close()
    }
}

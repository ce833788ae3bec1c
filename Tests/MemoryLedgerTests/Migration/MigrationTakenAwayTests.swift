import EventLog
import Foundation
import Testing

@testable import MemoryLedger

/// Goal: what was renamed, deleted or changed here never comes back or is overwritten, however often its row changes in
/// the source. Method: rows that change again and again, by way of what is no memory, another table or another key.
@Suite(.onEveryBackend) struct MigrationTakenAwayTests {
    enum Change: String, CaseIterable {
        case renamed, deleted, written

        func apply(_ ledger: MemoryLedger) async throws {
            switch self {
            case .renamed: try await ledger.rename("a", to: "b")
            case .deleted: try await ledger.delete("a")
            case .written: try await ledger.update("a", MemoryChange(summary: "mine"))
            }
        }
    }

    /// What the row says before it changes the last time.
    static let detours = [
        [], [GrowingSource.entry("mem:a", "two")], [GrowingSource.entry("mem:a", "two"), "broken"],
        ["broken"], ["broken", GrowingSource.entry("mem:a", "two")], ["DELETE FROM keyv WHERE key = 'mem:a';"],
    ]

    @Test(arguments: Change.allCases, detours)
    func itStaysSoHoweverOftenTheRowChanges(change: Change, detour: [String]) async throws {
        let source = try await GrowingSource.open()
        try source.replace(GrowingSource.keyv([("a", "one"), ("x", "x"), ("y", "y"), ("z", "z")]))
        try await source.migrate()
        try await change.apply(source.ledger)
        let left = try await source.ledger.all().map(\.content)
        for step in detour {
            try source.change(step == "broken" ? #"UPDATE keyv SET value = '{"value":' WHERE key = 'mem:a'"# : step)
            let report = try await source.migrate()
            #expect(report.source.isContinued && report.imported == 0)
        }
        try source.change(GrowingSource.entry("mem:a", "last"))
        let report = try await source.migrate()
        #expect((report.imported, report.quarantine.map(\.key)) == (0, ["mem:a"]))
        #expect(report.quarantine.first?.reason.contains("in the ledger") == true)
        #expect(try await source.ledger.all().map(\.content) == left)
        // Known by now, whatever namespaces are.
        for namespaces in [[], ["mem"]] {
            #expect(try await source.migrate { $0.namespaces = namespaces }.firstPosition == nil)
        }
        try await source.finish("\(change) \(detour)")
    }

    /// A row that never had a memory, because its key was taken, gets one when the key is free.
    @Test func aRowWhoseKeyWasTakenComesWhenItIsFree() async throws {
        let source = try await GrowingSource.open()
        try await source.ledger.add("a", MemoryContent(summary: "mine"))
        try source.replace(GrowingSource.keyv([("a", "one"), ("x", "x"), ("y", "y"), ("z", "z")]))
        #expect(try await source.migrate().quarantined == 1)
        try await source.ledger.delete("a")
        try source.change(GrowingSource.entry("mem:a", "two"))
        #expect(try await source.migrate().imported == 1)
        #expect(try await source.summary("a") == "two")
        try await source.finish()
    }

    /// With other namespaces known a row that was set aside may mean a key that is free.
    @Test func otherNamespacesAreAnotherTry() async throws {
        let source = try await GrowingSource.open()
        try await source.ledger.add(MemoryKey(key: "p:a"), MemoryContent(summary: "mine"))
        try source.replace(GrowingSource.keyv([("p:a", "one"), ("x", "x"), ("y", "y")]))
        #expect(try await source.migrate().quarantined == 1)
        let report = try await source.migrate { $0.namespaces = ["mem:p"] }
        #expect(report.imported == 1)
        #expect(try await source.summary(MemoryKey(namespace: "mem:p", key: "a")) == "one")
        try await source.finish()
    }

    /// What the reason advises is seen when it was done: the row is a duplicate then, and stays one.
    @Test(arguments: Change.allCases)
    func aRowWhoseMemoryWasPutThereByHandIsADuplicate(change: Change) async throws {
        let source = try await GrowingSource.open()
        try source.replace(GrowingSource.keyv([("a", "one"), ("x", "x"), ("y", "y")]))
        try await source.migrate()
        try await change.apply(source.ledger)
        try source.change(GrowingSource.entry("mem:a", "two"))
        #expect(try await source.migrate().quarantined == 1)
        #expect(try await source.migrate().firstPosition == nil)
        if change == .written {
            try await source.ledger.update("a", MemoryChange(summary: "two"))
        } else {
            try await source.ledger.add("a", MemoryContent(summary: "two"))
        }
        let rehearsal = try await source.migrate { $0.isDryRun = true }
        let report = try await source.migrate()
        #expect((report.imported, report.duplicates, report.quarantined) == (0, 3, 0), "\(report.quarantine)")
        #expect(rehearsal.duplicates == 3 && rehearsal.quarantined == 0)
        #expect(try await source.migrate().firstPosition == nil)
        // It is the ledger's own memory, whatever the source says next.
        try source.change(GrowingSource.entry("mem:a", "three"))
        #expect(try await source.migrate().quarantine.map(\.key) == ["mem:a"])
        #expect(try await source.summary("a") == "two")
        try await source.finish()
    }

    /// Links follow a rename here, and the second reading knows it; what else of a link differs is seen.
    @Test func linksThatFollowedARenameAreNoDifference() async throws {
        let source = try await GrowingSource.open()
        let linked =
            #"REPLACE INTO keyv (key, value) VALUES ('mem:x', '{"value":{"summary":"x","#
            + #""links":[{"type":"design","key":"a","term":"t","weight":0.5}]}}');"#
        try source.replace(GrowingSource.keyv([("a", "one"), ("y", "y")]) + linked)
        try await source.migrate()
        try await source.ledger.rename("a", to: "b")
        let report = try await source.migrate()
        #expect(report.firstPosition == nil && !report.needsAttention && report.verified.compared == 2)
        try await source.ledger.rename("b", to: "c")
        #expect(try await source.migrate().verified.equal == 2)
        #expect(try await source.ledger.get("x")?.content.links.map(\.key) == ["c"])
        try await source.finish()
    }

    /// The memory of a row in two tables, which is a duplicate in the older one.
    @Test func theDuplicateOfAnotherTableBringsItNotBackEither() async throws {
        let source = try await GrowingSource.open()
        let meta = GrowingSource.meta(10, 20, 2)
        try source.replace(
            GrowingSource.keyvTable + GrowingSource.nativeTable + GrowingSource.memory("a", "one", meta)
                + GrowingSource.entry("mem:a", "one", meta) + GrowingSource.entry("mem:x", "x")
                + GrowingSource.entry("mem:y", "y"))
        #expect(try await source.migrate().duplicates == 1)
        try await source.ledger.delete("a")
        for (turn, summary) in ["two", "three"].enumerated() {
            try source.change(GrowingSource.entry("mem:a", summary, GrowingSource.meta(10, 30 + turn)))
            let report = try await source.migrate()
            #expect((report.imported, report.quarantine.map(\.key)) == (0, ["mem:a"]))
        }
        #expect(try await source.summary("a") == nil)
        try await source.finish()
    }
}

import EventLog
import Foundation
import Testing

@testable import MemoryLedger

/// Goal: `--continues` also takes back what was imported by mistake as another database, though the old program has
/// written since; and takes nothing that is another agent's. Method: a database whose known rows have all changed,
/// migrated without `--continues`, changed again, and migrated with it.
@Suite(.onEveryBackend) struct MigrationUnitedTests {
    private static let old = GrowingSource.keyv(["a", "b", "mine"].map { ($0, "one") })
    private static let grown = ["a", "b", "mine", "c", "d", "e", "f"]

    /// Every row with statistics of a later read.
    private static func read(_ keys: [String], _ summary: String, _ count: Int) -> String {
        keys.map { GrowingSource.entry("mem:\($0)", summary, GrowingSource.meta(10, 20 + count, count)) }.joined()
    }

    /// A database, and what was imported of it by mistake when it had grown.
    private func mistaken(_ source: GrowingSource) async throws -> (first: MigrationReport, another: MigrationReport) {
        try source.replace(Self.old)
        let first = try await source.migrate()
        try source.replace(GrowingSource.keyvTable + Self.read(Self.grown, "two", 1))
        let another = try await source.migrate()
        #expect(another.source.isAnother && (another.imported, another.quarantined) == (4, 3))
        return (first, another)
    }

    @Test func whatWasTakenForAnotherIsUnitedThoughItWasWrittenSince() async throws {
        let source = try await GrowingSource.open()
        let (first, another) = try await mistaken(source)
        try await source.ledger.update("mine", MemoryChange(summary: "mine"))
        try await source.ledger.delete("e")
        try await source.ledger.rename("f", to: "f2")
        try source.change(Self.read(Self.grown, "two", 2) + Self.read(["c", "g"], "three", 3))
        for isDryRun in [true, false] {
            let report = try await source.migrate(continues: true) { $0.isDryRun = isDryRun }
            #expect(report.source.isContinued && report.source.lineage == first.source.lineage)
            #expect(report.source.united == [another.source.lineage])
            // What was deleted, renamed or written here in between stays so, and what the mistake brought is known.
            #expect((report.imported, report.duplicates) == (4, 3), "\(report.quarantine)")
            #expect(report.quarantine.map(\.key) == ["mem:mine"])
        }
        for key: MemoryKey in ["a", "b", "d", "f2"] { #expect(try await source.summary(key) == "two") }
        for key: MemoryKey in ["c", "g"] { #expect(try await source.summary(key) == "three") }
        #expect(try await source.summary("mine") == "mine")
        #expect(try await source.ledger.all().count == 7)
        // It is settled, also for the bytes that were imported by mistake.
        for continues in [false, true] {
            let again = try await source.migrate(continues: continues)
            #expect(again.source.lineage == first.source.lineage && again.source.united == [])
            #expect(again.firstPosition == nil)
        }
        try source.change(Self.read(["c", "e"], "four", 4))
        let later = try await source.migrate()
        #expect(later.source.lineage == first.source.lineage && later.imported == 1)
        #expect(try await source.summary("c") == "four")
        try source.replace(GrowingSource.keyvTable + Self.read(Self.grown, "two", 1))
        let former = try await source.ledger.migrate(from: source.path)
        #expect(former.source.sha256 == another.source.sha256 && former.source.lineage == first.source.lineage)
        try await source.finish()
    }

    /// A row that was not in the database when they were united is known when it comes back.
    @Test func unitedIsUnitedForRowsThatComeLater() async throws {
        let source = try await GrowingSource.open()
        let (first, _) = try await mistaken(source)
        try source.change("DELETE FROM keyv WHERE key = 'mem:d';" + Self.read(["g"], "two", 2))
        #expect(try await source.migrate(continues: true).quarantined == 0)
        try source.change(Self.read(["d", "h"], "three", 3))
        let report = try await source.migrate()
        #expect(report.source.lineage == first.source.lineage && (report.imported, report.quarantined) == (2, 0))
        #expect(try await source.summary("d") == "three")
        try await source.finish()
    }

    /// That they are one database is said before any row.
    @Test func unitedStaysUnitedIfItIsBrokenOff() async throws {
        let source = try await GrowingSource.open()
        let (first, _) = try await mistaken(source)
        try source.change(Self.read(["g"], "two", 2))
        var options = MigrationOptions()
        options.continuesEarlierImport = true
        options.batchRows = 1
        options.progress = { _, _ in withUnsafeCurrentTask { $0?.cancel() } }
        let (ledger, path, chosen) = (source.ledger, source.path, options)
        let broken = Task { try await ledger.migrate(from: path, options: chosen) }
        await #expect(throws: CancellationError.self) { try await broken.value }
        #expect(try await ledger.get("g") == nil)
        let report = try await source.migrate()
        #expect(report.source.lineage == first.source.lineage && report.quarantined == 0)
        for key: MemoryKey in ["a", "mine", "c", "g"] { #expect(try await source.summary(key) == "two") }
        try await source.finish()
    }

    /// What was deleted or renamed before the mistake stays so, though its row has newer statistics since.
    @Test func whatTheMistakeBroughtBackGoesAgain() async throws {
        let source = try await GrowingSource.open()
        let (kept, changed) = (["same", "moved"], ["p", "q", "r"])
        try source.replace(Self.keyv(kept + changed, "one"))
        let first = try await source.migrate()
        try await source.ledger.delete("same")
        try await source.ledger.rename("moved", to: "elsewhere")
        try source.change(Self.read(kept, "one", 1) + Self.read(changed, "two", 1))
        let another = try await source.migrate()
        #expect(another.source.isAnother && (another.imported, another.quarantined) == (2, 3))
        try source.change(Self.read(kept, "one", 2) + Self.read(changed, "two", 2))
        let report = try await source.migrate(continues: true)
        #expect(report.source.lineage == first.source.lineage && report.source.united == [another.source.lineage])
        #expect((report.imported, report.quarantine.map(\.key)) == (3, ["mem:same", "mem:moved"]))
        for key: MemoryKey in ["same", "moved"] { #expect(try await source.summary(key) == nil) }
        #expect(try await source.summary("elsewhere") == "one")
        #expect(try await source.migrate(continues: true).firstPosition == nil)
        try await source.finish()
    }

    /// One that has a row or two in common is another agent's: most of its rows are not here.
    @Test func anotherAgentsIsNotUnited() async throws {
        let source = try await GrowingSource.open()
        let keys = ["k1", "k2", "k3"]
        try source.replace(Self.keyv(["index", "x1", "x2", "x3"], "shared"))
        _ = try await source.migrate()
        try source.replace(Self.keyv(keys, "one"))
        let first = try await source.migrate()
        // Of theirs one row is here, and it is the same.
        try source.replace(Self.keyv(keys, "two") + Self.read(["index"], "shared", 0))
        let grown = try await source.migrate(continues: true)
        #expect(grown.source.lineage == first.source.lineage && (grown.imported, grown.duplicates) == (3, 1))
        #expect(grown.source.united == [])
        try source.change(Self.read(["x1"], "ours", 1))
        let report = try await source.migrate(continues: true)
        #expect(report.source.lineage == first.source.lineage && report.source.united == [])
        #expect(report.quarantine.map(\.key) == ["mem:x1"])
        #expect(try await source.summary("x1") == "shared")
        // Said needlessly it does not take theirs either, though that took a row which has changed.
        try source.change(Self.read(["index"], "ours", 1))
        let needless = try await source.migrate(continues: true)
        #expect(needless.source.lineage == first.source.lineage && needless.source.united == [])
        #expect(try await source.summary("index") == "shared")
        try await source.finish()
    }

    private static func keyv(_ keys: [String], _ summary: String) -> String {
        GrowingSource.keyvTable + read(keys, summary, 0)
    }

    /// Of two that took as many rows, and have changed as much, the older one is continued, and the other left alone.
    @Test func ofTwoThatTieTheOlderIsContinued() async throws {
        let source = try await GrowingSource.open()
        try source.replace(Self.keyv(["a", "b"], "one"))
        let first = try await source.migrate()
        try source.replace(Self.keyv(["c", "d"], "one"))
        #expect(try await source.migrate().source.isAnother)
        try source.replace(Self.keyv(["a", "b", "c", "d"], "two"))
        let report = try await source.migrate(continues: true)
        #expect(report.source.lineage == first.source.lineage && report.source.united == [])
        #expect((report.imported, report.quarantine.map(\.key)) == (2, ["mem:c", "mem:d"]))
        for key: MemoryKey in ["c", "d"] { #expect(try await source.summary(key) == "one") }
        try await source.finish()
    }

    /// What was continued by hand is settled, however many rows another import has in common with it by chance.
    @Test func continuedTwiceUnitesNothingMore() async throws {
        let source = try await GrowingSource.open()
        try source.replace(Self.keyv(["a", "b"], "one"))
        let first = try await source.migrate()
        try source.replace(Self.keyv(["c", "d"], "one"))
        #expect(try await source.migrate().source.isAnother)
        try source.replace(Self.keyv(["a", "b", "c", "d"], "two"))
        #expect(try await source.migrate(continues: true).source.lineage == first.source.lineage)
        let again = try await source.migrate(continues: true)
        #expect(again.source.lineage == first.source.lineage && again.source.united == [])
        #expect(again.firstPosition == nil)
        try source.change(Self.read(["b", "e"], "three", 1))
        let grown = try await source.migrate(continues: true)
        #expect(grown.source.lineage == first.source.lineage && grown.source.united == [])
        #expect((grown.imported, grown.quarantine.map(\.key)) == (2, ["mem:c", "mem:d"]))
        for key: MemoryKey in ["c", "d"] { #expect(try await source.summary(key) == "one") }
        try await source.finish()
    }

    /// Broken off behind its first event, it goes on with the lineage that this names.
    @Test func continuedStaysContinuedIfItIsBrokenOff() async throws {
        let source = try await GrowingSource.open()
        try source.replace(Self.keyv(["a", "b"], "one"))
        let first = try await source.migrate()
        try source.replace(Self.keyv(["c", "d"], "one"))
        _ = try await source.migrate()
        try source.replace(Self.keyv(["a", "b", "c", "d"], "two"))
        var options = MigrationOptions()
        options.continuesEarlierImport = true
        options.batchRows = 1
        options.progress = { rows, _ in if rows == 2 { withUnsafeCurrentTask { $0?.cancel() } } }
        let (ledger, path, chosen) = (source.ledger, source.path, options)
        let broken = Task { try await ledger.migrate(from: path, options: chosen) }
        await #expect(throws: CancellationError.self) { try await broken.value }
        let report = try await source.migrate(continues: true)
        #expect(report.source.lineage == first.source.lineage && report.source.united == [])
        for key: MemoryKey in ["c", "d"] { #expect(try await source.summary(key) == "one") }
        try await source.finish()
    }

    /// Of two that tie and are both here as they were, both are this database.
    @Test func twoThatTieAndAreProvedAreUnited() async throws {
        let source = try await GrowingSource.open()
        try source.replace(Self.keyv(["a", "b"], "one"))
        let first = try await source.migrate()
        try source.replace(Self.keyv(["c", "d"], "one"))
        let second = try await source.migrate()
        try source.replace(Self.keyv(["a", "b", "c", "d"], "one"))
        let without = try await source.migrate { $0.isDryRun = true }
        #expect(without.source.lineage == first.source.lineage && without.source.united == [])
        let report = try await source.migrate(continues: true)
        #expect(report.source.lineage == first.source.lineage && report.source.united == [second.source.lineage])
        #expect((report.imported, report.duplicates) == (0, 4))
        try source.change(Self.read(["c", "d"], "two", 1))
        #expect(try await source.migrate(continues: true).imported == 2)
        for key: MemoryKey in ["c", "d"] { #expect(try await source.summary(key) == "two") }
        try await source.finish()
    }
}

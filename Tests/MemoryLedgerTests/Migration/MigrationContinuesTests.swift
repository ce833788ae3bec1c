import EventLog
import Foundation
import Testing

@testable import MemoryLedger

/// Goal: `--continues` continues the import that a person means by it, also after the same bytes were taken for another
/// agent's database. Method: a database whose every known row has changed, migrated without and then with it.
@Suite(.onEveryBackend) struct MigrationContinuesTests {
    private static let old = GrowingSource.keyv([("a", "one"), ("b", "one"), ("mine", "one")])
    /// Every row that is known has changed, and there are new ones.
    private static let new = GrowingSource.keyv([
        ("a", "two"), ("b", "two"), ("mine", "two"), ("c", "two"), ("d", "two"), ("e", "two"), ("f", "two"),
    ])

    private static func migrated() async throws -> (GrowingSource, first: MigrationReport) {
        let source = try await GrowingSource.open()
        try source.replace(old)
        return (source, try await source.migrate())
    }

    @Test func whatWasSetAsideContinuesWhatSetItAside() async throws {
        let (source, first) = try await Self.migrated()
        try await source.ledger.update("mine", MemoryChange(summary: "mine"))
        try source.replace(Self.new)
        let another = try await source.migrate()
        #expect(another.source.isAnother && (another.imported, another.quarantined) == (4, 3))
        try await source.ledger.delete("e")
        try await source.ledger.rename("f", to: "f2")
        let report = try await source.migrate(continues: true)
        #expect(report.source.isContinued && report.source.lineage == first.source.lineage)
        #expect(report.source.united == [another.source.lineage])
        // What was deleted, renamed or written here in between stays so, and what that brought is known.
        #expect((report.imported, report.duplicates) == (2, 4), "\(report.quarantine)")
        #expect(report.quarantine.map(\.key) == ["mem:mine"])
        for key: MemoryKey in ["a", "b", "c", "d", "f2"] { #expect(try await source.summary(key) == "two") }
        #expect(try await source.summary("mine") == "mine")
        #expect(try await source.ledger.all().count == 6)
        // It is settled: the same bytes are known, and later ones continue the same import.
        for continues in [false, true] {
            let again = try await source.migrate(continues: continues)
            #expect(again.source.lineage == first.source.lineage && again.firstPosition == nil)
        }
        try source.change(GrowingSource.entry("mem:c", "three") + GrowingSource.entry("mem:e", "three"))
        let later = try await source.migrate()
        #expect(later.source.lineage == first.source.lineage && later.imported == 1)
        #expect(try await source.summary("c") == "three")
        #expect(try await source.summary("e") == nil)
        try await source.finish()
    }

    /// Of two that know as many rows, the older one; rows that were set aside do not count.
    @Test func whatWasSetAsideIsNotKnown() async throws {
        let (source, first) = try await Self.migrated()
        // All of its rows are set aside: it knows more, and none of them is here.
        let broken = #"INSERT INTO keyv VALUES ('mem:z', '{"value":');"#
        try source.replace(GrowingSource.keyv([("a", "x"), ("b", "x"), ("mine", "x")]) + broken)
        #expect(try await source.migrate().quarantined == 4)
        try source.replace(GrowingSource.keyv([("a", "y"), ("b", "y"), ("mine", "y"), ("z", "y")]))
        let report = try await source.migrate(continues: true)
        #expect(report.source.lineage == first.source.lineage && report.imported == 4)
        #expect(report.source.united == [])
        try await source.finish()
    }

    /// What was deleted or renamed before the mistake stays so, unless the source changed its row since.
    @Test func whatTheMistakeBroughtBackGoesAgain() async throws {
        let source = try await GrowingSource.open()
        func rows(_ changed: String) -> [(String, String)] {
            ["same", "moved", "edited"].map { ($0, "one") } + ["changed", "p", "q", "r"].map { ($0, changed) }
        }
        try source.replace(GrowingSource.keyv(rows("one")))
        let first = try await source.migrate()
        for key: MemoryKey in ["same", "changed", "edited"] { try await source.ledger.delete(key) }
        try await source.ledger.rename("moved", to: "elsewhere")
        try source.replace(GrowingSource.keyv(rows("two")))
        let another = try await source.migrate()
        #expect(another.source.isAnother && another.source.lineage != first.source.lineage)
        for key: MemoryKey in ["same", "moved", "edited"] { #expect(try await source.summary(key) == "one") }
        try await source.ledger.update("edited", MemoryChange(text: "mine"))
        let report = try await source.migrate(continues: true)
        #expect(report.source.lineage == first.source.lineage)
        #expect((report.imported, report.duplicates, report.quarantined) == (4, 1, 2), "\(report.quarantine)")
        let reasons = Dictionary(uniqueKeysWithValues: report.quarantine.map { ($0.key, $0.reason) })
        #expect(reasons["mem:same"]?.contains("its row has not changed since") == true, "\(reasons)")
        #expect(reasons["mem:moved"]?.contains("its row has not changed since") == true, "\(reasons)")
        #expect(!reasons.values.contains { $0.contains("another row of this database") }, "\(reasons)")
        for key: MemoryKey in ["same", "moved"] { #expect(try await source.summary(key) == nil, "\(key)") }
        #expect(try await source.summary("elsewhere") == "one")
        #expect(try await source.summary("changed") == "two")
        #expect(try await source.ledger.get("edited")?.content.text == "mine")
        for continues in [false, true] {
            #expect(try await source.migrate(continues: continues).firstPosition == nil)
        }
        try await source.finish()
    }

    /// Where no other import knows any of its rows, its own is the one.
    @Test func onesOwnImportIsContinuedIfThereIsNoOther() async throws {
        let (source, first) = try await Self.migrated()
        let report = try await source.migrate(continues: true)
        #expect(report.source.lineage == first.source.lineage && report.duplicates == 3)
        try await source.finish()
    }

    /// Nothing is copied before it is known that there is something to continue.
    @Test func aRefusedOneMakesNoCopy() async throws {
        let source = try await GrowingSource.open()
        try source.replace(Self.old)
        let backups = source.test.folder.file("backups")
        let error = await #expect(throws: LegacySourceError.self) {
            try await source.migrate(continues: true) { $0.backupFolder = backups }
        }
        #expect(error?.code == .nothingToContinue)
        #expect(!FileManager.default.fileExists(atPath: backups))
        await source.ledger.close()
    }

    // MARK: Reasons

    /// The path is where the other database was: what lies there now is this one.
    @Test func theReasonTellsWhoseMemoryItIs() async throws {
        let (source, first) = try await Self.migrated()
        let elsewhere = source.test.folder.file("elsewhere.db")
        try FileManager.default.copyItem(atPath: source.path, toPath: elsewhere)
        try source.replace(Self.new)
        let name = "another database, \(first.source.lineage.prefix(16)), "
        let same = try await source.migrate().quarantine.map(\.reason)
        #expect(same.count == 3)
        #expect(same.allSatisfy { $0.contains("\(name)which lay at this path when it was imported.") }, "\(same)")
        try FileManager.default.removeItem(atPath: elsewhere)
        try TestDatabase(elsewhere, GrowingSource.keyv([("a", "other"), ("b", "other")])).close()
        let other = try await source.ledger.migrate(from: elsewhere).quarantine.map(\.reason)
        #expect(other.count == 2)
        #expect(
            other.allSatisfy { $0.contains("\(name)imported from \(LegacyLineage.canonical(source.path)).") },
            "\(other)")
        try await source.finish()
    }

    /// What a memory is from is told by its row, whatever was said of its provenance.
    @Test func anotherRowIsOneOfThisDatabase() async throws {
        let source = try await GrowingSource.open()
        try source.replace(
            GrowingSource.keyvTable + GrowingSource.entry("mem:a", "one") + GrowingSource.entry("a", "two"))
        let report = try await source.migrate()
        #expect(report.quarantine.map(\.key) == ["a"])
        #expect(report.quarantine.first?.reason.contains("holds the memory of another row of this database.") == true)
        try await source.finish()
    }
}

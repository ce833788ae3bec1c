import EventLog
import Foundation
import LedgerCapabilities
import LedgerStorage
import SQLiteEventLog
import Testing

@testable import MemoryLedger

/// The fixture of format 1: every type of event and every kind of row.
enum LedgerFormatOne {
    static let name = "ledger-format-1"

    static func url(_ suffix: String) -> URL {
        Bundle.module.bundleURL.appendingPathComponent("Fixtures/\(name).\(suffix)")
    }

    /// The digests as they were when the file was made, by the projector's first version.
    static func firstDigest() throws -> LedgerDigest { try digest("json") }

    /// The digests by the second version, which has more tables and another column in `memory_links`.
    static func secondDigest() throws -> LedgerDigest { try digest("projector-2.json") }

    /// The digests by the third version, which has tables of origins and more columns in `memories`.
    static func thirdDigest() throws -> LedgerDigest { try digest("projector-3.json") }

    /// The digests by the fourth version, which notes what links call the keys that they count for, and of imported
    /// rows where their memories were and how new they are.
    static func fourthDigest() throws -> LedgerDigest { try digest("projector-4.json") }

    /// The digests of today, when `memory_texts` keeps what texts stood before.
    static func digest() throws -> LedgerDigest { try digest("projector-5.json") }

    private static func digest(_ suffix: String) throws -> LedgerDigest {
        let json = try JSONParser.parse([UInt8](Data(contentsOf: url(suffix))))
        let object = try #require(json.object)
        let tables = try #require(object["tables"]?.object)
        return LedgerDigest(
            position: try #require(object["position"]?.number?.int64),
            tables: tables.members.reduce(into: [:]) { $0[$1.name] = $1.value.string })
    }
}

/// Goal: what the first version wrote is read for ever, and its projections are built from it as they were. Method: a
/// copy of the file; its digests before and after a rebuild, and after all tables were built from nothing.
///
/// A projector that makes something else of the same events on purpose has a new version; then the digests in the file
/// are those of the old one, and this test says so by failing.
@Suite struct LedgerFormatOneTests {
    private func copy() async throws -> TestLedger {
        let folder = try TemporaryFolder()
        try FileManager.default.copyItem(
            atPath: LedgerFormatOne.url("sqlite").path, toPath: folder.file("ledger.sqlite"))
        // As a person copies it, not as the bundle protects it.
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: folder.file("ledger.sqlite"))
        return try await TestLedger.open(in: folder, access: .readWrite)
    }

    @Test func itsDigestsAreThoseOfTheFirstDay() async throws {
        let test = try await copy()
        let digest = try LedgerFormatOne.digest()
        #expect(digest.tables.keys.sorted() == LedgerRebuildTests.tables)
        // What the new version did not touch is as it was.
        let former = try [
            LedgerFormatOne.firstDigest(), LedgerFormatOne.secondDigest(), LedgerFormatOne.thirdDigest(),
            LedgerFormatOne.fourthDigest(),
        ]
        let touched = ["memory_links", "ended_links", "import_rows"]
        for (digests, touched) in zip(former, [touched + ["memories"], touched + ["memories"], touched, []]) {
            for (table, former) in digests.tables where !touched.contains(table) {
                #expect(digest.tables[table] == former, "\(table)")
            }
        }
        #expect(try await test.ledger.digest() == digest)
        try await test.ledger.rebuild()
        #expect(try await test.ledger.digest() == digest)
        await test.ledger.close()
        let database = try TestDatabase(test.path)
        #expect(try database.connection.integer("PRAGMA user_version") == 3)
        for table in LedgerRebuildTests.tables { try database.execute("DROP TABLE \(table)") }
        database.close()
        let again = try await test.another()
        #expect(try await again.ledger.digest() == digest)
        await again.ledger.close()
    }

    @Test func everyEventOfItIsReadAndKnown() async throws {
        let test = try await copy()
        let events = try await test.ledger.events()
        #expect(try events.map(\.position) == Array(1...LedgerFormatOne.digest().position))
        let later = EventCatalogue.builtIn.types(of: .record).union(QuarantineEvent.Name.all)
            .union([MemoryEvent.Name.restored, LedgerPolicyChange.eventType])
        #expect(Set(events.map(\.type)) == MemoryEvent.Name.all.subtracting(later))
        for event in events { #expect(try MemoryEvent.decode(event) != nil, "\(event.position)") }
        #expect(try await test.ledger.statistics().unknownTypes == [])
        await test.ledger.close()
    }

    @Test func itsMemoriesAreAnsweredAndGoOn() async throws {
        let test = try await copy()
        let ledger = test.ledger
        #expect(try await ledger.all().count == EveryEvent.memories)
        let elsewhere = try await ledger.get(MemoryKey(namespace: "a/b%", key: "日本/é"))
        #expect(elsewhere?.content.text == "line\nüber 🧠")
        #expect(try await ledger.get("b")?.meta.status == .cold)
        #expect(try await ledger.get("old one")?.content.extra.isEmpty == false)
        try await ledger.rename("a", to: "z")
        #expect(try await ledger.get("b")?.content.links.first?.key == "z")
        try await ledger.add("a", MemoryContent(summary: "new"))
        try await test.expectRebuildChangesNothing()
        await ledger.close()
    }
}

/// Makes the fixture. It is made once and never again, because later versions must read what this one wrote. To make
/// that of a new format, run this test with `MEMLEDGER_FIXTURE_FOLDER` set to the folder it shall be written to.
@Suite struct LedgerFormatOneMaker {
    private static let folder = ProcessInfo.processInfo.environment["MEMLEDGER_FIXTURE_FOLDER"]

    @Test(.enabled(if: folder != nil, "fixtures are made on purpose only"))
    func make() async throws {
        let target = URL(filePath: try #require(Self.folder))
        let test = try await TestLedger.open { $0.ids = RandomEventIDs { 0x6d65_6d6f_7279 } }
        // The source's path is in an event, and should tell nothing of who made it.
        let source = "/tmp/legacy.sqlite"
        defer { try? FileManager.default.removeItem(atPath: source) }
        try await EveryEvent.write(test, source: source)
        let digest = try await test.ledger.digest()
        // Closing moves the write-ahead log into the file.
        await test.ledger.close()
        let file = try Data(contentsOf: URL(filePath: test.path))
        #expect(file.count < 200_000)
        try file.write(to: target.appendingPathComponent("\(LedgerFormatOne.name).sqlite"))
        let tables = digest.tables.sorted { $0.key < $1.key }.map { "    \"\($0.key)\": \"\($0.value)\"" }
        let json =
            "{\n  \"position\": \(digest.position),\n  \"tables\": {\n\(tables.joined(separator: ",\n"))\n  }\n}\n"
        try Data(json.utf8).write(to: target.appendingPathComponent("\(LedgerFormatOne.name).json"))
    }
}

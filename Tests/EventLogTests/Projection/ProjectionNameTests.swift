import EventLog
import LedgerStorage
import Testing

@testable import Projections
@testable import SQLiteEventLog

/// Goal: names of projectors and projections are told apart by their bytes, as tables tell them apart. Method: names
/// that Swift calls equal, because they look the same.
@Suite struct ProjectionNameTests {
    /// One letter, and a letter with an accent of its own.
    private static let (composed, decomposed) = ("caf\u{e9}", "cafe\u{301}")

    private static let one = CountingProjector(
        "one", [(name: composed, table: "a"), (name: decomposed, table: "b")], badType: "Bad")

    private static let two: [any Projector] = [
        CountingProjector(composed, [(name: composed, table: "a")]),
        CountingProjector(decomposed, [(name: decomposed, table: "b")], badType: "Bad"),
    ]

    private func bytes(_ names: [String]) -> [[UInt8]] { names.map { Array($0.utf8) } }

    @Test func theyAreEqualToSwift() { #expect(Self.composed == Self.decomposed) }

    @Test func oneIsRebuiltAndGoesBackAlone() async throws {
        let test = try await ProjectedLog(LogFile(), [Self.one])
        try await test.append("A", "B")
        try RawSQLite.run(test.file.path, "UPDATE a SET events = 9 WHERE type = 'A'")
        let report = try await test.host.rebuild([Self.composed], onDifference: .replace)
        #expect(bytes(report.projections.map(\.name)) == bytes([Self.composed]))
        #expect(report.comparisons.map(\.outcome) == [.different])
        #expect(try test.host.states().map(\.generation) == [2, 1])
        // Beside the ledger, because an event has come since.
        try await test.append("A")
        let states = try await test.host.rollBack([Self.composed])
        #expect(bytes(states.map(\.name)) == bytes([Self.composed]) && states.map(\.generation) == [1])
        #expect(try test.host.states().map(\.generation) == [1, 1])
        #expect(try test.integer("SELECT events FROM a WHERE type = 'A'") == 10)
        #expect(try test.integer("SELECT events FROM b WHERE type = 'A'") == 2)
        await test.log.close()
    }

    @Test func bothGoBackFromWhereEachStood() async throws {
        let test = try await ProjectedLog(LogFile(), [Self.one])
        try await test.append("A")
        try await test.host.rebuild()
        try await test.append("B")
        try await test.host.rebuild([Self.decomposed])
        let digest = try test.host.digest().tables
        let states = try await test.host.rollBack()
        #expect(bytes(states.map(\.name)) == bytes([Self.composed, Self.decomposed]))
        #expect(states.map(\.generation) == [1, 2] && states.map(\.position) == [2, 2])
        #expect(try test.host.digest().tables == digest)
        await test.log.close()
    }

    @Test func eachProjectorDoesWithoutItsOwn() async throws {
        let file = try LogFile()
        let plain = try file.open()
        _ = try await plain.append(to: "s", [file.event([1], "A"), file.event([1], "Bad"), file.event([1], "B")])
        await plain.close()
        let test = try await ProjectedLog(file, Self.two)
        let letters = try test.host.deadLetters()
        #expect(bytes(letters.map(\.projection)) == bytes([Self.decomposed]) && letters.positions == [2])
        #expect(try test.integer("SELECT sum(events) FROM a") == 3)
        #expect(try test.integer("SELECT sum(events) FROM b") == 2)
        #expect(try await test.host.skipDeadLetters([Self.decomposed], positions: [2]).count == 1)
        #expect(try test.host.deadLetters([Self.composed]).isEmpty)
        try await test.host.rebuild()
        #expect(try test.integer("SELECT sum(events) FROM a") == 3)
        #expect(try await test.host.verify().isEqual)
        await test.log.close()
    }
}

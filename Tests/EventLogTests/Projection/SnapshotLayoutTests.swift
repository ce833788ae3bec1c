import EventLog
import Foundation
import LedgerStorage
import Testing

@testable import Projections
@testable import SQLiteEventLog

/// Goal: a snapshot that an older program made is gone on with. Method: one whose database is brought to the layout
/// that was up to format 2, as `FormerLayout` describes it; its projector has one projection, as every projector had.
@Suite struct SnapshotLayoutTests {
    @Test func oneOfTheFormerLayoutIsGoneOnWith() async throws {
        let test = try await ProjectedLog(LogFile())
        try await test.append(12)
        let keeper = SnapshotKeeper(
            test.host, rule: .growing(events: 8, divisor: 1_000), clock: test.file.clock, alwaysUses: true)
        let taken = try #require(try await keeper.takeDue().first)
        #expect(taken.position == 8 && taken.projectors == "tally:1")
        try await age(taken, keeper.store)
        #expect(try keeper.isUsable(#require(keeper.all().first)))

        let moment = LogMoment(position: 10, time: Timestamp(milliseconds: 1))
        let view = try await test.host.openView(
            at: moment, in: ViewFolder(ledgerPath: test.log.path), from: keeper.store)
        #expect(try view.read { try $0.integer("SELECT sum(events) FROM tally") } == 10)
        #expect(try view.read { try ProjectionState.all($0) }.map(\.position) == [10])
        view.close()
        // It was used, and is there still.
        #expect(try keeper.all().count == 1)
        try await test.append(5)
        #expect(try await keeper.takeDue().map(\.position) == [16])
        await keeper.close()
        await test.log.close()
    }

    /// Writes the snapshot again as an older program has it.
    private func age(_ info: SnapshotInfo, _ store: SnapshotStore) async throws {
        let path = store.folder + "/aged"
        #expect(try await store.expand(info, to: path))
        try RawSQLite.run(
            path,
            """
            CREATE TABLE projections (name TEXT PRIMARY KEY, version INTEGER NOT NULL, generation INTEGER NOT NULL,
                position INTEGER NOT NULL) WITHOUT ROWID
            """,
            """
            INSERT INTO projections
            SELECT name, version, generation, position FROM projection_generations JOIN projection_positions
            """, "DROP TABLE projection_generations", "DROP TABLE projection_positions")
        unlink(store.file(info.position))
        let written = try SnapshotFile.compress(path, to: store.file(info.position), rights: store.rights) {}
        unlink(path)
        var aged = info
        (aged.sha256, aged.bytes, aged.databaseBytes) = (written.sha256, written.bytes, written.databaseBytes)
        try await store.register(aged)
    }
}

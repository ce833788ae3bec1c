import EventLog
import EventLogTesting
public import Foundation
public import MemoryLedger
public import Projections
import SQLiteEventLog

/// A real legacy database, migrated into a ledger in memory with a fixed clock and fixed ids.
///
///     let replay = try await ReplayedMigration(of: database)
///     #expect(replay.report.quarantined == 1)
///     #expect(replay.report.verified.equal == replay.report.verified.compared)
///     try await replay.expectUnchanged(from: "Goldens/agent.json")
///
/// The source is opened read-only and stays as it is. The same rows give the same ledger, on every machine.
public struct ReplayedMigration: Sendable {
    /// What became of each row.
    public let report: MigrationReport
    /// The ledger, to look at or to go on with. It goes with the last reference to it.
    public let ledger: MemoryLedger
    /// The digest of each projection table. Those of `import_sources` and `origins` depend on the source's
    /// file.
    public let digest: LedgerDigest
    private let projections: [LedgerStatistics.Projection]

    /// Replays a migration.
    ///
    /// - Parameters:
    ///   - path: The legacy database; one that is not absolute begins at the folder of the test's own file.
    ///   - options: As for `MemoryLedger.migrate`; a dry run or a backup makes no sense here and is not made.
    ///   - clock: When the migration takes place, which decides what has expired.
    ///   - projectors: Projectors of your own, to run beside the ledger's.
    /// - Throws: `LegacySourceError` where the source cannot be read.
    public init(
        of path: String, options: MigrationOptions = MigrationOptions(), clock: FixedClock = FixedClock(),
        ids: FixedIDs = FixedIDs(), projectors: [any Projector] = [], filePath: StaticString = #filePath
    ) async throws {
        var options = options
        options.isDryRun = false
        options.backupFolder = nil
        ledger = try await MemoryLedger.forTesting(clock: clock, ids: ids, projectors: projectors)
        report = try await ledger.migrate(from: Self.place(path, filePath).path, options: options)
        digest = try await ledger.digest()
        projections = try await ledger.statistics().projections
    }

    /// True where the environment says `MEMLEDGER_RECORD=1`.
    public static var isRecording: Bool { ProcessInfo.processInfo.environment["MEMLEDGER_RECORD"] == "1" }

    // MARK: Golden files

    /// Compares with a golden file: the counts, the rows in quarantine, and the digest of each table. Where they
    /// differ, the failure names the memories that changed, and how.
    ///
    /// A golden file is JSON, a line a memory, to be committed beside the test. Values of more than
    /// `maximumGoldenValueBytes` stand in it as a hash, their length and their beginning. Not compared are tables that
    /// the file does not know, `import_sources` and `origins`, which say what the source's file is, and, where a
    /// projection has another version than was recorded, the digests: then the memories are compared one by one.
    ///
    /// - Parameters:
    ///   - golden: The golden file.
    ///   - recording: Write the file instead, in one piece, and then throw, so that a recorded run is not taken for a
    ///     passed one. By default where the environment says `MEMLEDGER_RECORD=1`.
    /// - Throws: `ExpectationFailure` where something changed, the file is missing or is none, or it was recorded.
    public func expectUnchanged(
        from golden: URL, recording: Bool = ReplayedMigration.isRecording, fileID: StaticString = #fileID,
        line: UInt = #line
    ) async throws {
        let place = SourcePlace(fileID, line)
        let summary = GoldenSummary(report, digest, projections)
        if recording {
            let found = GoldenMigration(summary: summary, memories: try await GoldenMemory.all(of: ledger))
            try record(found, golden, place)
        }
        let bytes: [UInt8]
        do {
            bytes = [UInt8](try Data(contentsOf: golden))
        } catch {
            throw ExpectationFailure(
                "There is no golden file \(golden.path) to compare with; run the test once with "
                    + "MEMLEDGER_RECORD=1 and commit what it writes.", at: place)
        }
        let expected: GoldenMigration
        do {
            if try GoldenMigration.summary(of: bytes)?.isKept(by: summary) == true { return }
            expected = try GoldenMigration(bytes)
        } catch {
            throw ExpectationFailure(
                "\(golden.path) is not a golden file (\(error)); record it again with MEMLEDGER_RECORD=1.",
                at: place)
        }
        let found = GoldenMigration(summary: summary, memories: try await GoldenMemory.all(of: ledger))
        let difference = GoldenDifference(from: expected, to: found)
        if difference.isEmpty { return }
        throw ExpectationFailure(
            "The migration no longer gives what \(golden.lastPathComponent) says: \(difference.headline). "
                + "If this is meant, record it again with MEMLEDGER_RECORD=1.", difference.lines, at: place)
    }

    /// The same with a path; one that is not absolute begins at the folder of the test's own file.
    public func expectUnchanged(
        from golden: String, recording: Bool = ReplayedMigration.isRecording, filePath: StaticString = #filePath,
        fileID: StaticString = #fileID, line: UInt = #line
    ) async throws {
        try await expectUnchanged(
            from: Self.place(golden, filePath), recording: recording, fileID: fileID, line: line)
    }

    private static func place(_ path: String, _ filePath: StaticString) -> URL {
        if path.hasPrefix("/") { return URL(fileURLWithPath: path) }
        return URL(fileURLWithPath: "\(filePath)").deletingLastPathComponent().appendingPathComponent(path)
    }

    /// Longer values stand in a golden file as a hash, their length and their beginning.
    public static let maximumGoldenValueBytes = 256

    private func record(_ found: GoldenMigration, _ golden: URL, _ place: SourcePlace) throws {
        do {
            try FileManager.default.createDirectory(
                at: golden.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(found.bytes).write(to: golden, options: .atomic)
        } catch {
            throw ExpectationFailure(
                "The golden file \(golden.path) cannot be written (\(error)); check the folder.", at: place)
        }
        throw ExpectationFailure(
            "Recorded \(golden.path) with \(found.memories.count) memories; look at what changed, commit it, and run "
                + "the test again without recording.", at: place)
    }
}

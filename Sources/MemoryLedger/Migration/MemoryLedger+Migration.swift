import EmbeddedLedger
public import EventLog
import Foundation
import LedgerCapabilities
import LedgerStorage
import Projections

extension MemoryLedger {
    /// Imports a legacy Keyv or kv-memory database: every row becomes an event that holds all of its bytes, and the
    /// projector makes of it what it means. Then the source is read a second time by another way and compared with the
    /// projection.
    ///
    /// The source is opened read-only and stays as it is. Running it again imports only what is new or changed; broken
    /// off anywhere, it goes on when it is run again. Memory is bounded by a batch of rows.
    ///
    /// - Throws: `LegacySourceError` where the source cannot be read; `EventLogError` where the ledger cannot be
    ///   written; `CancellationError`. What was imported until then stays.
    public func migrate(
        from path: String, options migration: MigrationOptions = MigrationOptions(),
        by attribution: Attribution = Attribution()
    ) async throws -> MigrationReport {
        try refuseOwnFile(path)
        return try await migrate(PreparedMigration(from: path, options: migration), options: migration, by: attribution)
    }

    /// The same of a source that was looked at before.
    ///
    /// - Parameter migration: with which it was prepared.
    package func migrate(
        _ prepared: PreparedMigration, options migration: MigrationOptions, by attribution: Attribution
    ) async throws -> MigrationReport {
        defer { prepared.close() }
        try refuseOwnFile(prepared.path)
        if migration.isDryRun { return try await rehearse(prepared, migration, attribution) }
        return try await report(of: prepared, migration, attribution)
    }

    private func report(
        of prepared: PreparedMigration, _ migration: MigrationOptions, _ attribution: Attribution
    ) async throws -> MigrationReport {
        let beginning = try beginning(of: prepared, migration)
        var report = beginning.report
        try await migrate(
            beginning, sha256: prepared.sha256, path: prepared.path, migration, attribution, &report)
        return report
    }

    /// What is known before anything is appended.
    private struct Beginning {
        var report: MigrationReport
        var sources: [LegacySource]
        var finding: LegacyLineage.Finding
        /// If the source is a checkout of this ledger.
        var checkout: CheckedOutRows?
    }

    /// Looks what the source is, and makes the copy in the backup folder: what continues nothing is refused before.
    private func beginning(of prepared: PreparedMigration, _ migration: MigrationOptions) throws -> Beginning {
        let sources = try prepared.sources()
        var report = MigrationReport(
            source: .init(
                path: prepared.path, sha256: prepared.sha256Text, format: sources[0].format, table: sources[0].table),
            tables: sources.map { MigrationReport.Table($0) })
        report.passedOver = prepared.passedOver(besides: sources)
        let checkout = try CheckedOutRows.find(in: sources, tables, continues: migration.continuesEarlierImport)
        let finding: LegacyLineage.Finding
        if let checkout {
            finding = LegacyLineage.Finding(lineage: checkout.lineage)
            (report.source.lineage, report.source.isContinued) = (LegacyLineage.text(finding.lineage), true)
            report.source.isCheckout = true
        } else {
            finding = try lineage(of: sources, sha256: prepared.sha256, path: prepared.path, migration, &report)
        }
        if !migration.isDryRun { try prepared.backUp(besides: embedded?.protectedFiles ?? options.file.protectedFiles) }
        report.backup = prepared.backup
        let read = try prepared.sources()
        return Beginning(report: report, sources: read, finding: finding, checkout: checkout?.rows(of: read))
    }

    private func lineage(
        of sources: [LegacySource], sha256: [UInt8], path: String, _ migration: MigrationOptions,
        _ report: inout MigrationReport
    ) throws -> LegacyLineage.Finding {
        let lineages = LegacyLineage(tables)
        let finding = try lineages.find(
            sources, sha256: sha256, path: path, continues: migration.continuesEarlierImport)
        report.source.lineage = LegacyLineage.text(finding.lineage)
        report.source.united = finding.united.map { LegacyLineage.text($0) }
        (report.source.isContinued, report.source.isAnother) = try lineages.acquaintance(with: finding.lineage)
        return finding
    }

    private func migrate(
        _ beginning: Beginning, sha256: [UInt8], path: String, _ migration: MigrationOptions,
        _ attribution: Attribution,
        _ report: inout MigrationReport
    ) async throws {
        let (sources, finding) = (beginning.sources, beginning.finding)
        try await flushReads()
        let total = try sources.reduce(0) { try $0 + $1.rowCount() }
        let importers = sources.enumerated().map { table, source in
            LegacyImporter(
                self, source, lineage: finding.lineage, united: table == 0 ? finding.united : [], sha256: sha256,
                path: path, checkout: beginning.checkout, migration, attribution)
        }
        for importer in importers { try importer.checkProtection() }
        for (table, (importer, source)) in zip(importers, sources).enumerated() {
            let before = report.rows
            try await importer.run(
                LegacyVerifier(self, source, finding.lineage, migration), &report, table: table
            ) { migration.progress(before + $0, total) }
        }
    }

    private func refuseOwnFile(_ path: String) throws {
        var source = stat()
        var own = stat()
        guard stat(path, &source) == 0, stat(tables.path, &own) == 0, source.st_dev == own.st_dev,
            source.st_ino == own.st_ino
        else { return }
        throw LegacySourceError(
            .isLedger, path: path, "It is the ledger itself. Name the legacy database, or another ledger.")
    }

    /// Migrates into a copy of the ledger that is thrown away: the report is exact, and the ledger stays as it is.
    private func rehearse(
        _ prepared: PreparedMigration, _ migration: MigrationOptions, _ attribution: Attribution
    ) async throws -> MigrationReport {
        let folder = try TemporaryFolder()
        try await flushReads()
        let copy = folder.path + "/ledger.sqlite"
        try await copyLedger(to: copy)
        var options = options
        options.file.access = .readWrite
        options.file.durability = .normal
        let ledger = try await MemoryLedger.open(at: copy, options: options)
        let result: Result<MigrationReport, any Error>
        do {
            result = .success(try await ledger.report(of: prepared, migration, attribution))
        } catch {
            result = .failure(error)
        }
        await ledger.close()
        folder.remove()
        var report = try result.get()
        report.isDryRun = true
        report.firstPosition = nil
        report.lastPosition = nil
        return report
    }

    /// Makes a ledger in a file of what this one holds. A log that is somewhere else is read event by event.
    private func copyLedger(to path: String) async throws {
        if let embedded { return try await embedded.copy(to: path) }
        try await EmbeddedLedger.copy(of: log, to: path, options: options.logFile, clock: options.clock)
    }
}

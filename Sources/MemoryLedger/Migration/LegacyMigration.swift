import EmbeddedLedger
import EventLog
import Foundation
import LedgerCapabilities
import LedgerStorage
import Projections

/// One migration of a source into a ledger: what the source is, the import of each of its tables, and what became of
/// them.
struct LegacyMigration {
    private let parts: LedgerParts
    /// Nil: log and tables are not in one file.
    private let file: EmbeddedLedger?
    private let options: MigrationOptions
    private let attribution: Attribution

    init(_ parts: LedgerParts, _ file: EmbeddedLedger?, _ options: MigrationOptions, by attribution: Attribution) {
        (self.parts, self.file, self.options, self.attribution) = (parts, file, options, attribution)
    }

    /// - Throws: as `MemoryLedger.migrate`.
    func migrate(_ prepared: PreparedMigration) async throws -> MigrationReport {
        defer { prepared.close() }
        try refuseOwnFile(prepared.path)
        return options.isDryRun ? try await rehearse(prepared) : try await append(prepared)
    }

    func refuseOwnFile(_ path: String) throws {
        var source = stat()
        var own = stat()
        guard stat(path, &source) == 0, stat(parts.tables.path, &own) == 0, source.st_dev == own.st_dev,
            source.st_ino == own.st_ino
        else { return }
        throw LegacySourceError(
            .isLedger, path: path, "It is the ledger itself. Name the legacy database, or another ledger.")
    }

    // MARK: What the source is

    /// What is known before anything is appended.
    private struct Beginning {
        var report: MigrationReport
        var sources: [LegacySource]
        var finding: LegacyLineage.Finding
        /// If the source is a checkout of this ledger.
        var checkout: CheckedOutRows?
    }

    /// Looks what the source is, and makes the copy in the backup folder: what continues nothing is refused before.
    private func beginning(of prepared: PreparedMigration) throws -> Beginning {
        let sources = try prepared.sources()
        var report = MigrationReport(
            source: .init(
                path: prepared.path, sha256: prepared.sha256Text, format: sources[0].format, table: sources[0].table),
            tables: sources.map { MigrationReport.Table($0) })
        report.passedOver = prepared.passedOver(besides: sources)
        let checkout = try CheckedOutRows.find(in: sources, parts.tables, continues: options.continuesEarlierImport)
        let finding: LegacyLineage.Finding
        if let checkout {
            finding = LegacyLineage.Finding(lineage: checkout.lineage)
            (report.source.lineage, report.source.isContinued) = (LegacyLineage.text(finding.lineage), true)
            report.source.isCheckout = true
        } else {
            finding = try lineage(of: sources, prepared, &report.source)
        }
        if !options.isDryRun {
            try prepared.backUp(besides: file?.protectedFiles ?? parts.options.file.protectedFiles)
        }
        report.backup = prepared.backup
        let read = try prepared.sources()
        return Beginning(report: report, sources: read, finding: finding, checkout: checkout?.rows(of: read))
    }

    private func lineage(
        of sources: [LegacySource], _ prepared: PreparedMigration, _ report: inout MigrationReport.Source
    ) throws -> LegacyLineage.Finding {
        let lineages = LegacyLineage(parts.tables)
        let finding = try lineages.find(
            sources, sha256: prepared.sha256, path: prepared.path, continues: options.continuesEarlierImport)
        report.lineage = LegacyLineage.text(finding.lineage)
        report.united = finding.united.map { LegacyLineage.text($0) }
        (report.isContinued, report.isAnother) = try lineages.acquaintance(with: finding.lineage)
        return finding
    }

    // MARK: Importing

    private func append(_ prepared: PreparedMigration) async throws -> MigrationReport {
        let beginning = try beginning(of: prepared)
        let (sources, finding) = (beginning.sources, beginning.finding)
        var report = beginning.report
        try await parts.flush()
        let total = try sources.reduce(0) { try $0 + $1.rowCount() }
        let importers = sources.enumerated().map { table, source in
            LegacyImporter(
                parts, source, lineage: finding.lineage, united: table == 0 ? finding.united : [],
                sha256: prepared.sha256, path: prepared.path, checkout: beginning.checkout, options, attribution)
        }
        for importer in importers { try importer.checkProtection() }
        for (table, (importer, source)) in zip(importers, sources).enumerated() {
            let before = report.rows
            let verifier = LegacyVerifier(parts, source, finding.lineage, options, after: report.verified)
            try await importer.run(verifier, &report, table: table) { options.progress(before + $0, total) }
        }
        return report
    }

    /// Migrates into a copy of the ledger that is thrown away: the report is exact, and the ledger stays as it is.
    private func rehearse(_ prepared: PreparedMigration) async throws -> MigrationReport {
        let folder = try TemporaryFolder()
        try await parts.flush()
        let copy = folder.path + "/ledger.sqlite"
        try await copyLedger(to: copy)
        var opening = parts.options
        opening.file.access = .readWrite
        opening.file.durability = .normal
        let ledger = try await MemoryLedger.open(at: copy, options: opening)
        let result: Result<MigrationReport, any Error>
        do {
            let rehearsal = LegacyMigration(ledger.parts, ledger.embedded, options, by: attribution)
            result = .success(try await rehearsal.append(prepared))
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
        if let file { return try await file.copy(to: path) }
        let options = parts.options
        try await EmbeddedLedger.copy(of: parts.log, to: path, options: options.logFile, clock: options.clock)
    }
}

public import EventLog
import Foundation
import LedgerStorage
import Projections

extension MemoryLedger {
    /// Writes the memories as they stand, or stood at a moment, into a database that the old program reads: the way
    /// back from a migration, with what was written here since.
    ///
    ///     let report = try await ledger.checkout(in: .keyv, to: "kv.db")
    ///
    /// Migrating the file into an empty ledger gives the same memories, but for what the report says. Memories that
    /// are quarantined are left out, and so are protected namespaces where there is no master key. The file appears
    /// whole or not at all; a ledger, what belongs to it, and the source of a migration are never replaced.
    ///
    /// - Parameters:
    ///   - moment: Nil: the present.
    ///   - replacing: Replace a database that is there.
    ///   - reporting: Called for each memory that is left out or changed. What it throws ends the checkout.
    ///   - progress: Called with the memories that are done, of how many.
    /// - Throws: `EventLogError` with `unknownMoment`, `fileExists`, `busy` (another checkout to that file) or
    ///   `storage`; `CancellationError` where the task is cancelled.
    @discardableResult
    public func checkout(
        in layout: LegacyLayout, at moment: LogMoment? = nil, to file: String, replacing: Bool = false,
        reporting: @escaping (LegacyCheckoutReport.Entry) throws -> Void = { _ in },
        progress: @escaping (_ memories: Int, _ of: Int) -> Void = { _, _ in }
    ) async throws -> LegacyCheckoutReport {
        let last = if let moment { try await log.event(at: moment.position)?.id } else { EventID?.none }
        let present = try await asOf(.position(try await log.head())).moment
        let view: any MemoryReading = moment.map { LedgerView(readSide, $0) } ?? self
        let target = CheckoutFile(target: file, isReplacing: replacing, beside: host.database)
        var report = LegacyCheckoutReport(file: file, layout: layout, moment: moment ?? present, sizeBytes: 0)
        let tables = try await view.source.tables()
        try await target.make { partial in
            try refuseSource(file)
            try tables.readSnapshot { sqlite in
                if moment == nil { report.moment.position = try host.position(sqlite) }
                let checkout = LegacyCheckout(
                    layout: layout, tables: sqlite, now: view.source.now,
                    locked: try view.lockedNamespaces(sqlite),
                    event: try moment == nil
                        ? host.database.committed(sqlite).event(at: report.moment.position)?.id : last,
                    reporting: reporting, progress: progress)
                try checkout.run(to: partial, rights: target.rights, &report)
            }
        }
        // Somebody may have appended before the snapshot began.
        if moment == nil, report.moment.position != present.position {
            report.moment = try await asOf(.position(report.moment.position)).moment
        }
        report.sizeBytes = target.sizeBytes
        return report
    }

    /// Refuses to replace what a migration into this ledger was from, and what is no database.
    private func refuseSource(_ path: String) throws {
        var status = stat()
        guard stat(path, &status) == 0, status.st_size > 0 else { return }
        let hash: [UInt8]
        do {
            hash = try LegacyFile(path: path).sha256()
        } catch let error as LegacySourceError {
            // Made of a ledger, so nothing is lost with it; and no migration takes one.
            if error.code == .isCheckout { return }
            throw EventLogError(
                .fileExists,
                "\(path) is not replaced, since it cannot be read as a database: \(error.message) Or name another file."
            )
        }
        let isSource = try tables.read { sqlite in
            let row = try sqlite.statement("SELECT path, sha256 FROM import_sources")
            defer { row.reset() }
            while try row.step() {
                var source = stat()
                let isSameFile =
                    stat(row.text(0), &source) == 0 && source.st_dev == status.st_dev && source.st_ino == status.st_ino
                if isSameFile || row.bytes(1).elementsEqual(hash) { return true }
            }
            return false
        }
        if isSource {
            throw EventLogError(
                .fileExists, "\(path) is the source of a migration and is not replaced; name another file.")
        }
    }
}

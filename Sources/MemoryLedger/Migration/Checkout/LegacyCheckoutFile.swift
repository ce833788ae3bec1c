import EventLog
import Foundation
import LedgerStorage
import Projections

/// The file of one checkout in a layout of the old program: of which moment, and what it must not replace.
struct LegacyCheckoutFile {
    private let parts: LedgerParts
    private let layout: LegacyLayout
    /// Nil: the present.
    private let moment: LogMoment?
    private let path: String
    private let isReplacing: Bool

    init(_ parts: LedgerParts, _ layout: LegacyLayout, at moment: LogMoment?, to path: String, replacing: Bool) {
        (self.parts, self.layout, self.moment, self.path, isReplacing) = (parts, layout, moment, path, replacing)
    }

    /// - Throws: as `MemoryLedger.checkout`.
    func make(
        reporting: @escaping (LegacyCheckoutReport.Entry) throws -> Void,
        progress: @escaping (_ memories: Int, _ of: Int) -> Void
    ) async throws -> LegacyCheckoutReport {
        let last = if let moment { try await parts.log.event(at: moment.position)?.id } else { EventID?.none }
        let present = try await parts.resolve(.position(try await parts.log.head()))
        let reader = MemoryReader(MemorySource(parts, at: moment))
        let target = CheckoutFile(target: path, isReplacing: isReplacing, beside: parts.tables)
        var report = LegacyCheckoutReport(file: path, layout: layout, moment: moment ?? present, sizeBytes: 0)
        let tables = try await reader.source.tables()
        try await target.make { partial in
            try refuseSource()
            try tables.readSnapshot { sqlite in
                if moment == nil { report.moment.position = try parts.store.position(sqlite) }
                let checkout = LegacyCheckout(
                    layout: layout, tables: sqlite, now: reader.source.now,
                    locked: try reader.lockedNamespaces(sqlite),
                    event: try moment == nil
                        ? parts.tables.committed(sqlite).event(at: report.moment.position)?.id : last,
                    reporting: reporting, progress: progress)
                try checkout.run(to: partial, rights: target.rights, &report)
            }
        }
        // Somebody may have appended before the snapshot began.
        if moment == nil, report.moment.position != present.position {
            report.moment = try await parts.resolve(.position(report.moment.position))
        }
        report.sizeBytes = target.sizeBytes
        return report
    }

    /// Refuses to replace what a migration into this ledger was from, and what is no database.
    private func refuseSource() throws {
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
        let isSource = try parts.tables.read { sqlite in
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

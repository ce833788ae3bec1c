import Crypto
package import EventLog
import Foundation
import LedgerStorage

/// A point-in-time rebuild into an SQLite file of its own.
///
/// `CheckoutFile` gives it its name when it is whole.
struct Checkout {
    let host: ProjectionStore
    let moment: LogMoment
    let target: String
    let isReplacing: Bool
    /// Of the program, for `checkout_info`.
    let madeBy: String
    package let clock: any TimeSource
    /// The ledger's id; nil for a log that has none.
    let ledgerID: String?

    static let format = "1"

    func run(_ snapshots: SnapshotStore, _ progress: RebuildProgress) async throws -> CheckoutReport {
        let file = CheckoutFile(target: target, isReplacing: isReplacing, beside: host.database)
        let ledger = if let ledgerID { ledgerID } else { try await idOfFirstEvent() }
        let written = Written()
        try await file.make { partial in
            // Search indexes stay out: a program that reads the file may lack what made them.
            try await host.build(
                at: moment, path: partial, from: snapshots, progress: progress, leavingOutVirtualTables: true
            ) { sqlite in
                let tables = host.projectionsWithPast.flatMap(\.schema.sources).filter { $0.query == nil }
                written.digests = try TableDigest.sha256(of: tables, sqlite)
                written.info = info(ledger: ledger, written.digests)
                try writeStates(sqlite)
                try write(written.info, sqlite)
            }
        }
        return CheckoutReport(
            file: target, moment: moment, sizeBytes: file.sizeBytes, digests: written.digests,
            info: written.info)
    }

    /// What the build's last step hands over.
    private final class Written: Sendable {
        // Proof of safety: written by the build's last step, and read after it has returned.
        nonisolated(unsafe) var digests: [String: String] = [:]
        nonisolated(unsafe) var info: [CheckoutReport.Info] = []
    }

    // MARK: What it says of itself

    /// Tells logs apart that have no id: their first events differ.
    private func idOfFirstEvent() async throws -> String {
        guard let first = try host.log.makeFeed(after: 0).page(limit: 1).first else {
            throw EventLogError(.unknownMoment, "The log is empty; append something first.")
        }
        var hash = SHA256()
        first.id.withBytes { hash.update(bufferPointer: $0) }
        hash.update(data: Array(first.stream.rawValue.utf8))
        return hash.finalize().hexadecimal
    }

    private func info(ledger: String, _ digests: [String: String]) -> [CheckoutReport.Info] {
        var values = [
            "format": Self.format,
            "ledger": URL(fileURLWithPath: host.database.path).lastPathComponent,
            "ledger_id": ledger,
            "position": String(moment.position),
            "time": moment.time.rfc3339,
            "made_by": madeBy,
            "made_at": clock.now().rfc3339,
        ]
        if let through = moment.occurredThrough { values["occurred_through"] = through.rfc3339 }
        for projection in host.projectionsWithPast {
            values["projector.\(projection.name)"] = String(projection.version)
        }
        for (table, digest) in digests { values["digest.\(table)"] = digest }
        return values.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            .map { CheckoutReport.Info(name: $0.key, value: $0.value) }
    }

    /// Who reads a checkout finds the projections in one table, and nothing of how a store keeps them.
    private func writeStates(_ sqlite: SQLiteConnection) throws {
        let states = try ProjectionState.all(sqlite)
        try sqlite.execute(
            """
            CREATE TABLE projections (name TEXT PRIMARY KEY, version INTEGER NOT NULL, generation INTEGER NOT NULL, \
            position INTEGER NOT NULL) WITHOUT ROWID
            """)
        let insert = try sqlite.statement("INSERT INTO projections VALUES (?, ?, ?, ?)")
        for state in states {
            insert.bind(1, state.name)
            insert.bind(2, state.version)
            insert.bind(3, state.generation)
            insert.bind(4, state.position)
            try insert.run()
        }
        sqlite.forgetStatements()
        try ProjectionTables.drop(sqlite)
    }

    private func write(_ info: [CheckoutReport.Info], _ sqlite: SQLiteConnection) throws {
        try sqlite.execute("PRAGMA application_id = \(ApplicationID.checkout)")
        try sqlite.execute("CREATE TABLE checkout_info (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID")
        let insert = try sqlite.statement("INSERT INTO checkout_info (name, value) VALUES (?, ?)")
        for row in info {
            insert.bind(1, row.name)
            insert.bind(2, row.value)
            try insert.run()
        }
    }
}

extension ProjectionStore {
    /// Writes the projections as they stood at a moment into an SQLite file of their own.
    package func checkout(
        at moment: LogMoment, to target: String, replacing: Bool, madeBy: String, clock: any TimeSource,
        ledgerID: String?, _ snapshots: SnapshotKeeper, _ progress: RebuildProgress = { _ in }
    ) async throws -> CheckoutReport {
        let checkout = Checkout(
            host: self, moment: moment, target: target, isReplacing: replacing, madeBy: madeBy, clock: clock,
            ledgerID: ledgerID)
        return try await checkout.run(snapshots.store, progress)
    }
}

import EventLog
import LedgerStorage
import Projections

/// Reads a source's rows, and appends those that the ledger does not have as they are now.
///
/// Invariant 8 of the architecture: each row ends as exactly one of imported, duplicate or quarantined. What a row
/// became is the projector's word, read back from `import_rows` after its batch.
struct LegacyImporter {
    let parts: LedgerParts
    let source: LegacySource
    let sha256: [UInt8]
    private let path: String
    let options: MigrationOptions
    let attribution: Attribution
    let mapping: LegacyMapping
    /// Of a source that is a checkout of this ledger.
    let checkout: CheckedOutRows?
    let lineage: [UInt8]
    private let united: [[UInt8]]
    let knownRows: LegacyKnownRows

    /// Why a row whose event the projector refused is set aside.
    private static let notShown =
        "Its bytes are in the log, and the tables do not show what became of it. Run rebuild, and migrate again."
    /// Bytes of rows of one append.
    private static let batchBytes = 16 << 20
    /// Rows that are looked up in one snapshot of the ledger.
    private static let rowsPerSnapshot = 256

    /// Rows that are imported by one append. What is appended is apart, because it is copied from hand to hand.
    private struct Batch {
        var rows: [Row] = []
        var appends: [StreamAppend] = []
        var payloadBytes = 0

        mutating func append(_ prepared: PreparedRow) {
            rows.append(prepared.row)
            guard let event = prepared.event else { return }
            appends.append(StreamAppend(prepared.stream, events: [event]))
            payloadBytes += event.payload.count
        }
    }

    /// - Parameter united: lineages that the first event says are this same database.
    init(
        _ parts: LedgerParts, _ source: LegacySource, lineage: [UInt8], united: [[UInt8]], sha256: [UInt8],
        path: String, checkout: CheckedOutRows?, _ options: MigrationOptions, _ attribution: Attribution
    ) {
        self.parts = parts
        self.source = source
        self.sha256 = sha256
        self.path = path
        self.options = options
        self.attribution = attribution
        self.checkout = checkout
        mapping = source.mapping(namespaces: options.namespaces)
        self.lineage = lineage
        self.united = united
        knownRows = LegacyKnownRows(source, parts.tables)
    }

    /// Finds a row that would have to be encrypted, and cannot be, before anything is imported.
    ///
    /// - Throws: `EventLogError` with `masterKeyMissing` or `masterKeyWrong`.
    func checkProtection() throws {
        guard try parts.tables.read({ try !parts.tables.lockedCategories($0).categories.isEmpty }) else { return }
        let rows = LegacyRows(source)
        while let read = try rows.next() {
            try parts.tables.readSnapshot { sqlite in
                let row = try prepare(read, number(sqlite), sqlite)
                guard row.event != nil, let memory = MemoryStream.memory(row.stream) else { return }
                try parts.locked.check(memory.namespace, sqlite)
            }
        }
    }

    /// Imports and compares one table: while a batch of rows is read, the one before it is appended, and the one before
    /// that compared. In memory are the rows of two batches, and one of the second reading.
    ///
    /// - Parameter progress: called with this table's rows that are done.
    func run(
        _ verifier: LegacyVerifier, _ report: inout MigrationReport, table: Int, progress: (_ rows: Int) -> Void
    ) async throws {
        if !united.isEmpty {
            // What is known of a row is asked before its event: the rows have to be of one lineage by then.
            note(try await parts.log.append([try start()]), &report)
            knownRows.forget()
        }
        var work = Work(hasStarted: !united.isEmpty)
        do {
            try await importRows(&work, verifier, &report, table, progress)
        } catch {
            await work.end()
            throw error
        }
        report.verified = verifier.verified
        try verifier.finish(&report.tables[table])
    }

    /// What goes on beside the reading.
    private struct Work {
        var hasStarted: Bool
        var flight: Flight?
        var comparison: Comparison?

        /// Waits for what has begun, after a failure: an append is not taken back, and a comparison reads the source,
        /// which is closed then.
        func end() async {
            comparison?.task.cancel()
            _ = await comparison?.task.result
            _ = await flight?.append?.result
        }
    }

    /// A batch on its way into the log. It is kept whole until it is there, so that the writer's thread, which all wait
    /// for, does not spend its time freeing the events.
    private struct Flight {
        var batch: Batch
        /// Nil where every row of it is known.
        var append: Task<AppendResult, any Error>?
    }

    /// A batch that is being compared.
    private struct Comparison {
        /// The table's, with those of the batches before.
        var rows: Int
        var task: Task<Void, any Error>
    }

    private func importRows(
        _ work: inout Work, _ verifier: LegacyVerifier, _ report: inout MigrationReport, _ table: Int,
        _ progress: (_ rows: Int) -> Void
    ) async throws {
        let rows = LegacyRows(source)
        var isAtEnd = false
        while !isAtEnd {
            let batch = try nextBatch(rows)
            isAtEnd = batch.rows.isEmpty
            let landed = work.flight
            let result = try await landed?.append?.value
            try Task.checkCancellation()
            work.flight = isAtEnd ? nil : try takeOff(batch, &work.hasStarted)
            guard let landed else { continue }
            try land(landed.batch.rows, result, &report, table)
            try await finish(&work.comparison, progress)
            let compared = Self.landed(landed.batch.rows, through: report.tables[table].rows)
            work.comparison = Comparison(
                rows: compared.through, task: Task { try verifier.compare(compared) })
        }
        try Task.checkCancellation()
        try await finish(&work.comparison, progress)
    }

    private func finish(_ comparison: inout Comparison?, _ progress: (_ rows: Int) -> Void) async throws {
        guard let ending = comparison else { return }
        try await ending.task.value
        comparison = nil
        progress(ending.rows)
    }

    private static func landed(_ batch: [Row], through rows: Int) -> LegacyVerifier.Landed {
        var landed = LegacyVerifier.Landed(through: rows)
        for row in batch {
            if row.isOutrun { landed.leaveOut(row.read) }
            if !row.isAppended, let former = row.former { landed.note(former, of: row.read) }
        }
        return landed
    }

    private func nextBatch(_ rows: LegacyRows) throws -> Batch {
        var batch = Batch()
        let rowCount = max(min(options.batchRows, parts.log.limits.appendEvents - 1), 1)
        let hasRoom = { (batch: Batch) in batch.rows.count < rowCount && batch.payloadBytes < Self.batchBytes }
        var isAtEnd = false
        while hasRoom(batch), !isAtEnd {
            try parts.tables.readSnapshot { sqlite in
                let number = try number(sqlite)
                let end = batch.rows.count + Self.rowsPerSnapshot
                while batch.rows.count < end, hasRoom(batch) {
                    guard let read = try rows.next() else { return isAtEnd = true }
                    batch.append(try prepare(read, number, sqlite))
                }
            }
        }
        return batch
    }

    private func number(_ sqlite: SQLiteConnection) throws -> Int64 {
        try LegacyLineage.number(of: lineage, sqlite)
    }

    private func takeOff(_ batch: Batch, _ hasStarted: inout Bool) throws -> Flight {
        guard !batch.appends.isEmpty else { return Flight(batch: batch, append: nil) }
        let appends = hasStarted ? batch.appends : [try start()] + batch.appends
        hasStarted = true
        let log = parts.log
        return Flight(batch: batch, append: Task { try await log.append(appends) })
    }

    private func land(
        _ batch: [Row], _ result: AppendResult?, _ report: inout MigrationReport, _ table: Int
    ) throws {
        if let result { note(result, &report) }
        report.tables[table].rows += batch.count
        try parts.tables.readSnapshot { sqlite in
            let number = try number(sqlite)
            for row in batch { try account(row, &report, table, number, sqlite) }
        }
    }

    private func note(_ result: AppendResult, _ report: inout MigrationReport) {
        report.firstPosition = report.firstPosition ?? result.positions.first
        report.lastPosition = result.positions.last ?? report.lastPosition
    }

    private func start() throws -> StreamAppend {
        let now = parts.now
        let body = MemoryEvent.legacyImportStarted(
            LegacyImportStart(
                path: LegacyLineage.canonical(path), sourceSHA256: sha256, lineage: lineage,
                format: source.format.rawValue, table: source.table, sizeBytes: source.database.sizeBytes,
                unitedLineages: united, isContinuedByHand: options.continuesEarlierImport && checkout == nil))
        let event = try parts.newEvent(body, at: now, by: attribution)
        return StreamAppend(MemoryStream.importStream(lineage: lineage), events: [event])
    }

    private func account(
        _ row: Row, _ report: inout MigrationReport, _ table: Int, _ number: Int64, _ sqlite: SQLiteConnection
    ) throws {
        let known = try knownRows.find(row.read, lineage: number, sqlite)
        // Its event is in the log, whatever became of the tables, or it was known and has another name by now.
        switch known?.outcome ?? (row.isAppended ? "quarantined" : "duplicate") {
        case "quarantined":
            report.tables[table].quarantined += 1
            if report.quarantine.count < MigrationReport.maximumListed {
                report.quarantine.append(
                    .init(table: source.table, key: row.read.displayKey, reason: known?.reason ?? Self.notShown))
            }
        case "duplicate": report.tables[table].duplicates += 1
        case let name:
            if name == "expired" { report.tables[table].expired += 1 }
            if row.isKnown { report.tables[table].duplicates += 1 } else { report.tables[table].imported += 1 }
            if row.isKnown, row.isAppended { report.statisticsAdvanced += 1 }
            if let id = row.id { report.note(repaired: row.repaired, of: id) }
        }
    }
}

import EventLog

/// Reads a source's rows, and appends those that the ledger does not have as they are now.
///
/// Invariant 8 of the architecture: each row ends as exactly one of imported, duplicate or quarantined. What a row
/// became is the projector's word, read back from `import_rows` after its batch.
struct LegacyImporter {
    private let ledger: MemoryLedger
    private let source: LegacySource
    private let sha256: [UInt8]
    private let path: String
    private let options: MigrationOptions
    private let context: EventContext
    private let mapping: LegacyMapping
    let lineage: [UInt8]

    /// Bytes of rows of one append.
    private static let batchBytes = 16 << 20

    private struct Row {
        var read: LegacyRow
        var isKnown: Bool
        var event: NewEvent?
        var stream: StreamName
    }

    init(
        _ ledger: MemoryLedger, _ source: LegacySource, lineage: [UInt8], sha256: [UInt8], path: String,
        _ options: MigrationOptions, _ context: EventContext
    ) {
        self.ledger = ledger
        self.source = source
        self.sha256 = sha256
        self.path = path
        self.options = options
        self.context = context
        mapping = source.mapping(namespaces: options.namespaces)
        self.lineage = lineage
    }

    /// Imports and verifies one table. One core reads and compares rows while the other appends the batch before.
    ///
    /// - Parameter progress: called with this table's rows that are done.
    func run(
        _ verifier: LegacyVerifier, _ report: inout MigrationReport, table: Int, progress: (_ rows: Int) -> Void
    ) async throws {
        let rows = LegacyRows(source)
        var flight: Flight?
        var hasStarted = false
        while true {
            let batch = try nextBatch(rows)
            let landed = flight
            let result = try await landed?.append?.value
            try Task.checkCancellation()
            flight = batch.isEmpty ? nil : try takeOff(batch, &hasStarted)
            if let landed {
                try land(landed.batch, result, &report, table)
                let rows = report.tables[table].rows
                try verifier.advance(through: rows, &report)
                progress(rows)
            }
            if batch.isEmpty { break }
        }
        try verifier.finish(&report.tables[table])
    }

    /// A batch on its way into the log.
    private struct Flight {
        var batch: [Row]
        /// Nil where every row of it is known.
        var append: Task<AppendResult, any Error>?
    }

    private func nextBatch(_ rows: LegacyRows) throws -> [Row] {
        var batch: [Row] = []
        var bytes = 0
        while batch.count < options.batchRows, bytes < Self.batchBytes, let read = try rows.next() {
            let row = try prepare(read)
            batch.append(row)
            bytes += row.event?.payload.count ?? 0
        }
        return batch
    }

    private func prepare(_ read: LegacyRead) throws -> Row {
        let row: LegacyRow
        var truncatedAt: Int?
        switch read {
        case .row(let whole): row = whole
        case .tooLarge(let part, let limit): (row, truncatedAt) = (part, limit)
        }
        let id = mapping.identify(row)
        let stream = streamName(id)
        if try isKnown(row, id) { return Row(read: row, isKnown: true, event: nil, stream: stream) }
        let now = ledger.options.clock.now()
        let body = LegacyRowImport(
            row: row, sourceSHA256: sha256, lineage: lineage, namespace: id?.namespace,
            knownNamespaces: options.namespaces, tableNamespace: source.namespace,
            keepExpired: options.expired == .keep, importedAt: now,
            truncatedAtBytes: truncatedAt)
        let event = MemoryEvent.legacyRowImported(body)
        let new = NewEvent(
            id: ledger.options.ids.next(at: now), type: event.type, schemaVersion: MemoryEvent.schemaVersion,
            payload: try event.payload(), occurredAt: now, context: context)
        return Row(read: row, isKnown: false, event: new, stream: stream)
    }

    /// The memory's stream; the import's own where the key is none.
    private func streamName(_ id: MemoryKey?) -> StreamName {
        guard let id, (try? ledger.options.limits.check(id)) != nil else {
            return MemoryStream.importStream(lineage: lineage)
        }
        return MemoryStream.name(id)
    }

    /// The ledger has imported the row as it is now, and shown or hidden it as is wanted now.
    private func isKnown(_ row: LegacyRow, _ id: MemoryKey?) throws -> Bool {
        try ledger.log.file.read { sqlite in
            let known = try sqlite.statement(
                """
                SELECT row_hash, outcome, namespace, key FROM import_rows WHERE lineage = \(LegacyLineage.numberSQL) AND source_table = ? AND row_key = ?
                """)
            known.bind(1, blob: lineage)
            known.bind(2, row.table)
            known.bind(3, blob: row.identity)
            defer { known.reset() }
            guard try known.step(), known.bytes(0).elementsEqual(row.contentHash) else { return false }
            // With other namespaces known the row may mean another key.
            if let key = known.optionalText(3), MemoryKey(namespace: known.text(2), key: key) != id { return false }
            return known.text(1) != "expired" || options.expired == .skip
        }
    }

    private func takeOff(_ batch: [Row], _ hasStarted: inout Bool) throws -> Flight {
        var appends = batch.compactMap { row in row.event.map { StreamAppend(row.stream, events: [$0]) } }
        guard !appends.isEmpty else { return Flight(batch: batch, append: nil) }
        if !hasStarted { appends.insert(try start(), at: 0) }
        hasStarted = true
        let (log, ready) = (ledger.log, appends)
        return Flight(batch: batch, append: Task { try await log.append(ready) })
    }

    private func land(
        _ batch: [Row], _ result: AppendResult?, _ report: inout MigrationReport, _ table: Int
    ) throws {
        report.firstPosition = report.firstPosition ?? result?.positions.first
        report.lastPosition = result?.positions.last ?? report.lastPosition
        report.tables[table].rows += batch.count
        try ledger.log.file.readSnapshot { sqlite in
            for row in batch { try account(row, &report, table, sqlite) }
        }
    }

    private func start() throws -> StreamAppend {
        let now = ledger.options.clock.now()
        let body = MemoryEvent.legacyImportStarted(
            LegacyImportStart(
                path: LegacyLineage.canonical(path), sourceSHA256: sha256, lineage: lineage,
                format: source.format.rawValue,
                table: source.table, sizeBytes: source.database.sizeBytes))
        let event = NewEvent(
            id: ledger.options.ids.next(at: now), type: body.type, schemaVersion: MemoryEvent.schemaVersion,
            payload: try body.payload(), occurredAt: now, context: context)
        return StreamAppend(MemoryStream.importStream(lineage: lineage), events: [event])
    }

    private func account(
        _ row: Row, _ report: inout MigrationReport, _ table: Int, _ sqlite: SQLiteConnection
    ) throws {
        let outcome = try sqlite.statement(
            "SELECT outcome, reason FROM import_rows WHERE lineage = \(LegacyLineage.numberSQL) AND source_table = ? AND row_key = ?"
        )
        outcome.bind(1, blob: lineage)
        outcome.bind(2, row.read.table)
        outcome.bind(3, blob: row.read.identity)
        defer { outcome.reset() }
        guard try outcome.step() else {
            throw EventLogError(
                .projectionFailed, "The row \(row.read.displayKey) is not in import_rows; rebuild the projections.")
        }
        switch outcome.text(0) {
        case "quarantined":
            report.tables[table].quarantined += 1
            if report.quarantine.count < MigrationReport.maximumListed {
                report.quarantine.append(
                    .init(table: source.table, key: row.read.displayKey, reason: outcome.text(1)))
            }
        case "duplicate": report.tables[table].duplicates += 1
        case let name:
            if name == "expired" { report.tables[table].expired += 1 }
            if row.isKnown { report.tables[table].duplicates += 1 } else { report.tables[table].imported += 1 }
        }
    }
}

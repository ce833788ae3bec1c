import EventLog
import LedgerStorage
import Projections

/// Reads a source's rows, and appends those that the ledger does not have as they are now.
///
/// Invariant 8 of the architecture: each row ends as exactly one of imported, duplicate or quarantined. What a row
/// became is the projector's word, read back from `import_rows` after its batch.
struct LegacyImporter {
    private let parts: LedgerParts
    private let source: LegacySource
    private let sha256: [UInt8]
    private let path: String
    private let options: MigrationOptions
    private let attribution: Attribution
    private let mapping: LegacyMapping
    /// Of a source that is a checkout of this ledger.
    private let checkout: CheckedOutRows?
    private let lineage: [UInt8]
    private let united: [[UInt8]]
    private let knownRows: LegacyKnownRows

    /// Why a row whose event the projector refused is set aside.
    private static let notShown =
        "Its bytes are in the log, and the tables do not show what became of it. Run rebuild, and migrate again."
    /// Bytes of rows of one append.
    private static let batchBytes = 16 << 20

    private struct Row {
        var read: LegacyRow
        var isKnown: Bool
        var event: NewEvent?
        var stream: StreamName
        var id: MemoryKey?
        /// What it was called when it was imported, if that is another name.
        var former: LegacyRowName?
        var repaired: [String] = []
        /// Its memory is not what the row says, on purpose.
        var isOutrun = false
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
            let row = try prepare(read)
            guard row.event != nil, let memory = MemoryStream.memory(row.stream) else { continue }
            try parts.tables.read { try parts.locked.check(memory.namespace, $0) }
        }
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
        if !united.isEmpty {
            // What is known of a row is asked before its event: the rows have to be of one lineage by then.
            let result = try await parts.log.append([try start()])
            report.firstPosition = report.firstPosition ?? result.positions.first
            report.lastPosition = result.positions.last ?? report.lastPosition
            hasStarted = true
            knownRows.forget()
        }
        while true {
            let batch = try nextBatch(rows)
            let landed = flight
            let result = try await landed?.append?.value
            try Task.checkCancellation()
            flight = batch.isEmpty ? nil : try takeOff(batch, &hasStarted)
            if let landed {
                try land(landed.batch, result, &report, table)
                for row in landed.batch {
                    if row.isOutrun { verifier.leaveOut(row.read) }
                    if row.event == nil, let former = row.former { verifier.note(former, of: row.read) }
                }
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
        let rowCount = max(min(options.batchRows, parts.log.limits.appendEvents - 1), 1)
        while batch.count < rowCount, bytes < Self.batchBytes, let read = try rows.next() {
            let row = try prepare(read)
            batch.append(row)
            bytes += row.event?.payload.count ?? 0
        }
        return batch
    }

    /// A row and its event; of what the log does not take, an event of the row's name alone. The event also holds what
    /// the row was called before and which namespaces are known, so its size is known only when it is made.
    private func prepare(_ read: LegacyRead) throws -> Row {
        let payloadBytes = parts.log.limits.payloadBytes
        let read = read.within(payloadBytes: payloadBytes)
        let row = try prepare(read, isNameOnly: false)
        guard let event = row.event, event.payload.count > payloadBytes else { return row }
        let name = read.nameOnly(payloadBytes: payloadBytes, excessBytes: event.payload.count - payloadBytes)
        return try prepare(name, isNameOnly: true)
    }

    private func prepare(_ read: LegacyRead, isNameOnly: Bool) throws -> Row {
        let row: LegacyRow
        var truncatedAt: Int?
        switch read {
        case .row(let whole): row = whole
        case .tooLarge(let part, let limit): (row, truncatedAt) = (part, limit)
        }
        let written = try checkout?.written(of: row)
        let (known, standing, accepted) = try parts.tables.read { sqlite in
            let number = try number(sqlite)
            let known = try knownRows.find(row, lineage: number, sqlite)
            let standing = try self.standing(of: row, known, written, number, sqlite)
            return (known, standing, try written.flatMap { _ in try known?.lastTaken(in: parts.tables, sqlite) })
        }
        let mapping = mapping(of: row, known, written)
        let id = written?.row.memory ?? mapping.identify(row)
        let stream = streamName(id)
        if standing == .known || standing == .outrun {
            return Row(
                read: row, isKnown: true, event: nil, stream: stream, former: known?.former,
                isOutrun: standing == .outrun || written != nil)
        }
        let now = parts.now
        var memory: LegacyMemory?
        if truncatedAt == nil, case .memory(let found) = mapping.interpret(row) { memory = found }
        var body = LegacyRowImport(
            row: row, sourceSHA256: sha256, lineage: lineage, namespace: isNameOnly ? nil : id?.namespace,
            knownNamespaces: isNameOnly ? [] : options.namespaces,
            tableNamespace: isNameOnly ? nil : mapping.tableNamespace, former: known?.former,
            keepExpired: options.expired == .keep, importedAt: now, truncatedAtBytes: truncatedAt)
        body.isUnchanged = standing == .broughtBack
        body.checkedOut = written?.checkedOut(row, takenLast: accepted?.row)
        let new = try parts.newEvent(
            .legacyRowImported(body), at: now,
            // Of a row that has changed is known only that it happened after its last import.
            occurred: standing == .new
                ? LegacyRowImport.occurredAt(created: memory?.meta.createdAt, importedAt: now) : now,
            by: attribution)
        return Row(
            read: row, isKnown: standing == .advanced, event: new, stream: stream, id: id,
            repaired: memory?.repaired ?? [], isOutrun: written != nil)
    }

    /// What a row means; where its layout has no namespaces, in the one where its memory was before they were dropped.
    private func mapping(
        of row: LegacyRow, _ known: LegacyKnownRow?, _ written: CheckedOutRows.WrittenRow?
    ) -> LegacyMapping {
        guard row.format == .kvMemory2, source.namespace == nil, written == nil, let namespace = known?.namespace,
            namespace != MemoryKey.defaultNamespace
        else { return mapping }
        return LegacyMapping(namespaces: options.namespaces, tableNamespace: namespace)
    }

    /// The memory's stream; the import's own where the key is none, or has no place in the log.
    private func streamName(_ id: MemoryKey?) -> StreamName {
        guard let id, (try? parts.options.limits.check(id)) != nil else {
            return MemoryStream.importStream(lineage: lineage)
        }
        let name = MemoryStream.name(id)
        let isTooLong = name.rawValue.utf8.count > parts.log.limits.streamNameBytes
        return isTooLong ? MemoryStream.importStream(lineage: lineage) : name
    }

    /// What is to be done about a row.
    private enum Standing {
        case new
        /// It was imported otherwise.
        case changed
        /// The ledger has it as it is now, and shows or hides it as is wanted now.
        case known
        /// The same, but its memory was deleted or renamed here, and another import of the same database put it back.
        case broughtBack
        /// The same, but for its statistics, and its memory was changed here or its links moved: it keeps its own.
        case outrun
        /// The same, but for its statistics, and its memory is as it was imported: imported again it brings these and
        /// changes nothing else.
        case advanced
    }

    private func standing(
        of row: LegacyRow, _ known: LegacyKnownRow?, _ written: CheckedOutRows.WrittenRow?, _ number: Int64,
        _ sqlite: SQLiteConnection
    ) throws -> Standing {
        guard let known else { return .new }
        let likeness = try known.likeness(to: row, in: parts.tables, sqlite)
        if likeness == .changed { return .changed }
        // With other namespaces known the row may mean another key.
        if let key = known.memory, key != written?.row.memory ?? mapping(of: row, known, written).identify(row) {
            return .changed
        }
        if known.outcome == "expired", options.expired != .skip { return .changed }
        if try wasSetAsideWrongly(row, known, sqlite) { return .new }
        if try known.isSaidByNow(
            row, kept: written?.kept(of: row) ?? [], keepsExpired: options.expired == .keep, lineage: number, sqlite)
        {
            return .changed
        }
        if options.continuesEarlierImport, try known.wasBroughtBack(row, by: sha256, lineage: number, sqlite) {
            return .broughtBack
        }
        if likeness == .same { return .known }
        return try known.isUntouched(row, lineage: number, sqlite) ? .advanced : .outrun
    }

    /// An earlier mapping set the row aside, and today's would not.
    private func wasSetAsideWrongly(
        _ row: LegacyRow, _ known: LegacyKnownRow, _ sqlite: SQLiteConnection
    ) throws -> Bool {
        guard known.isSetAside, let earlier = try known.lastImport(in: parts.tables, sqlite),
            earlier.mappingVersion < LegacyMapping.version, case .quarantined = earlier.interpretation(),
            case .memory = mapping.interpret(row)
        else { return false }
        return true
    }

    private func number(_ sqlite: SQLiteConnection) throws -> Int64 {
        try LegacyLineage.number(of: lineage, sqlite)
    }

    private func takeOff(_ batch: [Row], _ hasStarted: inout Bool) throws -> Flight {
        var appends = batch.compactMap { row in row.event.map { StreamAppend(row.stream, events: [$0]) } }
        guard !appends.isEmpty else { return Flight(batch: batch, append: nil) }
        if !hasStarted { appends.insert(try start(), at: 0) }
        hasStarted = true
        let (log, ready) = (parts.log, appends)
        return Flight(batch: batch, append: Task { try await log.append(ready) })
    }

    private func land(
        _ batch: [Row], _ result: AppendResult?, _ report: inout MigrationReport, _ table: Int
    ) throws {
        report.firstPosition = report.firstPosition ?? result?.positions.first
        report.lastPosition = result?.positions.last ?? report.lastPosition
        report.tables[table].rows += batch.count
        try parts.tables.readSnapshot { sqlite in
            for row in batch { try account(row, &report, table, sqlite) }
        }
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
        _ row: Row, _ report: inout MigrationReport, _ table: Int, _ sqlite: SQLiteConnection
    ) throws {
        let known = try knownRows.find(row.read, lineage: number(sqlite), sqlite)
        // Its event is in the log, whatever became of the tables, or it was known and has another name by now.
        switch known?.outcome ?? (row.event == nil ? "duplicate" : "quarantined") {
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
            if row.isKnown, row.event != nil { report.statisticsAdvanced += 1 }
            if let id = row.id { report.note(repaired: row.repaired, of: id) }
        }
    }
}

import EventLog
import LedgerStorage
import Projections

/// What becomes of a single row: what the ledger knows of it, and the event that imports it.
extension LegacyImporter {
    struct Row {
        var read: LegacyRow
        var isKnown: Bool
        /// It has an event in its batch.
        var isAppended: Bool
        var id: MemoryKey?
        /// What it was called when it was imported, if that is another name.
        var former: LegacyRowName?
        var repaired: [String] = []
        /// Its memory is not what the row says, on purpose.
        var isOutrun = false
    }

    struct PreparedRow {
        var row: Row
        var event: NewEvent?
        var stream: StreamName
    }

    /// A row and its event; of what the log does not take, an event of the row's name alone. The event also holds what
    /// the row was called before and which namespaces are known, so its size is known only when it is made.
    func prepare(_ read: LegacyRead, _ number: Int64, _ sqlite: SQLiteConnection) throws -> PreparedRow {
        let payloadBytes = parts.log.limits.payloadBytes
        let read = read.within(payloadBytes: payloadBytes)
        let row = try prepare(read, isNameOnly: false, number, sqlite)
        guard let event = row.event, event.payload.count > payloadBytes else { return row }
        let name = read.nameOnly(payloadBytes: payloadBytes, excessBytes: event.payload.count - payloadBytes)
        return try prepare(name, isNameOnly: true, number, sqlite)
    }

    private func prepare(
        _ read: LegacyRead, isNameOnly: Bool, _ number: Int64, _ sqlite: SQLiteConnection
    ) throws -> PreparedRow {
        let row: LegacyRow
        var truncatedAt: Int?
        switch read {
        case .row(let whole): row = whole
        case .tooLarge(let part, let limit): (row, truncatedAt) = (part, limit)
        }
        let written = try checkout?.written(of: row)
        let known = try knownRows.find(row, lineage: number, sqlite)
        let standing = try standing(of: row, known, written, number, sqlite)
        let accepted = try written.flatMap { _ in try known?.lastTaken(in: parts.tables, sqlite) }
        let mapping = mapping(of: row, known, written)
        let id = written?.row.memory ?? mapping.identify(row)
        let stream = streamName(id)
        if standing == .known || standing == .outrun {
            let known = Row(
                read: row, isKnown: true, isAppended: false, former: known?.former,
                isOutrun: standing == .outrun || written != nil)
            return PreparedRow(row: known, event: nil, stream: stream)
        }
        var body = LegacyRowImport(
            row: row, sourceSHA256: sha256, lineage: lineage, namespace: isNameOnly ? nil : id?.namespace,
            knownNamespaces: isNameOnly ? [] : options.namespaces,
            tableNamespace: isNameOnly ? nil : mapping.tableNamespace, former: known?.former,
            keepExpired: options.expired == .keep, importedAt: parts.now, truncatedAtBytes: truncatedAt)
        body.isUnchanged = standing == .broughtBack
        body.checkedOut = written?.checkedOut(row, takenLast: accepted?.row)
        let (event, memory) = try event(body, isNew: standing == .new)
        let imported = Row(
            read: row, isKnown: standing == .advanced, isAppended: true, id: id, repaired: memory?.repaired ?? [],
            isOutrun: written != nil)
        return PreparedRow(row: imported, event: event, stream: stream)
    }

    /// A row's event, and the memory that the row is.
    private func event(_ body: LegacyRowImport, isNew: Bool) throws -> (NewEvent, LegacyMemory?) {
        var event = try parts.newEvent(.legacyRowImported(body), at: body.importedAt, by: attribution)
        let prepared = event.prepared as? PreparedMemoryEvent
        var memory: LegacyMemory?
        if case .memory(let found) = prepared?.interpretation ?? body.interpretation() { memory = found }
        // Of a row that has changed is known only that it happened after its last import.
        if isNew {
            event.occurredAt = LegacyRowImport.occurredAt(
                created: memory?.meta.createdAt, importedAt: body.importedAt)
        }
        return (event, memory)
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
}

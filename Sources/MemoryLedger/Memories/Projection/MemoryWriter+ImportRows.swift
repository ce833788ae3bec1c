import EventLog
import LedgerStorage

/// `import_sources` and `import_rows`: which row of which database a memory is from.
extension MemoryWriter {
    // MARK: Sources

    func addSource(_ start: LegacyImportStart, _ position: Position) throws {
        let add = try rows(.addSource)
        add.bind(1, position)
        add.bind(2, blob: start.lineage)
        add.bind(3, blob: start.sourceSHA256)
        add.bind(4, start.path)
        add.bind(5, start.format)
        add.bind(6, start.table)
        add.bind(7, start.sizeBytes)
        add.bind(8, start.mappingVersion)
        try add.run()
        lineageTables[start.lineage] = nil
        lineageTwins.removeAll()
        for other in start.unitedLineages where other != start.lineage { try unite(other, with: start.lineage) }
    }

    /// Makes another lineage's imports and rows those of a lineage, since both are one database. Of a row that both
    /// have the lineage's own counts, unless it was set aside and the other was not; the other's keeps its number, by
    /// which the memory that it made is known.
    private func unite(_ other: [UInt8], with lineage: [UInt8]) throws {
        let (own, theirs) = (try lineageNumber(lineage), try lineageNumber(other))
        guard theirs != 0 else { return }
        var changes: [(MemoryStatements.Statement, Int64, Int64)] = [(.dropSetAside, own, theirs)]
        // A lineage's rows have the number of its first import.
        if theirs < own { changes.append((.dropKnown, theirs, own)) }
        changes.append((.moveRows, max(own, theirs), min(own, theirs)))
        for (statement, first, second) in changes {
            let change = try rows(statement)
            change.bind(1, first)
            change.bind(2, second)
            try change.run()
        }
        let move = try rows(.moveSources)
        move.bind(1, blob: other)
        move.bind(2, blob: lineage)
        try move.run()
        lineageNumbers.removeAll()
        lineageTables.removeAll()
    }

    /// The first import of a lineage, which every row's event comes after; 0 where that event is unknown.
    func lineageNumber(_ lineage: [UInt8]) throws -> Int64 {
        if let known = lineageNumbers[lineage] { return known }
        let find = try rows(.findLineage)
        find.bind(1, blob: lineage)
        defer { find.reset() }
        let number = try find.step() ? find.int64(0) : 0
        if number != 0 { lineageNumbers[lineage] = number }
        return number
    }

    /// The numbers of other lineages that are the same database: those in which the very bytes were imported that this
    /// event is from, and those that were united with its own, if they have rows that this has, too.
    private func twins(of event: LegacyRowImport) throws -> [Int64] {
        if let known = lineageTwins[event.lineage], known.sha256 == event.sourceSHA256 { return known.numbers }
        let find = try rows(.findTwins)
        find.bind(1, blob: event.sourceSHA256)
        find.bind(2, blob: event.lineage)
        find.bind(3, try lineageNumber(event.lineage))
        defer { find.reset() }
        var numbers: [Int64] = []
        while try find.step() { numbers.append(find.int64(0)) }
        lineageTwins[event.lineage] = (event.sourceSHA256, numbers)
        return numbers
    }

    // MARK: Rows

    /// What a row of a lineage became; nil if it has none under this name.
    func importedRow(_ row: LegacyRowName, _ lineage: Int64) throws -> ImportedRow? {
        let find = try rows(.findImport)
        find.bind(1, lineage)
        find.bind(2, row.table)
        find.bind(3, blob: row.identity)
        defer { find.reset() }
        return try find.step() ? ImportedRow(find) : nil
    }

    /// What an earlier import made of a row: in its lineage, there under the name that it had before the old program
    /// changed the layout, or in another lineage that the same bytes were imported in.
    func earlierImport(_ event: LegacyRowImport) throws -> ImportedRow? {
        let number = try lineageNumber(event.lineage)
        let name = event.row.name
        if let known = try importedRow(calledBefore: event.former, name, number) { return known }
        if let known = try importedRow(name, number) { return known }
        // Events that name no former row are older, or of a row that is new.
        let older = event.row.beforeUpgrade?.name
        if let known = try importedRow(calledBefore: older, name, number) { return known }
        for twin in try twins(of: event) {
            for name in [name, older].compactMap(\.self) {
                if let known = try importedRow(name, twin) { return known }
            }
        }
        return nil
    }

    /// A row is this event's own, as it was imported in another lineage that turned out to be the same database.
    func isTheSameRow(_ id: Int64, as event: LegacyRowImport) throws -> Bool {
        let names = [event.row.name, event.former, event.row.beforeUpgrade?.name].compactMap(\.self)
        return try twins(of: event).contains { twin in try names.contains { try importedRow($0, twin)?.id == id } }
    }

    /// What became of a row under its former name; from now on it has the new one.
    private func importedRow(
        calledBefore former: LegacyRowName?, _ name: LegacyRowName, _ lineage: Int64
    ) throws -> ImportedRow? {
        guard let former, let known = try importedRow(former, lineage) else { return nil }
        let move = try rows(.moveImport)
        move.bind(1, lineage)
        move.bind(2, former.table)
        move.bind(3, blob: former.identity)
        move.bind(4, name.table)
        move.bind(5, blob: name.identity)
        try move.run()
        return known
    }

    /// The row that a memory is from is one of this event's database.
    func isOfSameDatabase(_ sourceRow: Int64, as event: LegacyRowImport) throws -> Bool {
        let own = try [lineageNumber(event.lineage)] + twins(of: event)
        let find = try ownersOfRow(sourceRow)
        defer { find.reset() }
        while try find.step() { if own.contains(find.int64(0)) { return true } }
        return false
    }

    /// Whose row a memory is from, in words.
    func holder(_ sourceRow: Int64, besides event: LegacyRowImport) throws -> String {
        if try isOfSameDatabase(sourceRow, as: event) { return "another row of this database" }
        let find = try ownersOfRow(sourceRow)
        defer { find.reset() }
        guard try find.step() else { return "another database" }
        let lineage = [UInt8](find.bytes(1))
        let name = "another database, \(Provenance.Source.lineage(lineage).name)"
        guard let path = try lastPath(of: lineage) else { return name }
        // What lies there now is the database that is being imported.
        return try path == lastPath(of: event.lineage)
            ? "\(name), which lay at this path when it was imported" : "\(name), imported from \(path)"
    }

    /// The numbers and hashes of the lineages that have a row, the oldest first.
    private func ownersOfRow(_ id: Int64) throws -> SQLiteStatement {
        try need(["idx_import_rows_id"])
        let find = try rows(.findOwners)
        find.bind(1, id)
        return find
    }

    private func lastPath(of lineage: [UInt8]) throws -> String? {
        let find = try rows(.findPath)
        find.bind(1, blob: lineage)
        defer { find.reset() }
        return try find.step() ? find.text(0) : nil
    }

    /// Notes what became of a row.
    ///
    /// - Parameters:
    ///   - hash: the row's.
    ///   - left: of a duplicate or a quarantined row, where its memory was last as it was imported.
    ///   - age: of the row as its memory was imported last.
    func note(
        _ event: LegacyRowImport, _ hash: [UInt8], rowID: Int64, position: Position, _ outcome: ImportOutcome,
        _ reason: String?, _ memory: MemoryKey?, left: MemoryKey?, age: LegacyAge?
    ) throws {
        let set = try rows(.setImport)
        set.bind(1, rowID)
        set.bind(2, try lineageNumber(event.lineage))
        set.bind(3, event.row.table)
        set.bind(4, blob: event.row.identity)
        set.bind(5, blob: hash)
        set.bind(6, position)
        set.bind(7, outcome.rawValue)
        set.bind(8, reason)
        set.bind(9, memory?.namespace)
        set.bind(10, memory?.key)
        set.bind(11, left?.namespace)
        set.bind(12, left?.key)
        set.bind(13, age?.latestAt)
        set.bind(14, age?.reads)
        try set.run()
    }
}

import EventLog
import LedgerStorage

/// Rows of one source that stand for one memory in several of its tables, as the old program's own migrations left
/// them: the newest table is imported first, and what an older one holds of the memory is a duplicate or set aside.
///
/// Of two versions `LegacyAge` tells the newer one. A duplicate is
///
/// - a row of the same content;
/// - a Keyv row that is not newer than the memory of its key, even one made again;
/// - a row that is not newer than a memory made at the same time, under its key or, as 1.1.0 dropped the namespaces,
///   under its key without one.
///
/// An older table may have been imported first, before the newer one was in the file. Then a newer row of the newer
/// table takes the place of what the older one made.
extension MemoryWriter {
    /// How a row relates to the memories of newer tables.
    enum Kinship {
        case none
        /// In words, of which, and the key under which that stands.
        case duplicate(String, MemoryKey)
        /// Its key holds another memory or an older version; in words, why it is set aside.
        case rival(String)
        /// Its key holds an older version, of this row of an older table.
        case successor(of: Int64)
    }

    /// A table of a source.
    struct LineageTable {
        let name: String
        let format: LegacyFormat?

        var age: Int { LegacySchema.age(ofTable: name, format) }

        /// Under which raw namespaces and keys a row of a memory may be known.
        func places(of id: MemoryKey) -> [(namespace: LegacyCell?, key: LegacyCell)] {
            let text = { (text: String) in LegacyCell.text(Array(text.utf8)) }
            let joined = text("\(id.namespace):\(id.key)")
            return switch format {
            case .kvMemory2: [(nil, text(id.key))]
            case .kvMemory1: [(text(id.namespace), text(id.key)), (text(""), text(id.key))]
            case .keyv, .keyv6, nil:
                [nil, text(""), text(id.namespace)].flatMap { [($0, joined), ($0, text(id.key))] }
            }
        }
    }

    func kinship(
        of legacy: LegacyMemory, _ content: PackedContent?, _ event: LegacyRowImport, rowID: Int64
    ) throws -> Kinship {
        let tables = try otherTables(event)
        let own = try slot(legacy.id).state
        guard !tables.isEmpty, own?.sourceRow != rowID else { return .none }
        let packed = content ?? PackedContent(legacy.content)
        if let own, let (table, row) = try row(of: own, legacy.id, event, tables) {
            let isOlder = LegacyAge(legacy.meta) <= row.age
            let isOfNewerTable = LegacySchema.age(ofTable: event.row.table, event.row.format) < table.age
            if !isOlder, isOfNewerTable { return .successor(of: row.id) }
            let isSame = try self.content(of: own).hasSameFields(as: packed)
            if isSame || isOlder && (event.row.format.isKeyv || own.createdAt == legacy.meta.createdAt?.milliseconds) {
                return .duplicate("Its memory stands in the table \(table.name), the same or newer.", legacy.id)
            }
            if isOlder {
                return .rival("\(legacy.id.inWords) holds another memory, of the table \(table.name). \(Self.advice)")
            }
            return .rival(
                "\(legacy.id.inWords) holds an older memory, of the table \(table.name), which this one would replace. "
                    + "Update the memory by hand if the row is right.")
        }
        guard own == nil, legacy.id.namespace != MemoryKey.defaultNamespace else { return .none }
        let namesake = MemoryKey(key: legacy.id.key)
        let plain = tables.filter { $0.format == .kvMemory2 }
        guard !plain.isEmpty, let state = try slot(namesake).state,
            let (table, row) = try row(of: state, namesake, event, plain)
        else { return .none }
        let isSame = try self.content(of: state).hasSameFields(as: packed)
        let isLater =
            state.createdAt == legacy.meta.createdAt?.milliseconds && LegacyAge(legacy.meta) <= row.age
        return isSame || isLater
            ? .duplicate("Its memory stands in the table \(table.name), without the namespace.", namesake) : .none
    }

    /// Where another table's row of a key had its memory: that is the memory of this row, too, unless it has one.
    func placeInAnotherTable(of id: MemoryKey, _ event: LegacyRowImport) throws -> MemoryKey? {
        try row(of: id, event, otherTables(event)) { $0.outcome == .imported && $0.place == id }?.row.place
    }

    /// The other tables of the source that were imported, or began to be.
    private func otherTables(_ event: LegacyRowImport) throws -> [LineageTable] {
        var tables = lineageTables[event.lineage] ?? []
        if lineageTables[event.lineage] == nil {
            let find = try rows(.findLineageTables)
            find.bind(1, blob: event.lineage)
            defer { find.reset() }
            while try find.step() {
                tables.append(LineageTable(name: find.text(0), format: LegacyFormat(rawValue: find.text(1))))
            }
            lineageTables[event.lineage] = tables
        }
        return tables.filter { !$0.name.hasSameBytes(as: event.row.table) }
    }

    /// Which row of the tables the memory of a key is from, as it was imported; nil if it is from none of them.
    private func row(
        of state: MemoryState, _ id: MemoryKey, _ event: LegacyRowImport, _ tables: [LineageTable]
    ) throws -> (table: LineageTable, row: ImportedRow)? {
        guard let sourceRow = state.sourceRow else { return nil }
        return try row(of: id, event, tables) { $0.id == sourceRow }
    }

    /// The first row of the tables that may stand for a key and is as wanted.
    private func row(
        of id: MemoryKey, _ event: LegacyRowImport, _ tables: [LineageTable], where isWanted: (ImportedRow) -> Bool
    ) throws -> (table: LineageTable, row: ImportedRow)? {
        if tables.isEmpty { return nil }
        let number = try lineageNumber(event.lineage)
        for table in tables {
            for (namespace, key) in table.places(of: id) {
                let name = LegacyRowName(table: table.name, namespace: namespace, key: key)
                if let found = try importedRow(name, number), isWanted(found) { return (table, found) }
            }
        }
        return nil
    }
}

import EventLog

/// Rows of one source that stand for one memory in several of its tables, as the old program's own migrations left
/// them: the newest table is imported first, and what an older one holds of the memory is a duplicate or set aside.
///
/// What is newer is told as the old program could: it notes when a memory was made, read and linked, and how often, and
/// it reads before it writes. Of two versions that with the later of these times is the newer, then that with more
/// reads. A duplicate is
///
/// - a row of the same content;
/// - a Keyv row that is not newer than the memory of its key, even one made anew;
/// - a row that is not newer than a memory made at the same time, under its key or, as 1.1.0 dropped the namespaces,
///   under its key without one.
extension MemorySession {
    /// How a row relates to the memories of newer tables.
    enum Kinship {
        case none
        /// In words, of which.
        case duplicate(String)
        /// Its key holds another memory or an older version; in words, why it is set aside.
        case rival(String)
    }

    func kinship(
        of legacy: LegacyMemory, _ content: PackedContent?, _ event: LegacyRowImport, rowID: Int64
    ) throws -> Kinship {
        let tables = try otherTables(event)
        let own = try slot(legacy.id).state
        guard !tables.isEmpty, own?.sourceRow != rowID else { return .none }
        let packed = content ?? PackedContent(legacy.content)
        if let own, let table = try tableName(of: own, legacy.id, event, tables.map { $0.name }) {
            let isSame = try self.content(of: own).hasSameFields(as: packed)
            let isOlder = !isNewer(legacy.meta, than: own)
            if isSame || isOlder && (event.row.format.isKeyv || own.createdAt == legacy.meta.createdAt?.milliseconds) {
                return .duplicate("Its memory stands in the table \(table), the same or newer.")
            }
            let name = "The key \(legacy.id.key) in namespace \(legacy.id.namespace)"
            return .rival(
                isOlder
                    ? "\(name) holds another memory, of the table \(table)."
                    : "\(name) holds an older memory, of the table \(table), which this one would replace.")
        }
        guard own == nil, legacy.id.namespace != MemoryKey.defaultNamespace else { return .none }
        let namesake = MemoryKey(key: legacy.id.key)
        let plain = tables.filter { $0.format == LegacyFormat.kvMemory2.rawValue }.map { $0.name }
        guard !plain.isEmpty, let state = try slot(namesake).state,
            let table = try tableName(of: state, namesake, event, plain)
        else { return .none }
        let isSame = try self.content(of: state).hasSameFields(as: packed)
        let isLater = state.createdAt == legacy.meta.createdAt?.milliseconds && !isNewer(legacy.meta, than: state)
        return isSame || isLater
            ? .duplicate("Its memory stands in the table \(table), without the namespace.") : .none
    }

    private func isNewer(_ meta: LegacyMeta, than state: MemoryState) -> Bool {
        let times = [meta.createdAt, meta.lastAccessedAt, meta.lastLinkedAt].compactMap { $0?.milliseconds }
        let latest = times.max() ?? .min
        let standing = max(state.createdAt, state.lastAccessedAt, state.lastLinkedAt)
        if latest != standing { return latest > standing }
        let counts = (meta.accessCount ?? 0).addingReportingOverflow(meta.traverseCount ?? 0).partialValue
        return counts > state.accessCount.addingReportingOverflow(state.traverseCount).partialValue
    }

    /// The other tables of the source that were imported, or began to be.
    private func otherTables(_ event: LegacyRowImport) throws -> [(name: String, format: String)] {
        var tables = lineageTables[event.lineage] ?? []
        if lineageTables[event.lineage] == nil {
            let find = try rows(.findLineageTables)
            find.bind(1, blob: event.lineage)
            defer { find.reset() }
            while try find.step() { tables.append((find.text(0), find.text(1))) }
            lineageTables[event.lineage] = tables
        }
        return tables.filter { !$0.name.hasSameBytes(as: event.row.table) }
    }

    /// Which of the tables the memory of a key is from, as it was imported; nil if it is from none of them.
    private func tableName(
        of state: MemoryState, _ id: MemoryKey, _ event: LegacyRowImport, _ tables: [String]
    ) throws -> String? {
        guard let sourceRow = state.sourceRow else { return nil }
        let text = { (text: String) in LegacyCell.text(Array(text.utf8)) }
        let namespaces = [nil, text(""), text(id.namespace)]
        let keys = [text(id.key), text("\(id.namespace):\(id.key)")]
        for table in tables {
            for namespace in namespaces {
                for key in keys {
                    let row = LegacyRow(format: event.row.format, table: table, key: key, namespace: namespace)
                    if try rowID(of: row, event.lineage) == sourceRow { return table }
                }
            }
        }
        return nil
    }
}

/// By what a row of a legacy database is known: its table, and its raw namespace and key.
public struct LegacyRowName: Hashable, Sendable {
    public var table: String
    /// Nil in formats without such a column.
    public var namespace: LegacyCell?
    public var key: LegacyCell

    package init(table: String, namespace: LegacyCell?, key: LegacyCell) {
        self.table = table
        self.namespace = namespace
        self.key = key
    }

    /// What tells the rows of one table apart: the raw namespace and key with their storage classes.
    public var identity: [UInt8] {
        var bytes: [UInt8] = []
        (namespace ?? .null).append(to: &bytes)
        key.append(to: &bytes)
        return bytes
    }
}

extension LegacyRow {
    package var name: LegacyRowName { LegacyRowName(table: table, namespace: namespace, key: key) }

    /// As `LegacyRowName.identity`.
    package var identity: [UInt8] { name.identity }

    /// Its memory's content with what its layout has no column for. kv-memory dropped domains, types and keywords when
    /// it dropped the namespaces; a memory keeps what it had of them before.
    func completed(_ content: MemoryContent, from earlier: MemoryContent) -> MemoryContent {
        guard format == .kvMemory2 else { return content }
        var content = content
        if !has("domain") { content.domain = earlier.domain }
        if !has("type") { content.type = earlier.type }
        if !has("keywords") { content.keywords = earlier.keywords }
        return content
    }

    private func has(_ column: String) -> Bool { columns.contains { $0.name.lowercased() == column } }
}

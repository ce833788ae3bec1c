package import EventLog
import LedgerStorage

/// Finds memories by the keys that they had in databases of the old program's second version. That kept no namespaces
/// apart: its clients name a memory by its whole key, `Project:index`, from whichever session.
///
/// A memory is one of those if the row of such a database made it, whatever it is called by now; or if it took the
/// place of that one under the row's key. What was written here under such a key is none.
struct MigratedKeys {
    private let sqlite: SQLiteConnection
    private let now: Timestamp
    private let tables: [Table]

    /// A table of a migrated database, by what `import_rows` knows its rows by.
    private struct Table: Hashable {
        let lineage: Int64
        let name: String
    }

    init(_ sqlite: SQLiteConnection, now: Timestamp) throws {
        self.sqlite = sqlite
        self.now = now
        tables = try Self.tables(sqlite)
    }

    /// There was no such database, so nothing will be found.
    var isEmpty: Bool { tables.isEmpty }

    /// There is a row for each import, so few.
    private static func tables(_ sqlite: SQLiteConnection) throws -> [Table] {
        let row = try sqlite.statement(
            """
            SELECT id, lineage, source_table, format = ?,
                EXISTS (SELECT 1 FROM import_rows WHERE import_rows.lineage = import_sources.id)
            FROM import_sources ORDER BY id
            """)
        row.bind(1, LegacyFormat.kvMemory2.rawValue)
        defer { row.reset() }
        // Of one database several imports may have rows, since lineages are united.
        var numbers: [[UInt8]: [Int64]] = [:]
        var names: [(lineage: [UInt8], name: String)] = []
        while try row.step() {
            let lineage = [UInt8](row.bytes(1))
            if row.int(4) != 0 { numbers[lineage, default: []].append(row.int64(0)) }
            if row.int(3) != 0 { names.append((lineage, row.text(2))) }
        }
        var tables: [Table] = []
        for (lineage, name) in names {
            for number in numbers[lineage] ?? [] {
                let table = Table(lineage: number, name: name)
                if !tables.contains(table) { tables.append(table) }
            }
        }
        return tables
    }

    /// The memory of a whole key, of the oldest import first.
    ///
    /// - Parameter allows: the namespace may be looked into.
    func find(_ key: String, where allows: (String) -> Bool) throws -> MemoryKey? {
        for table in tables {
            let named = try namespace(of: key, in: table)
            if let named, allows(named) {
                let memory = MemoryKey(namespace: named, key: key)
                if try isOfRow(memory) { return memory }
            }
            // It may have got the key here.
            guard let common = try namespace(of: table), named.map({ !$0.hasSameBytes(as: common) }) ?? true,
                allows(common)
            else { continue }
            // A rename takes the prefix off, as it does for every memory of the namespace.
            for memory in MemoryKey(namespace: common, key: key).meanings {
                if let head = try head(memory), try isMade(head.id) { return memory }
            }
        }
        return nil
    }

    /// Where a row with the key is, or was, whatever became of its memory.
    func place(of key: String, where allows: (String) -> Bool) throws -> MemoryKey? {
        for table in tables {
            if let named = try namespace(of: key, in: table), allows(named) {
                return MemoryKey(namespace: named, key: key)
            }
        }
        return nil
    }

    /// A memory of such a database that has the key of its row. What was renamed here has another.
    func hasRowKey(_ memory: MemoryKey) throws -> Bool {
        try tables.contains { try namespace(of: memory.key, in: $0)?.hasSameBytes(as: memory.namespace) == true }
            && isOfRow(memory)
    }

    /// Under the key of a row stands the row's memory, or what took its place.
    private func isOfRow(_ memory: MemoryKey) throws -> Bool {
        guard let head = try head(memory) else { return false }
        return try isMade(head.id) || !hasLeft(memory, besides: head.id)
    }

    private func head(_ memory: MemoryKey) throws -> MemoryRows.Head? {
        guard let head = try MemoryRows.head(memory, now: now, sqlite), !head.hasExpired else { return nil }
        return head
    }

    /// In which namespace a row with the key is, or was, under this very key. One that was set aside from its first
    /// import on is nowhere.
    private func namespace(of key: String, in table: Table) throws -> String? {
        let name = LegacyRowName(table: table.name, namespace: nil, key: .text(Array(key.utf8)))
        let row = try sqlite.statement(
            """
            SELECT namespace, key FROM import_rows WHERE lineage = ? AND source_table = ? AND row_key = ?
            AND (outcome IN ('imported', 'duplicate') OR left_key IS NOT NULL)
            """)
        row.bind(1, table.lineage)
        row.bind(2, table.name)
        row.bind(3, blob: name.identity)
        defer { row.reset() }
        guard try row.step(), row.optionalText(1)?.hasSameBytes(as: key) == true else { return nil }
        return row.text(0)
    }

    /// The namespace of a table's first row. All are in one, unless an upgrade by the old program dropped their own.
    private func namespace(of table: Table) throws -> String? {
        let row = try sqlite.statement(
            "SELECT namespace FROM import_rows WHERE lineage = ? AND source_table = ? AND namespace IS NOT NULL LIMIT 1"
        )
        row.bind(1, table.lineage)
        row.bind(2, table.name)
        defer { row.reset() }
        return try row.step() ? row.text(0) : nil
    }

    /// A row of these tables made the memory. Rows without a raw namespace begin with the byte of NULL, which tells
    /// them from those of an older layout of the same table.
    private func isMade(_ memory: Position) throws -> Bool {
        let row = try sqlite.statement(
            "SELECT lineage, source_table FROM import_rows WHERE id = ? AND substr(row_key, 1, 1) = x'00'")
        row.bind(1, memory)
        defer { row.reset() }
        while try row.step() {
            if tables.contains(Table(lineage: row.int64(0), name: row.text(1))) { return true }
        }
        return false
    }

    /// Another memory was deleted or renamed away from the key: what is there now was written since.
    ///
    /// - Parameter present: what is there now. An import that brings it once more notes that it left.
    private func hasLeft(_ memory: MemoryKey, besides present: Position) throws -> Bool {
        let row = try sqlite.statement("SELECT 1 FROM departures WHERE namespace = ? AND key = ? AND memory <> ?")
        row.bind(1, memory.namespace)
        row.bind(2, memory.key)
        row.bind(3, present)
        defer { row.reset() }
        return try row.step()
    }
}

extension MemoryReading {
    /// What keys mean to clients of the old program if their own namespace holds nothing of them: memories of migrated
    /// databases that kept no namespaces apart (`MigratedKeys`).
    ///
    /// - Parameters:
    ///   - namespace: the clients' own; what it holds is not looked for elsewhere.
    ///   - allows: a namespace may be looked into. Memories of others are as if they were not there.
    /// - Returns: the memories, by the keys that mean one.
    package func migrated(
        _ keys: [String], besides namespace: String, where allows: (String) -> Bool
    ) async throws -> [ByteText: MemoryKey] {
        let (now, longest) = (source.now, source.parts.options.limits.keyBytes.upperBound)
        return try await read { sqlite in
            var found: [ByteText: MemoryKey] = [:]
            let migrated = try MigratedKeys(sqlite, now: now)
            if migrated.isEmpty { return found }
            for key in keys where key.utf8.count <= longest && found[ByteText(key)] == nil {
                let own = try MemoryKey(namespace: namespace, key: key).resolved {
                    try MemoryRows.holds($0, now: now, sqlite)
                }
                if try !MemoryRows.holds(own, now: now, sqlite) {
                    found[ByteText(key)] = try migrated.find(key, where: allows)
                }
            }
            return found
        }
    }

    /// Where a row of such a database with the key is, or was, for those who look back: its memory may be gone.
    package func formerlyMigrated(_ key: String, where allows: (String) -> Bool) async throws -> MemoryKey? {
        guard key.utf8.count <= source.parts.options.limits.keyBytes.upperBound else { return nil }
        let now = source.now
        return try await read { try MigratedKeys($0, now: now).place(of: key, where: allows) }
    }
}

import EventLog
import Foundation
import LedgerStorage

/// Layout 4: `memories` without namespaces, links in `memory_links`, and the old program's full-text index.
///
/// The memories first, and then what needs all of them to be there: the links, whose ends must both exist.
final class KVMemory2LayoutWriter: LegacyLayoutWriter {
    private let database: LegacyOutputDatabase
    private let mapping = LegacyMapping()
    /// What has expired by then must not come back to life, because the layout has no expiries.
    private let now: Timestamp
    private(set) var links = 0
    let passes = 2

    init(path: String, rights: FileRights, now: Timestamp) throws {
        database = try LegacyOutputDatabase(
            path: path, rights: rights, tables: KVMemory2Tables.tables + CheckoutMark.tables)
        self.now = now
    }

    /// Memories of the default namespace keep their keys, so they come first.
    func write(
        _ namespaces: [String], from tables: SQLiteConnection, advance: () throws -> Void,
        report: (StandingMemory, LegacyOutcome) throws -> Void
    ) throws {
        let (own, others) = (
            namespaces.filter { $0.hasSameBytes(as: MemoryKey.defaultNamespace) },
            longestFirst(namespaces.filter { !$0.hasSameBytes(as: MemoryKey.defaultNamespace) })
        )
        let parts =
            own.map { StandingMemories(namespace: $0, part: .all) }
            + others.map { StandingMemories(namespace: $0, part: .plain) }
            + others.map { StandingMemories(namespace: $0, part: .prefixed) }
        for part in parts {
            try part.forEach(in: tables) { standing in
                if !hasExpired(standing) { try add(standing) }
                try advance()
            }
        }
        for part in parts {
            try part.forEach(in: tables) { standing in
                try report(standing, try complete(standing))
                try advance()
            }
        }
    }

    func finish(at position: Position, _ event: EventID?) throws {
        if let event { try CheckoutMark.sign(.kvMemory2, position, event, in: database.sqlite) }
        try database.sqlite.execute(KVMemory2Tables.completion)
        try database.finish(usesWAL: true)
    }

    private func hasExpired(_ standing: StandingMemory) -> Bool { standing.expiresAt.map { $0 <= now } ?? false }

    // MARK: Memories

    private func add(_ standing: StandingMemory) throws {
        let insert = try database.sqlite.statement(
            """
            INSERT INTO memories (rowid, key, summary, text, meta, created_at, score) VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (key) DO NOTHING
            """)
        let memory = standing.memory
        insert.bind(1, standing.id)
        insert.bind(2, LegacyLayout.kvMemory2.rowKey(of: memory.id))
        for (index, column) in columns(of: memory).enumerated() { insert.bind(Int32(index) + 3, column.cell) }
        try insert.run()
    }

    /// The columns but for the key.
    private func columns(of memory: Memory) -> [LegacyColumn] {
        let content = memory.content
        let value = LegacyValue(
            content: content, meta: memory.meta, key: LegacyLayout.kvMemory2.rowKey(of: memory.id), escapes: .none)
        let meta = JSONValue.object(value.statistics(with: content.extra["meta"]?.object ?? [:])).compactBytes
        return [
            LegacyColumn(name: "summary", cell: .text(Array(content.summary.utf8))),
            LegacyColumn(name: "text", cell: .text(Array(content.text.utf8))),
            LegacyColumn(name: "meta", cell: .text(meta)),
            LegacyColumn(name: "created_at", cell: .integer(memory.meta.createdAt.milliseconds)),
            LegacyColumn(name: "score", cell: LegacyCell(real: content.extra["score"])),
        ]
    }

    // MARK: Links

    private func complete(_ standing: StandingMemory) throws -> LegacyOutcome {
        guard !hasExpired(standing) else {
            return .leftOut(reason: "It has expired, and the layout has no expiries: it would come back.")
        }
        let memory = standing.memory
        let rowKey = LegacyLayout.kvMemory2.rowKey(of: memory.id)
        guard try rowID(of: rowKey) == standing.id else { return taken(rowKey) }
        var kept = LegacyKeptLinks(added: [LinkColumn.createdAt, LinkColumn.accessCount])
        var rows: [[LegacyColumn]] = []
        for link in memory.content.links {
            guard let key = link.key else {
                kept.dropWithoutKey()
                continue
            }
            guard let target = try target(of: key, from: memory.namespace) else {
                kept.dropWithoutTarget()
                continue
            }
            let columns = columns(of: link, to: target, of: memory)
            guard try add(columns, from: rowKey) else {
                kept.dropSecond()
                continue
            }
            rows.append(columns)
            kept.keep(link)
        }
        links += rows.count
        let row = LegacyRow(
            format: .kvMemory2, table: LegacyLayout.kvMemory2.table, key: .text(Array(rowKey.utf8)),
            columns: columns(of: memory), links: rows)
        try CheckoutMark.note(row, of: standing, in: database.sqlite)
        let comparison = LegacyCheckoutComparison(standing, layout: .kvMemory2)
        return .written(differences: comparison.differences(from: mapping.interpret(row), links: kept))
    }

    private func rowID(of key: String) throws -> Int64? {
        let find = try database.sqlite.statement("SELECT rowid FROM memories WHERE key = ?")
        find.bind(1, key)
        defer { find.reset() }
        return try find.step() ? find.int64(0) : nil
    }

    /// The row that a link leads to; nil where there is none.
    private func target(of key: String, from namespace: String) throws -> String? {
        let layout = LegacyLayout.kvMemory2
        let meant = try MemoryKey(namespace: namespace, key: key).resolved {
            try rowID(of: layout.rowKey(of: $0)) != nil
        }
        let rowKey = layout.rowKey(of: meant)
        return try rowID(of: rowKey) != nil ? rowKey : nil
    }

    private enum LinkColumn {
        static let createdAt = "created_at"
        static let accessCount = "access_count"
        static let lastAccessedAt = "last_accessed_at"
    }

    /// The columns of `memory_links` but for its id and `from_key`.
    private func columns(of link: MemoryLink, to target: String, of memory: Memory) -> [LegacyColumn] {
        let raw = LegacyLink(link, .none).raw
        func cell(_ field: LegacyLink.Field, _ own: LegacyCell) -> LegacyCell {
            let place = raw.first { $0.value == field }?.key
            guard let place, let cell = LegacyCell(scalar: link.extra.members[place].value) else { return own }
            // Others the column's affinity would make another value of.
            switch cell {
            case .blob: return cell
            case .text(let bytes) where field == .weight && bytes.first.map(Self.isLetter) == true: return cell
            default: return own
            }
        }
        func column(_ name: String, _ own: LegacyCell) -> LegacyColumn {
            let number = link.extra[name].flatMap { $0.number == nil ? nil : LegacyCell(scalar: $0) }
            return LegacyColumn(name: name, cell: number ?? own)
        }
        return [
            LegacyColumn(name: "to_key", cell: .text(Array(target.utf8))),
            LegacyColumn(name: "link_type", cell: cell(.type, .text(Array(link.type.utf8)))),
            LegacyColumn(name: "term", cell: cell(.term, .text(Array(link.term.utf8)))),
            LegacyColumn(name: "weight", cell: cell(.weight, .real(link.weight + Self.zero))),
            column(LinkColumn.createdAt, .integer(memory.meta.createdAt.milliseconds)),
            column(LinkColumn.accessCount, .integer(0)),
            column(LinkColumn.lastAccessedAt, .null),
        ]
    }

    /// SQLite has no -0; the sum with this is what it stores.
    private static let zero = 0.0

    /// Text that begins with one is no number to SQLite.
    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7a).contains(byte | 0x20) }

    /// False where there is a link of that type between the two.
    private func add(_ columns: [LegacyColumn], from key: String) throws -> Bool {
        let insert = try database.sqlite.statement(
            """
            INSERT INTO memory_links
                (from_key, to_key, link_type, term, weight, created_at, access_count, last_accessed_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
            """)
        insert.bind(1, key)
        for (index, column) in columns.enumerated() { insert.bind(Int32(index) + 2, column.cell) }
        try insert.run()
        return database.sqlite.changes > 0
    }
}

extension LegacyCell {
    /// A number, a text or binary data in a column; nil for other JSON.
    fileprivate init?(scalar value: JSONValue) {
        switch value {
        case .string(let text): self = .text(Array(text.utf8))
        case .number(let number):
            if let whole = Int64(number.text) { self = .integer(whole) } else { self = .real(number.double) }
        case .object(let object):
            guard case .string(let escaped) = KeyvEscapes.keyv.escaped(value), object.count == 1,
                let data = Data(base64Encoded: String(escaped.dropFirst(":base64:".count)))
            else { return nil }
            self = .blob([UInt8](data))
        case .null, .bool, .array: return nil
        }
    }

    /// A number in a column of type REAL; NULL for anything else.
    fileprivate init(real value: JSONValue?) {
        self = value?.number.map { .real($0.double + 0.0) } ?? .null
    }
}

import EventLog
import LedgerStorage

/// The numbers that stand for event types and actors in the log, and new ones for new names.
struct LabelIDs {
    /// Of one table.
    private struct Names {
        var ids: [ByteText: Int64] = [:]
        /// Most events have the label of the one before.
        var last = (name: ByteText(""), id: Int64(0))

        mutating func id(of name: String) -> Int64? {
            let name = ByteText(name)
            if last.id != 0, last.name == name { return last.id }
            guard let id = ids[name] else { return nil }
            last = (name, id)
            return id
        }
    }

    private var types = Names()
    private var actors = Names()

    /// More names than this are looked up in the file instead of kept.
    private static let maximumCached = 10_000

    mutating func typeID(_ name: String, _ sqlite: SQLiteConnection) throws -> Int64 {
        if let known = types.id(of: name) { return known }
        return try Self.find(name, table: "event_types", sqlite, &types.ids)
    }

    mutating func actorID(_ name: String, _ sqlite: SQLiteConnection) throws -> Int64 {
        if let known = actors.id(of: name) { return known }
        return try Self.find(name, table: "actors", sqlite, &actors.ids)
    }

    private static func find(
        _ name: String, table: String, _ sqlite: SQLiteConnection, _ cache: inout [ByteText: Int64]
    ) throws -> Int64 {
        if cache.count >= maximumCached { cache.removeAll() }
        let found = try lookUp(name, table: table, sqlite)
        let id: Int64
        if let found {
            id = found
        } else {
            id = (try sqlite.integer("SELECT max(id) FROM \(table)") ?? 0) + 1
            let insert = try sqlite.statement("INSERT INTO \(table) (id, name) VALUES (?, ?)")
            insert.bind(1, id)
            insert.bind(2, name)
            try insert.run()
        }
        cache[ByteText(name)] = id
        return id
    }

    /// The number of a name, or nil.
    static func lookUp(_ name: String, table: String, _ sqlite: SQLiteConnection) throws -> Int64? {
        let row = try sqlite.statement("SELECT id FROM \(table) WHERE name = ?")
        row.bind(1, name)
        defer { row.reset() }
        return try row.step() ? row.int64(0) : nil
    }
}

import LedgerStorage
import Synchronization

/// Compares the log's tables and triggers with those that this program makes.
///
/// A view in the place of a table may show other events tomorrow, and a trigger may change them.
enum SchemaVerifier {
    private struct Object: Hashable {
        var type: String
        var table: String
        /// Without comments, in single spaces.
        var sql: String
    }

    /// What is missing or is not as it was made.
    static func damages(_ sqlite: SQLiteConnection) throws -> [LogDamage] {
        let expected = try known(sqlite)
        let tables = Set(expected.values.map(\.table))
        let found = try objects(sqlite)
        var damages: [LogDamage] = []
        for (name, object) in expected.sorted(by: { $0.key < $1.key }) {
            guard let other = found[name] else {
                damages.append(LogDamage(.damagedSchema, "the \(object.type) \(name) is missing"))
                continue
            }
            if other != object {
                let what = other.type == object.type ? "is not as it was made" : "is a \(other.type)"
                damages.append(LogDamage(.damagedSchema, "the \(object.type) \(name) \(what)"))
            }
        }
        for (name, object) in found.sorted(by: { $0.key < $1.key })
        where expected[name] == nil && object.type == "trigger" && tables.contains(object.table) {
            damages.append(LogDamage(.damagedSchema, "the trigger \(name) on \(object.table) is none of the log's"))
        }
        return damages
    }

    /// True where a table or view is missing or is none, so that nothing else can be looked at.
    static func lacksTables(_ sqlite: SQLiteConnection) throws -> Bool {
        let found = try objects(sqlite)
        return try known(sqlite).contains { name, object in object.type != "trigger" && found[name] != object }
    }

    private struct Schemas {
        var present: [String: Object]
        /// Before `LedgerFile.headsFormat`.
        var former: [String: Object]
    }

    private static let made = Mutex<Schemas?>(nil)

    /// What a file of its format has.
    private static func known(_ sqlite: SQLiteConnection) throws -> [String: Object] {
        let format = try sqlite.integer("PRAGMA user_version") ?? 0
        return try made.withLock { known in
            let schemas = try known ?? make()
            known = schemas
            return format < LedgerFile.headsFormat ? schemas.former : schemas.present
        }
    }

    private static func make() throws -> Schemas {
        let connection = try QueuedConnection(path: ":memory:")
        defer { connection.close() }
        return try connection.run { sqlite in
            for script in LedgerFile.scripts + [PackageResources.merkle_tree_sql] {
                try sqlite.execute(String(decoding: script, as: UTF8.self))
            }
            let present = try objects(sqlite)
            try sqlite.execute("DROP VIEW streams; DROP TABLE stream_names; DROP TABLE stream_heads")
            try sqlite.execute(StreamsUpgrade.formerTable)
            return Schemas(present: present, former: try objects(sqlite))
        }
    }

    private static func objects(_ sqlite: SQLiteConnection) throws -> [String: Object] {
        let rows = try sqlite.statement("SELECT name, type, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        defer { rows.reset() }
        var objects: [String: Object] = [:]
        while try rows.step() {
            objects[rows.text(0)] = Object(type: rows.text(1), table: rows.text(2), sql: plain(rows.text(3)))
        }
        return objects
    }

    /// The statement without its comments: those of an older version may have said something else.
    private static func plain(_ sql: String) -> String {
        var plain: [UInt8] = []
        for line in sql.utf8.split(separator: UInt8(ascii: "\n")) {
            var isAfterSpace = true
            for byte in line[..<comment(in: line)] {
                if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r") {
                    isAfterSpace = true
                    continue
                }
                let standsAlone = byte != open && byte != close && plain.last != open && !plain.isEmpty
                if isAfterSpace, standsAlone { plain.append(UInt8(ascii: " ")) }
                plain.append(byte)
                isAfterSpace = false
            }
        }
        return String(decoding: plain, as: UTF8.self)
    }

    private static func comment(in line: Substring.UTF8View) -> Substring.UTF8View.Index {
        zip(line.indices, line.indices.dropFirst()).first { line[$0] == dash && line[$1] == dash }?.0 ?? line.endIndex
    }

    private static let dash = UInt8(ascii: "-")
    private static let open = UInt8(ascii: "(")
    private static let close = UInt8(ascii: ")")
}

import Crypto
import EventLog
import LedgerStorage
import MemoryLedger

/// A memory as a golden file has it: its key, and its fields by name, long values shortened.
struct GoldenMemory: Sendable {
    var id: MemoryKey
    var fields: JSONObject

    private static let texts = ["domain", "summary", "text", "type"]
    private static let documents = ["keywords", "links", "extra"]
    private static let numbers = [
        "created_at", "last_accessed_at", "last_linked_at", "in_degree", "out_degree", "access_count",
        "traverse_count", "expires_at",
    ]

    /// Every memory of a ledger in the order of namespace and key, those that have expired too.
    static func all(of ledger: MemoryLedger) async throws -> [GoldenMemory] {
        let columns = (["namespace", "key"] + texts + documents + numbers + ["status"]).joined(separator: ", ")
        return try await ledger.readTables { sqlite in
            let rows = try sqlite.statement("SELECT \(columns) FROM memories ORDER BY namespace, key")
            defer { rows.reset() }
            var memories: [GoldenMemory] = []
            while try rows.step() { memories.append(try memory(rows)) }
            return memories
        }
    }

    private static func memory(_ row: SQLiteStatement) throws -> GoldenMemory {
        var fields = JSONObject()
        var column: Int32 = 2
        for name in texts {
            fields.append(name, shortened(.string(row.text(column))))
            column += 1
        }
        for name in documents {
            if !row.isNull(column) {
                fields.append(name, shortened(try JSONParser.parse(Array(row.text(column).utf8))))
            }
            column += 1
        }
        for name in numbers {
            if let value = row.optionalInt64(column) { fields.append(name, JSONValue(value)) }
            column += 1
        }
        fields.append("status", .string(row.text(column)))
        return GoldenMemory(id: MemoryKey(namespace: row.text(0), key: row.text(1)), fields: fields)
    }

    /// What is put in the place of a long value: enough to know it again, and to know what it was about.
    private static func shortened(_ value: JSONValue) -> JSONValue {
        let bytes = value.compactBytes
        guard bytes.count > ReplayedMigration.maximumGoldenValueBytes else { return value }
        let text = value.string ?? String(decoding: bytes, as: UTF8.self)
        let hash = SHA256.hash(data: bytes).prefix(shownHashBytes).hexadecimal
        return [
            "sha256": .string(hash), "bytes": JSONValue(bytes.count),
            "begins": .string(String(text.prefix(shownCharacters))),
        ]
    }

    private static let shownHashBytes = 8
    private static let shownCharacters = 48

    // MARK: In the file

    /// `{"namespace", "key", …}`, then the fields.
    package var json: JSONValue {
        var object: JSONObject = ["namespace": .string(id.namespace), "key": .string(id.key)]
        for member in fields.members { object.append(member.name, member.value) }
        return .object(object)
    }

    init(id: MemoryKey, fields: JSONObject) {
        self.id = id
        self.fields = fields
    }

    init(_ json: JSONValue) throws {
        guard var object = json.object, let namespace = object["namespace"]?.string, let key = object["key"]?.string
        else { throw GoldenMigration.Fault(description: "a memory has no key") }
        object.remove("namespace")
        object.remove("key")
        self.init(id: MemoryKey(namespace: namespace, key: key), fields: object)
    }
}

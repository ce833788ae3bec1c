import Crypto
import EventLog
import LedgerStorage
import Synchronization

/// The log's dictionaries, read once and shared by every reader and writer of the process.
final class DictionaryStore: Sendable {
    private let dictionaries = Mutex<[Int: CompressionDictionary]>([:])

    /// The one that new events are compressed with: the newest.
    var current: CompressionDictionary? {
        dictionaries.withLock { all in all.keys.max().flatMap { all[$0] } }
    }

    var all: [Int: CompressionDictionary] { dictionaries.withLock { $0 } }

    /// Reads the dictionaries that are not known yet. Answers true where there were some.
    ///
    /// A damaged one is passed over: the events that need it are `damagedPayload`, and all others stay readable.
    @discardableResult
    func load(_ sqlite: SQLiteConnection) throws -> Bool {
        let known = dictionaries.withLock { $0.keys.max() ?? 0 }
        // Somebody may have dropped the table; verifying says so, and what needs no dictionary stays readable.
        let hasTable = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'dictionaries'"
        guard try sqlite.integer(hasTable) != nil else { return false }
        let rows = try sqlite.statement(
            "SELECT number, sha256, bytes FROM dictionaries WHERE number > ? ORDER BY number")
        rows.bind(1, known)
        defer { rows.reset() }
        var found = false
        while try rows.step() {
            let bytes = [UInt8](rows.bytes(2))
            guard bytes.count <= CompressionDictionary.maximumBytes, Self.sha256(bytes) == rows.text(1) else {
                continue
            }
            let dictionary = CompressionDictionary(number: rows.int(0), bytes: bytes)
            dictionaries.withLock { $0[dictionary.number] = dictionary }
            found = true
        }
        return found
    }

    /// Writes a dictionary with the next number. Call it in a writing transaction; `load` afterwards.
    static func insert(_ bytes: [UInt8], at time: Timestamp, _ sqlite: SQLiteConnection) throws -> DictionaryInfo {
        let number = (try sqlite.integer("SELECT max(number) FROM dictionaries") ?? 0) + 1
        let position = try sqlite.integer("SELECT max(position) FROM events") ?? 0
        let insert = try sqlite.statement("INSERT INTO dictionaries VALUES (?, ?, ?, ?, ?)")
        insert.bind(1, number)
        insert.bind(2, sha256(bytes))
        insert.bind(3, time.milliseconds)
        insert.bind(4, position)
        insert.bind(5, blob: bytes)
        try insert.run()
        return DictionaryInfo(
            number: Int(number), sizeBytes: bytes.count, sha256: sha256(bytes), addedAt: time,
            addedAtPosition: position)
    }

    static func list(_ sqlite: SQLiteConnection) throws -> [DictionaryInfo] {
        let rows = try sqlite.statement(
            "SELECT number, length(bytes), sha256, added_at, added_at_position FROM dictionaries ORDER BY number")
        defer { rows.reset() }
        var infos: [DictionaryInfo] = []
        while try rows.step() {
            infos.append(
                DictionaryInfo(
                    number: rows.int(0), sizeBytes: rows.int(1), sha256: rows.text(2),
                    addedAt: Timestamp(milliseconds: rows.int64(3)), addedAtPosition: rows.int64(4)))
        }
        return infos
    }

    static func sha256(_ bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).hexadecimal
    }
}

import CLedgerShims
import EventLog
import LedgerStorage
import MerkleLog

/// Recomputes leaves from rows of `events`, without making events of them. It keeps names from one row to the next.
///
/// Not `Sendable`: one chunk at a time has it.
final class RowVerifier {
    private let hasher: LeafHasher
    private let decoder: PayloadDecoder
    private let scratch = PayloadScratch()
    private var types = NameTable()
    private var actors = NameTable()
    private var streams = NameTable()

    static let columns = """
        position, stream_id, version, previous, type_id, schema_version, event_id, recorded_at, occurred_at, actor_id, \
        correlation_id, causation_id, codec, size, checksum, payload, stream_name
        """

    init(ledger: LedgerID, dictionaries: [Int: CompressionDictionary], limits: EventLogLimits) {
        hasher = LeafHasher(ledger: ledger)
        decoder = PayloadDecoder(dictionaries: dictionaries, maximumBytes: limits.payloadBytes)
    }

    // SQLite's fundamental types.
    private static let integer: Int32 = 1
    private static let text: Int32 = 3
    private static let blob: Int32 = 4
    private static let null: Int32 = 5

    /// The first column whose value has a type that the log never writes; queries may miss it, or read something else.
    static func strangeColumn(_ row: SQLiteStatement) -> String? {
        hasUsualTypes(row) ? nil : firstStrangeColumn(row)
    }

    /// Written out, because it runs for every event.
    @inline(__always)
    private static func hasUsualTypes(_ row: SQLiteStatement) -> Bool {
        let areIntegers =
            row.type(1) == integer && row.type(2) == integer && row.type(4) == integer && row.type(5) == integer
            && row.type(7) == integer && row.type(12) == integer && row.type(13) == integer && row.type(14) == integer
        guard areIntegers, row.type(6) == blob, row.type(15) == blob else { return false }
        let (occurred, actor) = (row.type(8), row.type(9))
        guard occurred == null || occurred == integer, actor == null || actor == integer else { return false }
        let (correlation, causation) = (row.type(10), row.type(11))
        guard correlation == null || correlation == text, causation == null || causation == text else { return false }
        // A stream's first event, which nothing comes before, alone has its name.
        let isFirst = row.int64(0) == row.int64(1)
        return row.type(3) == (isFirst ? null : integer) && row.type(16) == (isFirst ? text : null)
    }

    private static func firstStrangeColumn(_ row: SQLiteStatement) -> String? {
        for column in integers where row.type(column) != integer { return row.columnName(column) }
        for column in optionalIntegers where row.type(column) != null && row.type(column) != integer {
            return row.columnName(column)
        }
        for column in optionalTexts where row.type(column) != null && row.type(column) != text {
            return row.columnName(column)
        }
        for column in blobs where row.type(column) != blob { return row.columnName(column) }
        let isFirst = row.int64(0) == row.int64(1)
        return row.columnName(row.type(3) == (isFirst ? null : integer) ? 16 : 3)
    }

    private static let integers: [Int32] = [1, 2, 4, 5, 7, 12, 13, 14]
    private static let optionalIntegers: [Int32] = [3, 8, 9]
    private static let optionalTexts: [Int32] = [10, 11]
    private static let blobs: [Int32] = [6, 15]

    /// A row that does not even have the form of an event.
    struct Unreadable: Error {
        var what: String
    }

    /// What a row stands for.
    struct Leaf {
        var hash: MerkleHash
        /// Why its payload cannot be read.
        var payloadProblem: String?
    }

    /// - Throws: `Unreadable`; `SQLiteFailure`.
    package func leaf(_ row: SQLiteStatement, _ sqlite: SQLiteConnection) throws -> Leaf {
        let id = row.bytes(6)
        guard id.count == 16 else { throw Unreadable(what: "its event id is not sixteen bytes") }
        hasher.start()
        try putStream(row, sqlite)
        hasher.put(row.int64(2))
        hasher.put(raw: row.bytes(6))
        try putType(row.int64(4), sqlite)
        hasher.put(row.int64(5))
        let recordedAt = row.int64(7)
        hasher.put(recordedAt)
        hasher.put(row.optionalInt64(8) ?? recordedAt)
        if let actor = row.optionalInt64(9) {
            hasher.put(byte: 1)
            try putActor(actor, sqlite)
        } else {
            hasher.put(byte: 0)
        }
        put(optional: 10, row)
        put(optional: 11, row)
        return finish(row)
    }

    @inline(__always)
    private func put(optional column: Int32, _ row: SQLiteStatement) {
        if row.isNull(column) {
            hasher.put(byte: 0)
        } else {
            hasher.put(byte: 1)
            hasher.put(counted: row.bytes(column))
        }
    }

    private func finish(_ row: SQLiteStatement) -> Leaf {
        let stored = StoredPayload(codec: row.int64(12), size: row.int64(13), checksum: row.int64(14))
        let bytes = row.bytes(15)
        if stored.codec <= StoredPayload.asIs {
            // As it is, or encrypted: then size and checksum are those of what is stored, too.
            let form: CanonicalEvent.PayloadForm = stored.codec == StoredPayload.asIs ? .plain : .encrypted
            var problem: String?
            if Int64(bytes.count) != stored.size {
                problem = "\(bytes.count) bytes are stored where \(stored.size) were written"
            } else if Int64(memledger_crc32c(bytes.baseAddress, bytes.count)) != stored.checksum {
                problem = "its checksum does not match"
            }
            return Leaf(hash: hasher.finish(form, bytes), payloadProblem: problem)
        }
        do {
            return Leaf(hash: hasher.finish(.plain, try decoder.decode(stored, bytes, in: scratch)))
        } catch {
            return Leaf(hash: hasher.finish(.unreadable, bytes), payloadProblem: error.reason)
        }
    }

    // MARK: Names

    private func putStream(_ row: SQLiteStatement, _ sqlite: SQLiteConnection) throws {
        let id = row.int64(1)
        if id == row.int64(0) {
            guard !row.isNull(16) else { throw Unreadable(what: "it begins a stream that it does not name") }
            streams.add(id, row.bytes(16))
            return hasher.put(counted: row.bytes(16))
        }
        if streams.with(id, { hasher.put(counted: $0) }) { return }
        let name = try name("SELECT stream_name FROM events WHERE position = ?", id, "stream", sqlite)
        name.withUnsafeBytes {
            streams.add(id, $0)
            hasher.put(counted: $0)
        }
    }

    private func putType(_ id: Int64, _ sqlite: SQLiteConnection) throws {
        if types.with(id, { hasher.put(counted: $0) }) { return }
        let name = try name("SELECT name FROM event_types WHERE id = ?", id, "type", sqlite)
        name.withUnsafeBytes {
            types.add(id, $0)
            hasher.put(counted: $0)
        }
    }

    private func putActor(_ id: Int64, _ sqlite: SQLiteConnection) throws {
        if actors.with(id, { hasher.put(counted: $0) }) { return }
        let name = try name("SELECT name FROM actors WHERE id = ?", id, "actor", sqlite)
        name.withUnsafeBytes {
            actors.add(id, $0)
            hasher.put(counted: $0)
        }
    }

    private func name(
        _ sql: String, _ id: Int64, _ what: String, _ sqlite: SQLiteConnection
    ) throws -> [UInt8] {
        let row = try sqlite.statement(sql)
        row.bind(1, id)
        defer { row.reset() }
        guard try row.step(), row.type(0) == Self.text else {
            throw Unreadable(what: "its \(what) \(id) has no name that is a text")
        }
        return [UInt8](row.bytes(0))
    }
}

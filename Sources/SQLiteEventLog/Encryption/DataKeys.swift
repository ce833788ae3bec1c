import Crypto
package import EventLog
import LedgerCapabilities
package import LedgerStorage

/// The tables `protected_categories`, `data_keys` and `purges`, which a ledger has once something is protected.
package enum DataKeys {
    /// Call it in a transaction that writes.
    static func createTables(_ sqlite: SQLiteConnection) throws {
        try sqlite.execute(String(decoding: PackageResources.protection_sql, as: UTF8.self))
    }

    static func exist(_ sqlite: SQLiteConnection) throws -> Bool { try sqlite.hasTable("data_keys") }

    // MARK: The master key

    static func masterKeyCheck(_ sqlite: SQLiteConnection) throws -> String? {
        let row = try sqlite.statement("SELECT value FROM ledger_info WHERE name = ?")
        row.bind(1, MasterKey.checkName)
        defer { row.reset() }
        return try row.step() ? row.text(0) : nil
    }

    static func setMasterKeyCheck(_ check: String, _ sqlite: SQLiteConnection) throws {
        let set = try sqlite.statement("INSERT OR REPLACE INTO ledger_info (name, value) VALUES (?, ?)")
        set.bind(1, MasterKey.checkName)
        set.bind(2, check)
        try set.run()
    }

    // MARK: Categories

    /// The positions from which on payloads are encrypted, by category.
    static func categories(_ sqlite: SQLiteConnection) throws -> [ByteText: Position] {
        guard try exist(sqlite) else { return [:] }
        let rows = try sqlite.statement("SELECT category, position FROM protected_categories")
        defer { rows.reset() }
        var found: [ByteText: Position] = [:]
        while try rows.step() { found[ByteText(rows.text(0))] = rows.int64(1) }
        return found
    }

    static func add(_ category: String, at position: Position, _ sqlite: SQLiteConnection) throws {
        let insert = try sqlite.statement("INSERT INTO protected_categories (category, position) VALUES (?, ?)")
        insert.bind(1, category)
        insert.bind(2, position)
        try insert.run()
    }

    // MARK: Keys

    /// A row of `data_keys`.
    struct Row {
        var id: Int64
        var subject: KeySubject
        /// Nil once it is destroyed.
        var wrapped: [UInt8]?
        var erasedAt: Position?

        init(_ row: SQLiteStatement) {
            id = row.int64(0)
            subject = KeySubject(text: row.text(1))
            wrapped = row.isNull(2) ? nil : [UInt8](row.bytes(2))
            erasedAt = row.optionalInt64(3)
        }

        static let columns = "id, subject, wrapped, erased_at"
    }

    static func row(_ id: Int64, _ sqlite: SQLiteConnection) throws -> Row? {
        let row = try sqlite.statement("SELECT \(Row.columns) FROM data_keys WHERE id = ?")
        row.bind(1, id)
        defer { row.reset() }
        return try row.step() ? Row(row) : nil
    }

    /// The key that a subject's next event is encrypted with.
    static func open(of subject: KeySubject, _ sqlite: SQLiteConnection) throws -> Row? {
        let row = try sqlite.statement(
            """
            SELECT \(Row.columns) FROM data_keys WHERE subject = ? AND is_open = 1 AND wrapped IS NOT NULL
            ORDER BY id DESC LIMIT 1
            """)
        row.bind(1, subject.text.rawValue)
        defer { row.reset() }
        return try row.step() ? Row(row) : nil
    }

    /// The keys of what is protected for a user, destroyed or not, in order. Reads all keys: an erasure, which asks for
    /// it, writes the whole file again.
    static func keys(for user: String, _ sqlite: SQLiteConnection) throws -> [Row] {
        let rows = try sqlite.statement(
            "SELECT \(Row.columns) FROM data_keys WHERE instr(subject, ?) > 0 ORDER BY id")
        rows.bind(1, "\(KeySubject.separator)\(user)")
        defer { rows.reset() }
        var found: [Row] = []
        while try rows.step() {
            let row = Row(rows)
            if row.subject.isFor(user) { found.append(row) }
        }
        return found
    }

    /// The users whom something of a stream is protected for that can still be read, in the order of their bytes.
    static func users(of stream: StreamName, _ sqlite: SQLiteConnection) throws -> [String] {
        let rows = try sqlite.statement(
            "SELECT \(Row.columns) FROM data_keys WHERE subject > ?1 AND subject < ?2 AND wrapped IS NOT NULL")
        rows.bind(1, stream.rawValue)
        rows.bind(2, KeySubject.end(of: stream))
        defer { rows.reset() }
        var users: [String] = []
        while try rows.step() { users += Row(rows).subject.users }
        return KeySubject(stream, for: users).users
    }

    static func nextID(_ sqlite: SQLiteConnection) throws -> Int64 {
        (try sqlite.integer("SELECT max(id) FROM data_keys") ?? SealedPayload.noKey) + 1
    }

    static func insert(
        _ id: Int64, _ subject: KeySubject, wrapped: [UInt8], at time: Timestamp, _ sqlite: SQLiteConnection
    ) throws {
        let insert = try sqlite.statement(
            "INSERT INTO data_keys (id, subject, wrapped, made_at, is_open) VALUES (?, ?, ?, ?, 1)")
        insert.bind(1, id)
        insert.bind(2, subject.text.rawValue)
        insert.bind(3, blob: wrapped)
        insert.bind(4, time.milliseconds)
        try insert.run()
    }

    /// The stream's next event gets another key, whomever it is protected for.
    static func close(_ stream: StreamName, _ sqlite: SQLiteConnection) throws {
        let close = try sqlite.statement(
            "UPDATE data_keys SET is_open = 0 WHERE subject >= ?1 AND subject < ?2 AND is_open = 1")
        close.bind(1, stream.rawValue)
        close.bind(2, KeySubject.end(of: stream))
        try close.run()
    }

    static func destroy(
        _ id: Int64, erasedAt position: Position, at time: Timestamp, _ sqlite: SQLiteConnection
    ) throws {
        let destroy = try sqlite.statement(
            """
            UPDATE data_keys SET wrapped = NULL, is_open = 0, destroyed_at = ?2, erased_at = ?3
            WHERE id = ?1 AND wrapped IS NOT NULL
            """)
        destroy.bind(1, id)
        destroy.bind(2, time.milliseconds)
        destroy.bind(3, position)
        try destroy.run()
    }

    /// Wraps every key again. Answers how many there are.
    static func rewrap(
        from old: MasterKey, to new: MasterKey, _ ledger: LedgerID, _ random: any RandomSource,
        _ sqlite: SQLiteConnection
    ) throws -> Int {
        let select = try sqlite.statement(
            "SELECT \(Row.columns) FROM data_keys WHERE id > ? AND wrapped IS NOT NULL ORDER BY id LIMIT 1")
        let update = try sqlite.statement("UPDATE data_keys SET wrapped = ?2 WHERE id = ?1")
        var last: Int64 = 0
        var count = 0
        while true {
            select.bind(1, last)
            let row = try select.step() ? Row(select) : nil
            select.reset()
            guard let row, let wrapped = row.wrapped else { return count }
            guard let key = old.unwrap(wrapped, row.id, of: row.subject.text, ledger) else {
                throw EventLogError.damagedKey(row.id)
            }
            let nonce = random.bytes(SealedPayload.nonceBytes)
            update.bind(1, row.id)
            let plain = key.withUnsafeBytes { Array($0) }
            update.bind(2, blob: try new.wrap(plain, row.id, of: row.subject.text, ledger, nonce: nonce))
            try update.run()
            last = row.id
            count += 1
        }
    }

    // MARK: Purges

    /// The position of the last erasure; 0 where there was none.
    static func lastErasure(_ sqlite: SQLiteConnection) throws -> Position {
        guard try exist(sqlite) else { return 0 }
        return try sqlite.integer("SELECT max(position) FROM purges") ?? 0
    }

    /// The erasures that have not been purged.
    package static func duePurges(_ sqlite: SQLiteConnection) throws -> [Position] {
        guard try exist(sqlite) else { return [] }
        let rows = try sqlite.statement("SELECT position FROM purges WHERE finished_at IS NULL ORDER BY position")
        defer { rows.reset() }
        var due: [Position] = []
        while try rows.step() { due.append(rows.int64(0)) }
        return due
    }

    static func requestPurge(_ position: Position, at time: Timestamp, _ sqlite: SQLiteConnection) throws {
        let insert = try sqlite.statement("INSERT INTO purges (position, requested_at) VALUES (?, ?)")
        insert.bind(1, position)
        insert.bind(2, time.milliseconds)
        try insert.run()
    }

    package static func finishPurges(through position: Position, at time: Timestamp, _ sqlite: SQLiteConnection) throws
    {
        let finish = try sqlite.statement(
            "UPDATE purges SET finished_at = ?2 WHERE position <= ?1 AND finished_at IS NULL")
        finish.bind(1, position)
        finish.bind(2, time.milliseconds)
        try finish.run()
    }
}

extension EventLogError {
    static func damagedKey(_ id: Int64) -> EventLogError {
        EventLogError(.damagedLog, "Data key \(id) is not what was stored; restore the ledger from a backup.")
    }
}

public import EventLog
package import LedgerStorage
public import MerkleLog

/// What a backup says of itself in its table `backup_info`, all of one snapshot. See `Schemas/sqlite/backup_info.sql`.
public struct BackupInfo: Hashable, Sendable {
    public var ledgerID: LedgerID
    /// What the log's checkpoints are signed under.
    public var origin: String
    /// The log's last position: how many events there are.
    public var position: Position
    /// Of the Merkle tree over them.
    public var root: MerkleHash
    public var madeAt: Timestamp
    /// The program with its version.
    public var madeBy: String
    /// The last signed checkpoint of the origin; nil where there is none.
    public var checkpoint: SignedCheckpoint?
    /// SHA-256 of each projection table in hexadecimal, by its name.
    public var digests: [String: String]

    static let format = "1"
    private static let digestPrefix = "digest."
    /// Rows that a backup's table may have.
    private static let maximumRows = 10_000
    /// Bytes of one value: a checkpoint is the longest.
    private static let maximumValueBytes = 1_048_576

    /// The rows of the table, in the order of their names.
    public var rows: [(name: String, value: String)] {
        var values = [
            "format": Self.format, "ledger_id": ledgerID.description, "origin": origin, "position": String(position),
            "root": root.description, "made_at": madeAt.rfc3339, "made_by": madeBy,
        ]
        if let checkpoint { values["checkpoint"] = String(decoding: checkpoint.bytes, as: UTF8.self) }
        for (table, digest) in digests { values[Self.digestPrefix + table] = digest }
        return values.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map { ($0.key, $0.value) }
    }

    // MARK: The table

    /// True where the database has the table.
    package static func exists(_ sqlite: SQLiteConnection) throws -> Bool {
        try sqlite.integer("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'backup_info'") != nil
    }

    /// Takes the table out of a file that is opened for writing: it is a ledger from now on.
    static func remove(_ sqlite: SQLiteConnection) throws {
        if try exists(sqlite) { try sqlite.execute("DROP TABLE backup_info") }
    }

    /// Makes the table, in the place of one that is there.
    package func save(_ sqlite: SQLiteConnection) throws {
        try Self.remove(sqlite)
        try sqlite.execute(String(decoding: PackageResources.backup_info_sql, as: UTF8.self))
        let insert = try sqlite.statement("INSERT INTO backup_info (name, value) VALUES (?, ?)")
        for row in rows {
            insert.bind(1, row.name)
            insert.bind(2, row.value)
            try insert.run()
        }
    }

    /// What the table says; nil where there is none, because the ledger is no backup.
    ///
    /// - Throws: `damagedBackup` where something is missing, unknown, or not what it should be; `newerFormat`.
    package static func load(_ sqlite: SQLiteConnection) throws -> BackupInfo? {
        guard try exists(sqlite) else { return nil }
        var values: [ByteText: String] = [:]
        let rows = try sqlite.statement("SELECT name, value FROM backup_info")
        defer { rows.reset() }
        while try rows.step() {
            guard values.count < maximumRows, rows.bytes(1).count <= maximumValueBytes else {
                throw EventLogError.damagedBackup("its table backup_info is too large")
            }
            values[ByteText(rows.text(0))] = rows.text(1)
        }
        return try BackupInfo(&values)
    }

    private init(_ values: inout [ByteText: String]) throws {
        func take(_ name: String) throws -> String {
            guard let value = values.removeValue(forKey: ByteText(name)) else {
                throw EventLogError.damagedBackup("its table backup_info has no \(name)")
            }
            return value
        }
        func parsed<T>(_ name: String, _ parse: (String) throws -> T?) throws -> T {
            let text = try take(name)
            guard let value = try? parse(text) else {
                throw EventLogError.damagedBackup("its table backup_info has no \(name) that could be read")
            }
            return value
        }
        let format = try take("format")
        guard format.hasSameBytes(as: Self.format) else {
            throw EventLogError(
                .newerFormat, "The backup has format \(format), and this program knows \(Self.format); use a newer one."
            )
        }
        ledgerID = try parsed("ledger_id") { LedgerID($0) }
        origin = try take("origin")
        position = try parsed("position") { StrictDecimal.decode(Array($0.utf8)) }
        root = try parsed("root") { MerkleHash(hexadecimal: $0) }
        madeAt = try parsed("made_at") { Timestamp(rfc3339: $0) }
        madeBy = try take("made_by")
        let hasCheckpoint = values[ByteText("checkpoint")] != nil
        checkpoint = hasCheckpoint ? try parsed("checkpoint") { try SignedCheckpoint(Array($0.utf8)) } : nil
        digests = [:]
        for (name, value) in values {
            guard name.text.utf8.starts(with: Self.digestPrefix.utf8) else {
                throw EventLogError.damagedBackup("its table backup_info has a row \(name.text), which means nothing")
            }
            digests[String(decoding: name.text.utf8.dropFirst(Self.digestPrefix.utf8.count), as: UTF8.self)] = value
        }
    }

    /// What is to be said of a backup that is being made.
    package init(
        ledgerID: LedgerID, origin: String, position: Position, root: MerkleHash, madeAt: Timestamp, madeBy: String,
        checkpoint: SignedCheckpoint?, digests: [String: String]
    ) {
        (self.ledgerID, self.origin, self.position, self.root) = (ledgerID, origin, position, root)
        (self.madeAt, self.madeBy, self.checkpoint, self.digests) = (madeAt, madeBy, checkpoint, digests)
    }

    public static func == (left: Self, right: Self) -> Bool {
        left.rows.elementsEqual(right.rows) { $0.name.hasSameBytes(as: $1.name) && $0.value.hasSameBytes(as: $1.value) }
    }

    public func hash(into hasher: inout Hasher) {
        for row in rows {
            row.name.hashBytes(into: &hasher)
            row.value.hashBytes(into: &hasher)
        }
    }
}

extension MerkleHash {
    /// Reads 64 hexadecimal digits, lower case, as `description` writes them.
    init?(hexadecimal text: String) {
        let digits = text.utf8.map { Character(Unicode.Scalar($0)).hexDigitValue }
        guard digits.count == 2 * Self.byteCount, !digits.contains(nil) else { return nil }
        let bytes = stride(from: 0, to: digits.count, by: 2).map { index in
            UInt8(digits[index] ?? 0) << 4 | UInt8(digits[index + 1] ?? 0)
        }
        guard let hash = MerkleHash(bytes), hash.description.hasSameBytes(as: text) else { return nil }
        self = hash
    }
}

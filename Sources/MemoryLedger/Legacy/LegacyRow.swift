import Crypto
import EventLog

/// What a column of a legacy row holds, in SQLite's storage classes, bit for bit. The bytes of a text need not be
/// UTF-8.
public enum LegacyCell: Hashable, Sendable {
    case null
    case integer(Int64)
    case real(Double)
    case text([UInt8])
    case blob([UInt8])

    /// A text or BLOB of more bytes than a limit: its beginning, its length and its SHA-256, as text.
    func shortened(to limit: Int) -> LegacyCell {
        guard byteCount > limit else { return self }
        switch self {
        case .null, .integer, .real: return self
        case .text(let bytes), .blob(let bytes):
            let beginning = String(decoding: bytes.prefix(Self.shownBytes), as: UTF8.self)
            let hash = SHA256.hash(data: bytes).hexadecimal
            return .text(Array("\(beginning)… (\(bytes.count) bytes, SHA-256 \(hash))".utf8))
        }
    }

    /// Of a value that is shortened: more than a key and a namespace may have, so that no memory is called that.
    private static let shownBytes = 2_048

    /// What SQLite's `typeof` says.
    var storageClass: String {
        switch self {
        case .null: "null"
        case .integer: "integer"
        case .real: "real"
        case .text: "text"
        case .blob: "blob"
        }
    }
}

/// A column of a row, as the source has it.
public struct LegacyColumn: Hashable, Sendable {
    public var name: String
    public var cell: LegacyCell

    package init(name: String, cell: LegacyCell) {
        self.name = name
        self.cell = cell
    }
}

/// One row of a legacy database as it was found, complete enough to be kept in an event and interpreted again later.
public struct LegacyRow: Hashable, Sendable {
    public var format: LegacyFormat
    public var table: String
    public var key: LegacyCell
    /// The `namespace` column; nil where the format has none.
    public var namespace: LegacyCell?
    /// The `expires` column, milliseconds since 1970; nil where the table has none.
    public var expires: LegacyCell?
    /// The `value` column of the Keyv formats, `null` in the others.
    public var value: LegacyCell
    /// Every column of the native formats but key and namespace, and of Keyv tables those that Keyv does not know.
    public var columns: [LegacyColumn]
    /// kv-memory-2: the rows of `memory_links` that start here, all columns but `from_key`, in the order of their ids.
    public var links: [[LegacyColumn]]
    /// kv-memory-2 with links in two places (`LegacyLinkMerge`): the keys in the JSON that no memory of the source has.
    /// Nil where it was not looked for.
    public var missingTargets: [String]?
    /// Keyv 6, upgraded by half: another row of the table is what the upgrade made of this key.
    public var isBesideUpgraded = false

    package init(
        format: LegacyFormat, table: String, key: LegacyCell, namespace: LegacyCell? = nil,
        expires: LegacyCell? = nil, value: LegacyCell = .null, columns: [LegacyColumn] = [],
        links: [[LegacyColumn]] = [], missingTargets: [String]? = nil
    ) {
        self.format = format
        self.table = table
        self.key = key
        self.namespace = namespace
        self.expires = expires
        self.value = value
        self.columns = columns
        self.links = links
        self.missingTargets = missingTargets
    }

    /// The key for a person: as text, repaired with U+FFFD where it is not UTF-8, a BLOB as `x'…'`.
    public var displayKey: String { Self.display(key) }

    static func display(_ key: LegacyCell) -> String {
        switch key {
        case .null: "NULL"
        case .integer(let value): String(value)
        case .real(let value): value.description
        case .text(let bytes): String(decoding: bytes, as: UTF8.self)
        case .blob(let bytes):
            "x'" + bytes.hexadecimal + "'"
        }
    }
}

/// What the cursor over a source yields for each row.
package enum LegacyRead: Hashable, Sendable {
    case row(LegacyRow)
    /// A row of more bytes than `LegacySource.Limits.rowBytes`, or whose key has more than `keyBytes`; only its key is
    /// kept, shortened if it is the one.
    case tooLarge(LegacyRow, limit: Int)
}

extension LegacyRow {
    /// What a cell takes in an event besides its bytes and its column's name.
    private static let cellOverheadBytes = 32

    /// About what the row takes in an event.
    var eventBytes: Int {
        let cells = [columns] + links
        var bytes = key.byteCount + (namespace?.byteCount ?? 0) + value.byteCount
        bytes += cells.joined().reduce(0) { $0 + $1.cell.byteCount + $1.name.utf8.count + Self.cellOverheadBytes }
        bytes += (missingTargets ?? []).reduce(0) { $0 + $1.utf8.count + Self.cellOverheadBytes }
        return bytes
    }
}

extension LegacyRead {
    /// What an event takes besides the row: its hashes, names and numbers.
    private static let eventOverheadBytes = 16 << 10
    /// An event holds the key and the namespace of its row, and both again as the row was called before.
    private static let nameParts = 4

    /// The row, or its key alone if that is certainly more than an event may hold.
    func within(payloadBytes: Int) -> LegacyRead {
        guard case .row(let row) = self else { return self }
        let limit = max(payloadBytes - Self.eventOverheadBytes, 1)
        guard row.eventBytes > limit else { return self }
        let key = row.key.shortened(to: limit)
        return .tooLarge(
            LegacyRow(format: row.format, table: row.table, key: key, namespace: row.namespace), limit: limit)
    }

    /// The row's name alone, so short that an event that holds nothing else always has room for it.
    ///
    /// - Parameter excessBytes: by which the row's own event was too large.
    func nameOnly(payloadBytes: Int, excessBytes: Int) -> LegacyRead {
        let nameBytes = max(payloadBytes - Self.eventOverheadBytes, 0) / Self.nameParts
        let name = { (row: LegacyRow) in
            LegacyRow(
                format: row.format, table: row.table, key: row.key.shortened(to: nameBytes),
                namespace: row.namespace?.shortened(to: nameBytes))
        }
        switch self {
        case .row(let row): return .tooLarge(name(row), limit: max(row.eventBytes - excessBytes, 1))
        case .tooLarge(let row, let limit): return .tooLarge(name(row), limit: limit)
        }
    }
}

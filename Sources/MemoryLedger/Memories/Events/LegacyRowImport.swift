import Crypto
public import EventLog

/// A legacy row in an event: the row itself, and everything that its meaning depends on.
public struct LegacyRowImport: Hashable, Sendable {
    public var row: LegacyRow
    public var sourceSHA256: [UInt8]
    /// The source hash of the first import of this database.
    public var lineage: [UInt8]
    public var mappingVersion: Int
    /// The namespace that the key was understood to be in when it was imported.
    public var namespace: String?
    public var knownNamespaces: [String]
    /// The namespace that the table was said to hold.
    public var tableNamespace: String?
    /// What the row was called when it was imported before the old program changed the layout; nil where it is known by
    /// its own name, or not known.
    public var former: LegacyRowName?
    public var keepExpired: Bool
    public var importedAt: Timestamp
    /// The limit over which only the row's key was read; nil where all of it was.
    public var truncatedAtBytes: Int?
    /// The row is as it was imported last, its statistics aside, and what another import of the same database brought
    /// back of it is taken away again.
    public var isUnchanged = false
    /// Of a row that a checkout of this ledger wrote.
    public var checkedOut: LegacyCheckedOut?

    package init(
        row: LegacyRow, sourceSHA256: [UInt8], lineage: [UInt8], mappingVersion: Int = LegacyMapping.version,
        namespace: String?, knownNamespaces: [String], tableNamespace: String? = nil, former: LegacyRowName? = nil,
        keepExpired: Bool, importedAt: Timestamp, truncatedAtBytes: Int?
    ) {
        self.row = row
        self.sourceSHA256 = sourceSHA256
        self.lineage = lineage
        self.mappingVersion = mappingVersion
        self.namespace = namespace
        self.knownNamespaces = knownNamespaces
        self.tableNamespace = tableNamespace
        self.former = former
        self.keepExpired = keepExpired
        self.importedAt = importedAt
        self.truncatedAtBytes = truncatedAtBytes
    }

    /// When a row's fact happened: its memory was made, where that is a time between 1970 and the import.
    package static func occurredAt(created: Timestamp?, importedAt: Timestamp) -> Timestamp {
        guard let created, created.milliseconds > 0, created <= importedAt else { return importedAt }
        return created
    }

    /// What the row means by today's mapping. What the mapping of its time set aside stays set aside: it comes as a new
    /// event when its source is migrated again.
    package func interpretation() -> LegacyInterpretation {
        if let truncatedAtBytes {
            return .quarantined(reason: LegacyRead.tooLargeReason(limit: truncatedAtBytes))
        }
        let mapping = LegacyMapping(
            namespaces: knownNamespaces, tableNamespace: tableNamespace, version: mappingVersion)
        let interpretation = mapping.interpret(row)
        guard let checkedOut, case .memory(var memory) = interpretation else { return interpretation }
        memory.id = checkedOut.memory
        return .memory(memory)
    }
}

extension LegacyRow {
    /// The row as it was before Keyv 6 upgraded its table in place, which splits keys at their first colon; nil where
    /// that cannot be. By it a row that was imported from the older table is known again.
    package var beforeUpgrade: LegacyRow? {
        guard format == .keyv6, case .text(let key) = key, case .text(let namespace)? = namespace else { return nil }
        let colon = UInt8(ascii: ":")
        if namespace.contains(colon) || isBesideUpgraded { return nil }
        // A key that was not split is of a table that was upgraded by half, without the column `expires`.
        if namespace.isEmpty, (key.firstIndex(of: colon) ?? 0) > 0, expires != nil { return nil }
        var row = self
        row.format = .keyv
        row.key = .text(namespace.isEmpty ? key : namespace + [UInt8(ascii: ":")] + key)
        row.namespace = nil
        row.expires = nil
        return row
    }

    /// SHA-256 over everything that the row holds, 32 bytes.
    package var contentHash: [UInt8] {
        var bytes = identity
        value.append(to: &bytes)
        (expires ?? .null).append(to: &bytes)
        Self.append(columns, to: &bytes)
        for link in links { Self.append(link, to: &bytes) }
        if let missingTargets {
            Self.append(missingTargets.map { LegacyColumn(name: "", cell: .text(Array($0.utf8))) }, to: &bytes)
        }
        return Array(SHA256.hash(data: bytes))
    }

    private static func append(_ columns: [LegacyColumn], to bytes: inout [UInt8]) {
        LegacyCell.append(UInt64(columns.count), to: &bytes)
        for column in columns {
            LegacyCell.text(Array(column.name.utf8)).append(to: &bytes)
            column.cell.append(to: &bytes)
        }
    }
}

extension LegacyCell {
    /// A tag byte, then eight bytes big-endian: the number, the double's bits, or the length before the bytes.
    func append(to bytes: inout [UInt8]) {
        switch self {
        case .null: bytes.append(0)
        case .integer(let value):
            bytes.append(1)
            Self.append(UInt64(bitPattern: value), to: &bytes)
        case .real(let value):
            bytes.append(2)
            Self.append(value.bitPattern, to: &bytes)
        case .text(let text):
            bytes.append(3)
            Self.append(UInt64(text.count), to: &bytes)
            bytes += text
        case .blob(let blob):
            bytes.append(4)
            Self.append(UInt64(blob.count), to: &bytes)
            bytes += blob
        }
    }

    fileprivate static func append(_ value: UInt64, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }
}

/// The beginning of an import.
public struct LegacyImportStart: Hashable, Sendable {
    public var path: String
    public var sourceSHA256: [UInt8]
    public var lineage: [UInt8]
    public var format: String
    public var table: String
    public var sizeBytes: Int64
    public var mappingVersion: Int
    /// Lineages that turned out to be this same database.
    public var unitedLineages: [[UInt8]]
    /// A person said that the source continues this lineage, whatever its rows say.
    public var isContinuedByHand: Bool

    package init(
        path: String, sourceSHA256: [UInt8], lineage: [UInt8], format: String, table: String, sizeBytes: Int64,
        mappingVersion: Int = LegacyMapping.version, unitedLineages: [[UInt8]] = [],
        isContinuedByHand: Bool = false
    ) {
        self.path = path
        self.sourceSHA256 = sourceSHA256
        self.lineage = lineage
        self.format = format
        self.table = table
        self.sizeBytes = sizeBytes
        self.mappingVersion = mappingVersion
        self.unitedLineages = unitedLineages
        self.isContinuedByHand = isContinuedByHand
    }
}

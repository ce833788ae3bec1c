/// The first bytes of a database file, which say what it is before anything is made beside it.
///
/// Source: "The Database Header" in SQLite's file format; bytes 68 to 71 are the application id.
package struct DatabaseHeader {
    private static let byteCount = 100
    private static let magic = "SQLite format 3\0"

    private let bytes: ArraySlice<UInt8>

    /// Nil if there is no file that could be read.
    package init?(of path: String) {
        guard let chunk = try? RegularFile(reading: path).chunk() else { return nil }
        bytes = chunk.prefix(Self.byteCount)
    }

    package var isEmpty: Bool { bytes.isEmpty }
    package var isSQLite: Bool { bytes.starts(with: Self.magic.utf8) }

    /// Nil if the header is not whole.
    package var applicationID: Int64? {
        guard bytes.count == Self.byteCount else { return nil }
        return bytes.dropFirst(68).prefix(4).reduce(0) { $0 << 8 | Int64($1) }
    }
}

/// What `PRAGMA application_id` says of the databases that are ours.
package enum ApplicationID {
    /// "MLGR": a ledger.
    package static let ledger: Int64 = 0x4d4c_4752
    /// "MLCO": a checkout.
    package static let checkout: Int64 = 0x4d4c_434f

    /// "MLPR": tables of projections that follow a log elsewhere.
    package static let projections: Int64 = 0x4d4c_5052
    /// "MLTI": a text index beside a ledger.
    package static let textIndex: Int64 = 0x4d4c_5449

    /// The file's first bytes are those of a database with the application id.
    package static func isOf(_ path: String, _ id: Int64) -> Bool { DatabaseHeader(of: path)?.applicationID == id }
    package static func isLedger(_ path: String) -> Bool { isOf(path, ledger) }
    /// A ledger, or the tables of one whose log is elsewhere.
    package static func isLedgerOrTables(_ path: String) -> Bool { isLedger(path) || isOf(path, projections) }
}

import EventLog
import GRDBSQLite
import LedgerStorage

/// Finds the rows in which two copies of a table differ: both are read in the order of the primary key, side by side,
/// so that no more than a row of each is in memory.
struct TableComparison {
    private let columns: [String]
    /// Places of the primary key's columns among `columns`, in its order.
    private let key: [Int32]
    private let serving: SQLiteStatement
    private let rebuilt: SQLiteStatement

    /// - Parameter difference: names the table; gets the counts and the first rows.
    static func fill(
        _ difference: inout TableDifference, of source: TableSource, serving: SQLiteConnection,
        rebuilt: SQLiteConnection
    ) throws {
        let found = try TableDigest.layout(of: source, serving)
        let expected = try TableDigest.layout(of: source, rebuilt)
        guard found == expected else {
            difference.servingColumns = found.columns
            return
        }
        let sql = expected.select
        let comparison = TableComparison(
            columns: expected.columns,
            key: expected.key.compactMap { name in expected.columns.firstIndex(of: name).map { Int32($0) } },
            serving: try SQLiteStatement(connection: serving.handle, sql: sql),
            rebuilt: try SQLiteStatement(connection: rebuilt.handle, sql: sql))
        try comparison.run(&difference)
    }

    private func run(_ difference: inout TableDifference) throws {
        var hasServing = try serving.step()
        var hasRebuilt = try rebuilt.step()
        while hasServing || hasRebuilt {
            let order = !hasServing ? 1 : !hasRebuilt ? -1 : compareKeys()
            if order < 0 {
                difference.surplus += 1
                note(.surplus, serving, &difference)
                hasServing = try serving.step()
            } else if order > 0 {
                difference.missing += 1
                note(.missing, rebuilt, &difference)
                hasRebuilt = try rebuilt.step()
            } else {
                if columns.indices.contains(where: { !isEqual(Int32($0)) }) {
                    difference.changed += 1
                    note(.changed, rebuilt, &difference)
                }
                hasServing = try serving.step()
                hasRebuilt = try rebuilt.step()
            }
        }
    }

    private func note(_ kind: RowDifference.Kind, _ row: SQLiteStatement, _ difference: inout TableDifference) {
        guard difference.rows.count < GenerationDifference.maximumShownRows else { return }
        let key = key.map { RowDifference.Value(column: columns[Int($0)], value: Self.literal(row, $0, from: 0)) }
        var changes: [RowDifference.Change] = []
        for column in columns.indices.map({ Int32($0) }) where kind == .changed && !isEqual(column) {
            let start = commonStart(column)
            changes.append(
                RowDifference.Change(
                    column: columns[Int(column)], serving: Self.literal(serving, column, from: start),
                    rebuilt: Self.literal(rebuilt, column, from: start)))
        }
        difference.rows.append(RowDifference(kind: kind, key: key, columns: changes))
    }

    // MARK: Values

    /// Negative where the serving row comes first, as SQLite orders it.
    private func compareKeys() -> Int {
        for column in key {
            let order = compare(column)
            if order != 0 { return order }
        }
        return 0
    }

    private func compare(_ column: Int32) -> Int {
        let ranks = (Self.rank(serving.type(column)), Self.rank(rebuilt.type(column)))
        if ranks.0 != ranks.1 { return ranks.0 - ranks.1 }
        switch ranks.0 {
        case 0: return 0
        case 1:
            if serving.type(column) == SQLITE_INTEGER, rebuilt.type(column) == SQLITE_INTEGER {
                let (left, right) = (serving.int64(column), rebuilt.int64(column))
                return left < right ? -1 : left > right ? 1 : 0
            }
            let (left, right) = (serving.double(column), rebuilt.double(column))
            return left < right ? -1 : left > right ? 1 : 0
        default:
            let (left, right) = (serving.bytes(column), rebuilt.bytes(column))
            return left.lexicographicallyPrecedes(right) ? -1 : right.lexicographicallyPrecedes(left) ? 1 : 0
        }
    }

    /// NULL comes before numbers, these before text, and that before blobs.
    private static func rank(_ type: Int32) -> Int {
        switch type {
        case SQLITE_NULL: 0
        case SQLITE_INTEGER, SQLITE_FLOAT: 1
        case SQLITE_TEXT: 2
        default: 3
        }
    }

    /// Equal in what the digest sees: the type and the bits.
    private func isEqual(_ column: Int32) -> Bool {
        let type = serving.type(column)
        guard type == rebuilt.type(column) else { return false }
        switch type {
        case SQLITE_NULL: return true
        case SQLITE_INTEGER: return serving.int64(column) == rebuilt.int64(column)
        case SQLITE_FLOAT: return serving.double(column).bitPattern == rebuilt.double(column).bitPattern
        default: return serving.bytes(column).elementsEqual(rebuilt.bytes(column))
        }
    }

    // MARK: Showing

    /// Bytes of context that are shown before the first that differs.
    private static let contextBytes = 20

    /// Where to begin showing two texts or blobs, so that their difference is seen; 0 where they are short.
    private func commonStart(_ column: Int32) -> Int {
        let type = serving.type(column)
        guard type == rebuilt.type(column), type == SQLITE_TEXT || type == SQLITE_BLOB else { return 0 }
        let (left, right) = (serving.bytes(column), rebuilt.bytes(column))
        let common = zip(left, right).prefix { $0 == $1 }.count
        let isShort = max(left.count, right.count) <= GenerationDifference.maximumShownBytes
        guard !isShort, common > Self.contextBytes * 2 else { return 0 }
        var start = common - Self.contextBytes
        // Not in the middle of a character.
        while type == SQLITE_TEXT, start > 0, left[start] & 0xc0 == 0x80 { start -= 1 }
        return start
    }

    private static func literal(_ row: SQLiteStatement, _ column: Int32, from start: Int) -> String {
        switch row.type(column) {
        case SQLITE_NULL: return "NULL"
        case SQLITE_INTEGER: return String(row.int64(column))
        case SQLITE_FLOAT: return row.double(column).description
        case SQLITE_TEXT:
            let (shown, isCut) = cut(row.bytes(column), from: start, isText: true)
            let text = String(decoding: shown, as: UTF8.self).replacing("'", with: "''")
            return "'\(start > 0 ? "…" : "")\(text)\(isCut ? "…" : "")'"
        default:
            let (shown, isCut) = cut(row.bytes(column), from: start, isText: false)
            let digits = shown.hexadecimal
            return "x'\(start > 0 ? "…" : "")\(digits)\(isCut ? "…" : "")'"
        }
    }

    /// What is shown of the bytes, and whether more follow.
    private static func cut(
        _ bytes: UnsafeRawBufferPointer, from start: Int, isText: Bool
    ) -> (shown: Slice<UnsafeRawBufferPointer>, isCut: Bool) {
        let maximum = isText ? GenerationDifference.maximumShownBytes : GenerationDifference.maximumShownBytes / 2
        let rest = bytes.dropFirst(start)
        guard rest.count > maximum else { return (rest, false) }
        var end = rest.startIndex + maximum
        while isText, end > rest.startIndex, bytes[end] & 0xc0 == 0x80 { end -= 1 }
        return (rest[..<end], true)
    }
}

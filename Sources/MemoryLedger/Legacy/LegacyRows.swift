import CLedgerShims
import EventLog

/// A cursor over the rows of a legacy database, each once and in an order that does not change.
///
/// Of the Keyv formats come first the rows that name a namespace, in its column or else the key, then the others: where
/// two rows stand for one memory the one with the namespace is read first and so wins. kv-memory-2 ends with the links
/// that start from no memory, one row per key, so that they are accounted for too.
package final class LegacyRows {
    private let source: LegacySource
    private let columns: [String]
    private let passes: [String]
    private let links: LegacyLinks?
    private var pass = 0
    private var nextRowID: Int64? = .min
    private var statement: SQLiteStatement?
    private var orphans: SQLiteStatement?

    private var isAtEnd = false

    package init(_ source: LegacySource) {
        self.source = source
        let others = source.tableSchema.columns.filter { !Self.ownColumns(source.format).contains($0.lowercased()) }
        columns = others
        links = LegacyLinks(source)
        passes = Self.passes(source.format)
    }

    /// What tells the rows of each pass; together they are all rows.
    static func passes(_ format: LegacyFormat) -> [String] {
        switch format {
        case .keyv: ["(instr(key, ':') > 1) IS TRUE", "(instr(key, ':') > 1) IS NOT TRUE"]
        case .keyv6:
            [
                "(namespace <> '') IS TRUE",
                "(namespace <> '') IS NOT TRUE AND (instr(key, ':') > 1) IS TRUE",
                "(namespace <> '') IS NOT TRUE AND (instr(key, ':') > 1) IS NOT TRUE",
            ]
        case .kvMemory1, .kvMemory2: ["TRUE"]
        }
    }

    private static func ownColumns(_ format: LegacyFormat) -> Set<String> {
        switch format {
        case .keyv: ["key", "value", "expires"]
        case .keyv6: ["key", "value", "expires", "namespace"]
        case .kvMemory1: ["key", "namespace"]
        case .kvMemory2: ["key"]
        }
    }

    /// The next row, or nil after the last.
    package func next() throws(LegacySourceError) -> LegacyRead? {
        // A statement that is stepped after its end begins anew.
        if isAtEnd { return nil }
        do {
            while pass < passes.count {
                if let read = try nextOfPass() { return read }
                pass += 1
                statement = nil
                nextRowID = .min
            }
            let orphan = try nextOrphan()
            isAtEnd = orphan == nil
            return orphan
        } catch { throw LegacySourceError.from(error, path: source.path) }
    }

    // MARK: One pass

    private func nextOfPass() throws -> LegacyRead? {
        guard let first = nextRowID else { return nil }
        let statement = try self.statement ?? prepared(from: first, to: .max)
        self.statement = statement
        do {
            guard try statement.step() else { return nil }
            return try read(statement)
        } catch let failure as SQLiteFailure where failure.isTooLarge {
            self.statement = nil
            return try nextAroundTooLarge(first)
        }
    }

    private func prepared(from first: Int64, to last: Int64) throws -> SQLiteStatement {
        let statement = try SQLiteStatement(connection: source.connection.handle, sql: rowSQL)
        statement.bind(1, first)
        statement.bind(2, last)
        return statement
    }

    private var rowSQL: String {
        let own = ["rowid", "key"] + ownSelection + columns.map(\.sqlIdentifier)
        return "SELECT \(own.joined(separator: ", ")) FROM \(source.table.sqlIdentifier) "
            + "WHERE rowid BETWEEN ?1 AND ?2 AND \(passes[pass]) ORDER BY rowid"
    }

    /// Namespace, expires and value, NULL where the table has no such column.
    private var ownSelection: [String] {
        let isKeyv = source.format.isKeyv
        return [
            source.tableSchema.has("namespace") ? "namespace" : "NULL",
            isKeyv && source.tableSchema.has("expires") ? "expires" : "NULL",
            isKeyv ? "value" : "NULL",
        ]
    }

    private func read(_ statement: SQLiteStatement) throws -> LegacyRead {
        let rowID = statement.int64(0)
        advance(past: rowID)
        let isUTF16 = source.isUTF16
        var row = LegacyRow(
            format: source.format, table: source.table, key: statement.legacyCell(1, isUTF16: isUTF16),
            value: statement.legacyCell(4, isUTF16: isUTF16))
        if source.tableSchema.has("namespace") { row.namespace = statement.legacyCell(2, isUTF16: isUTF16) }
        if source.format.isKeyv, source.tableSchema.has("expires") {
            row.expires = statement.legacyCell(3, isUTF16: isUTF16)
        }
        for (index, name) in columns.enumerated() {
            let cell = statement.legacyCell(Int32(index) + 5, isUTF16: isUTF16)
            row.columns.append(LegacyColumn(name: name, cell: cell))
        }
        if let links {
            let limit = source.limits.rowBytes
            let ofMemory = try source.connection.statement(links.ofMemorySQL)
            guard let found = try links.read(ofMemory, rowID: rowID, isUTF16: isUTF16, limit: limit) else {
                row.columns = []
                return .tooLarge(row, limit: limit)
            }
            row.links = found
        }
        return .row(row)
    }

    private func advance(past rowID: Int64) {
        nextRowID = rowID == .max ? nil : rowID + 1
    }

    /// SQLite refuses a row beyond its length limit and does not say which. With the limit lifted for the key alone,
    /// the next row of this pass is found; if it still cannot be read whole, it is the one.
    private func nextAroundTooLarge(_ first: Int64) throws -> LegacyRead? {
        let handle = source.connection.handle
        let limit = Int32(clamping: source.limits.rowBytes)
        sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, .max)
        defer { sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, limit) }
        let finder = try SQLiteStatement(
            connection: handle,
            sql: "SELECT rowid, key, \(ownSelection[0]) FROM \(source.table.sqlIdentifier) "
                + "WHERE rowid >= ?1 AND \(passes[pass]) ORDER BY rowid LIMIT 1")
        finder.bind(1, first)
        guard try finder.step() else {
            nextRowID = nil
            return nil
        }
        let rowID = finder.int64(0)
        sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, limit)
        let single = try prepared(from: rowID, to: rowID)
        do {
            if try single.step() { return try read(single) }
        } catch let failure as SQLiteFailure where failure.isTooLarge {}
        advance(past: rowID)
        var row = LegacyRow(
            format: source.format, table: source.table, key: finder.legacyCell(1, isUTF16: source.isUTF16))
        if source.tableSchema.has("namespace") { row.namespace = finder.legacyCell(2, isUTF16: source.isUTF16) }
        return .tooLarge(row, limit: source.limits.rowBytes)
    }

    // MARK: Links without a memory

    private func nextOrphan() throws -> LegacyRead? {
        guard let links else { return nil }
        let orphans = try self.orphans ?? SQLiteStatement(connection: source.connection.handle, sql: links.orphansSQL)
        self.orphans = orphans
        guard try orphans.step() else { return nil }
        var row = LegacyRow(
            format: source.format, table: source.table, key: orphans.legacyCell(1, isUTF16: source.isUTF16))
        let limit = source.limits.rowBytes
        let ofOrphan = try source.connection.statement(links.ofOrphanSQL)
        let found = try links.read(ofOrphan, rowID: orphans.int64(0), isUTF16: source.isUTF16, limit: limit)
        guard let found else { return .tooLarge(row, limit: limit) }
        row.links = found
        return .row(row)
    }
}

extension SQLiteFailure {
    var isTooLarge: Bool { primaryCode == SQLITE_TOOBIG }
}

extension SQLiteStatement {
    func legacyCell(_ column: Int32, isUTF16: Bool) -> LegacyCell {
        switch type(column) {
        case SQLITE_INTEGER: return .integer(int64(column))
        case SQLITE_FLOAT: return .real(double(column))
        case SQLITE_TEXT:
            if isUTF16 { _ = text(column) }
            return .text(Array(bytes(column)))
        case SQLITE_BLOB: return .blob(Array(bytes(column)))
        default: return .null
        }
    }
}

import CLedgerShims
import EventLog
import LedgerStorage

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
    private let place: LegacyRowPlace
    private var pass = 0
    /// Of the last row of the pass; nil before its first.
    private var last: [LegacyCell]?
    private var statement: SQLiteStatement?
    private var orphans: SQLiteStatement?

    private var isAtEnd = false

    package init(_ source: LegacySource) {
        self.source = source
        let others = source.tableSchema.columns.filter { !Self.ownColumns(source.format).contains($0.lowercased()) }
        columns = others
        links = LegacyLinks(source)
        passes = Self.passes(source.format)
        place = LegacyRowPlace(source.tableSchema)
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
        // A statement that is stepped after its end begins again.
        if isAtEnd { return nil }
        do {
            while pass < passes.count {
                if let read = try nextOfPass() { return read }
                pass += 1
                statement = nil
                last = nil
            }
            let orphan = try nextOrphan()
            isAtEnd = orphan == nil
            return orphan
        } catch { throw LegacySourceError.from(error, path: source.path) }
    }

    // MARK: One pass

    private func nextOfPass() throws -> LegacyRead? {
        // SQLite takes no parameter beyond the limit.
        if let last, last.byteCount > source.limits.rowBytes { return try nextAroundTooLarge() }
        let statement = try self.statement ?? prepared(after: last)
        self.statement = statement
        do {
            guard try statement.step() else { return nil }
            return try read(statement)
        } catch let failure as SQLiteFailure where failure.isTooLarge {
            self.statement = nil
            return try nextAroundTooLarge()
        }
    }

    private func prepared(after last: [LegacyCell]?) throws -> SQLiteStatement {
        let condition = last == nil ? "TRUE" : place.follows("k")
        let statement = try SQLiteStatement(connection: source.connection.handle, sql: rowSQL(condition))
        if let last { place.bind(last, to: statement) }
        return statement
    }

    private func prepared(at row: [LegacyCell]) throws -> SQLiteStatement {
        let statement = try SQLiteStatement(connection: source.connection.handle, sql: rowSQL(place.isBound("k")))
        place.bind(row, to: statement)
        return statement
    }

    private func rowSQL(_ condition: String) -> String {
        let others = columns.map { "k.\($0.sqlIdentifier)" } + (isUpgradedByHalf ? [isBesideUpgraded] : [])
        let own = [place.list("k"), "k.key"] + ownSelection + others
        return "SELECT \(own.joined(separator: ", ")) FROM \(source.table.sqlIdentifier) k "
            + "WHERE \(condition) AND \(passes[pass]) ORDER BY \(place.list("k"))"
    }

    /// Namespace, expires and value, NULL where the table has no such column.
    private var ownSelection: [String] {
        let isKeyv = source.format.isKeyv
        return [
            source.tableSchema.has("namespace") ? "k.namespace" : "NULL",
            isKeyv && source.tableSchema.has("expires") ? "k.expires" : "NULL",
            isKeyv ? "k.value" : "NULL",
        ]
    }

    /// Keyv 6 splits the keys of a table before it adds this column.
    private var isUpgradedByHalf: Bool { source.format == .keyv6 && !source.tableSchema.has("expires") }

    /// Another row is what the upgrade makes of this key.
    private var isBesideUpgraded: String {
        "k.namespace = '' AND instr(k.key, ':') > 1 AND EXISTS (SELECT 1 FROM \(source.table.sqlIdentifier) o "
            + "WHERE o.namespace = substr(k.key, 1, instr(k.key, ':') - 1) "
            + "AND o.key = substr(k.key, instr(k.key, ':') + 1))"
    }

    private func read(_ statement: SQLiteStatement) throws -> LegacyRead {
        let isUTF16 = source.isUTF16
        let found = place.read(statement, isUTF16: isUTF16)
        last = found
        let first = Int32(place.count)
        var row = LegacyRow(
            format: source.format, table: source.table, key: statement.legacyCell(first, isUTF16: isUTF16),
            value: statement.legacyCell(first + 3, isUTF16: isUTF16))
        if source.tableSchema.has("namespace") { row.namespace = statement.legacyCell(first + 1, isUTF16: isUTF16) }
        if source.format.isKeyv, source.tableSchema.has("expires") {
            row.expires = statement.legacyCell(first + 2, isUTF16: isUTF16)
        }
        if row.key.byteCount > source.limits.keyBytes { return tooLarge(row, limit: source.limits.keyBytes) }
        for (index, name) in columns.enumerated() {
            let cell = statement.legacyCell(Int32(index) + first + 4, isUTF16: isUTF16)
            row.columns.append(LegacyColumn(name: name, cell: cell))
        }
        row.isBesideUpgraded = isUpgradedByHalf && statement.int64(Int32(columns.count) + first + 4) != 0
        if let links {
            let limit = source.limits.rowBytes
            let ofMemory = try source.connection.statement(links.ofMemorySQL)
            place.bind(found, to: ofMemory)
            guard let own = try links.read(ofMemory, isUTF16: isUTF16, limit: limit) else {
                return tooLarge(row, limit: limit)
            }
            row.links = own
            row.missingTargets = try missingTargets(links, found)
        }
        return .row(row)
    }

    private func missingTargets(_ links: LegacyLinks, _ row: [LegacyCell]) throws -> [String]? {
        guard let sql = links.missingTargetsSQL else { return nil }
        let missing = try source.connection.statement(sql)
        place.bind(row, to: missing)
        defer { missing.reset() }
        var keys: [String] = []
        while try missing.step() { keys.append(missing.text(0)) }
        return keys
    }

    // MARK: Rows that are too large

    /// What of a row is kept that is beyond a limit: its key, or what tells that apart from others.
    private func tooLarge(_ row: LegacyRow, limit: Int) -> LegacyRead {
        let key = row.key.shortened(to: source.limits.keyBytes)
        return .tooLarge(
            LegacyRow(format: row.format, table: row.table, key: key, namespace: row.namespace), limit: limit)
    }

    /// SQLite refuses a row beyond its length limit and does not say which. With the limit lifted for the key alone,
    /// the next row of this pass is found; if it still cannot be read whole, it is the one.
    private func nextAroundTooLarge() throws -> LegacyRead? {
        let found: [LegacyCell]
        let row: LegacyRow
        do {
            let isUTF16 = source.isUTF16
            let limit = source.database.liftLengthLimit()
            defer { source.database.setLengthLimit(limit) }
            let finder = try SQLiteStatement(
                connection: source.connection.handle,
                sql: "SELECT \(place.list("k")), k.key, \(ownSelection[0]) FROM \(source.table.sqlIdentifier) k "
                    + "WHERE \(last == nil ? "TRUE" : place.follows("k")) AND \(passes[pass]) "
                    + "ORDER BY \(place.list("k")) LIMIT 1")
            if let last { place.bind(last, to: finder) }
            guard try finder.step() else { return nil }
            found = place.read(finder, isUTF16: isUTF16)
            let first = Int32(place.count)
            let namespace = source.tableSchema.has("namespace") ? finder.legacyCell(first + 1, isUTF16: isUTF16) : nil
            row = LegacyRow(
                format: source.format, table: source.table, key: finder.legacyCell(first, isUTF16: isUTF16),
                namespace: namespace)
        }
        do {
            if found.byteCount <= source.limits.rowBytes {
                let single = try prepared(at: found)
                if try single.step() { return try read(single) }
            }
        } catch let failure as SQLiteFailure where failure.isTooLarge {}
        last = found
        return tooLarge(row, limit: source.limits.rowBytes)
    }

    // MARK: Links without a memory

    private func nextOrphan() throws -> LegacyRead? {
        guard let links else { return nil }
        let orphans = try self.orphans ?? SQLiteStatement(connection: source.connection.handle, sql: links.orphansSQL)
        self.orphans = orphans
        let lifted = source.database.liftLengthLimit()
        defer { source.database.setLengthLimit(lifted) }
        guard try orphans.step() else { return nil }
        var row = LegacyRow(
            format: source.format, table: source.table, key: orphans.legacyCell(0, isUTF16: source.isUTF16))
        if row.key.byteCount > source.limits.keyBytes { return tooLarge(row, limit: source.limits.keyBytes) }
        let limit = source.limits.rowBytes
        let ofOrphan = try source.connection.statement(links.ofOrphanSQL)
        ofOrphan.bind(1, row.key)
        let found = try links.read(ofOrphan, isUTF16: source.isUTF16, limit: limit)
        guard let found else { return tooLarge(row, limit: limit) }
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

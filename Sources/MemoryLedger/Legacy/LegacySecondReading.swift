import CLedgerShims
import EventLog
import LedgerStorage

/// A row as the second reading sees it.
package struct LegacySecondRead: Hashable, Sendable {
    package let key: LegacyCell
    /// As `LegacyRow.identity`.
    package let identity: [UInt8]
    /// The identity of `LegacyRow.beforeUpgrade`.
    let identityBeforeUpgrade: [UInt8]?
    /// Where the memory must be; for rows whose key is no text it means nothing.
    package let id: MemoryKey
    /// What it must look like; nil where the row is no memory.
    package let expectation: LegacyExpectation?
    /// Another row stands for the same memory and wins.
    package let isShadowed: Bool
}

/// Reads a legacy database by another way than the import, to check it: keys are taken apart and strings unescaped in
/// SQL, and JSON is read by SQLite's `json_tree`. It shares with the import only the order of the rows.
///
/// It knows neither the limits nor the strictness of the import: for a row that was quarantined it may well expect a
/// memory (invalid UTF-8, something behind a NUL byte, a key that is too long). Compare what
/// was imported.
package final class LegacySecondReading {
    private let source: LegacySource
    private let namespaces: String
    private let defaultNamespace: String
    private let passes: [String]
    private let sql: LegacySecondSQL
    private let place: LegacyRowPlace
    private var pass = 0
    /// The place of the last row of the pass; nil before its first.
    private var last: [LegacyCell]?
    private var rows: SQLiteStatement?
    private var tree: SQLiteStatement?
    private var unescaping: SQLiteStatement?

    package init(
        _ source: LegacySource, namespaces: [String] = [], defaultNamespace: String = MemoryKey.defaultNamespace
    ) {
        self.source = source
        let known = source.namespace.map { [$0] } ?? namespaces
        let longestFirst = known.filter { !$0.isEmpty }.sorted { $0.utf8.count > $1.utf8.count }
        self.namespaces = JSONValue.array(longestFirst.map { .string($0) }).description
        self.defaultNamespace = source.namespace ?? defaultNamespace
        passes = LegacyRows.passes(source.format)
        place = LegacyRowPlace(source.tableSchema)
        sql = LegacySecondSQL(source: source, place: place)
    }

    /// The next row, or nil after the last.
    package func next() throws(LegacySourceError) -> LegacySecondRead? {
        do {
            while pass < passes.count {
                if let read = try nextOfPass() { return read }
                pass += 1
                rows = nil
                last = nil
            }
            return nil
        } catch { throw LegacySourceError.from(error, path: source.path) }
    }

    private func nextOfPass() throws -> LegacySecondRead? {
        // SQLite takes no parameter beyond the limit.
        if let last, last.byteCount > source.limits.rowBytes { return try nextAroundTooLarge() }
        let rows = try self.rows ?? prepared(last, last == nil ? "TRUE" : place.follows("k"))
        self.rows = rows
        do {
            return try rows.step() ? try read(rows) : nil
        } catch let failure as SQLiteFailure where failure.isTooLarge {
            self.rows = nil
            return try nextAroundTooLarge()
        }
    }

    /// Passes a row whose key alone is beyond the limit of a row; the import sets it aside.
    private func nextAroundTooLarge() throws -> LegacySecondRead? {
        guard let found = try nextPlace() else { return nil }
        do {
            if found.byteCount <= source.limits.rowBytes {
                let single = try prepared(found, place.isBound("k"))
                if try single.step() { return try read(single) }
            }
        } catch let failure as SQLiteFailure where failure.isTooLarge {}
        last = found
        return LegacySecondRead(
            key: .null, identity: [], identityBeforeUpgrade: nil, id: MemoryKey(namespace: "", key: ""),
            expectation: nil, isShadowed: true)
    }

    private func nextPlace() throws -> [LegacyCell]? {
        let limit = source.database.liftLengthLimit()
        defer { source.database.setLengthLimit(limit) }
        let condition = last == nil ? "TRUE" : place.follows("k")
        let next = try SQLiteStatement(
            connection: source.connection.handle,
            sql: "SELECT \(place.list("k")) FROM \(source.table.sqlIdentifier) k WHERE \(condition) "
                + "AND \(passes[pass]) ORDER BY \(place.list("k")) LIMIT 1")
        if let last { place.bind(last, to: next) }
        return try next.step() ? place.read(next, isUTF16: source.isUTF16) : nil
    }

    private func prepared(_ row: [LegacyCell]?, _ condition: String) throws -> SQLiteStatement {
        let rows = try SQLiteStatement(
            connection: source.connection.handle,
            sql: sql.rows(where: "\(condition) AND \(passes[pass])", isFirstPass: pass == 0))
        if let row { place.bind(row, to: rows) }
        rows.bind(Int32(place.count) + 1, defaultNamespace)
        rows.bind(Int32(place.count) + 2, namespaces)
        return rows
    }

    private func read(_ rows: SQLiteStatement) throws -> LegacySecondRead {
        let isUTF16 = source.isUTF16
        defer { unescaping?.reset() }
        let tree = try self.tree ?? SQLiteStatement(connection: source.connection.handle, sql: sql.tree)
        self.tree = tree
        let found = place.read(rows, from: 6, isUTF16: isUTF16)
        last = found
        let key = rows.legacyCell(0, isUTF16: isUTF16)
        let id = MemoryKey(namespace: rows.text(1), key: rows.text(2))
        var builder = LegacyExpectationBuilder()
        place.bind(found, to: tree)
        defer { tree.reset() }
        do {
            while try tree.step() { builder.add(try node(tree)) }
        } catch let failure as SQLiteFailure where failure.isTooLarge {
            builder = LegacyExpectationBuilder()
        }
        builder.setCreated(rows.optionalInt64(4))
        let isLeftover = id.namespace == "keyv" && id.key == "undefined" && !builder.hasContent
        let namespace = source.tableSchema.has("namespace") ? rows.legacyCell(5, isUTF16: isUTF16) : nil
        let row = LegacyRow(format: source.format, table: source.table, key: key, namespace: namespace)
        return LegacySecondRead(
            key: key, identity: row.identity, identityBeforeUpgrade: row.beforeUpgrade?.identity, id: id,
            expectation: isLeftover ? nil : builder.expectation, isShadowed: rows.int64(3) != 0)
    }
}

extension LegacySecondReading {
    /// A part of the row's JSON. Only a text that begins with ":" can be escaped; few are, so it is unescaped by a
    /// statement of its own.
    private func node(_ tree: SQLiteStatement) throws -> LegacyExpectationBuilder.Node {
        let atom = LegacyExpectationBuilder.Column.atom
        guard source.format.isKeyv, tree.type(atom) == SQLITE_TEXT, tree.utf8(atom).first == UInt8(ascii: ":") else {
            return LegacyExpectationBuilder.Node(tree, atom: tree, atom)
        }
        let unescaped =
            try unescaping ?? SQLiteStatement(connection: source.connection.handle, sql: sql.unescaped)
        unescaping = unescaped
        unescaped.reset()
        unescaped.bind(1, atom, of: tree)
        _ = try unescaped.step()
        return LegacyExpectationBuilder.Node(tree, atom: unescaped, 0)
    }
}

/// The statements of the second reading.
private struct LegacySecondSQL {
    let source: LegacySource
    let place: LegacyRowPlace

    private var table: String { source.table.sqlIdentifier }

    // MARK: Rows

    /// key, namespace, key within it, shadowed, created_at, namespace column, place. The place that the condition
    /// speaks of is bound first; then the default namespace, and a JSON array of the known ones, the longest first. In
    /// the first pass nothing can be shadowed.
    func rows(where condition: String, isFirstPass: Bool) -> String {
        let full = source.format == .keyv6 ? "iif(k.namespace <> '', k.namespace || ':' || k.key, k.key)" : "k.key"
        let column = source.tableSchema.has("namespace") ? "namespace" : "''"
        return """
            SELECT key, ns, rest, \(isFirstPass ? "FALSE" : shadowed), created, given, \(place.names) FROM (
                SELECT \(place.names), key, given, created, \(namespace) AS ns, \(rest) AS rest FROM (
                    SELECT \(place.named("k")), key, \(column) AS given, \(created) AS created, (
                        SELECT n.value FROM json_each(\(knownNamespaces)) n
                        WHERE substr(\(full), 1, length(n.value) + 1) = n.value || ':'
                        LIMIT 1) AS known, \(full) AS full
                    FROM \(table) k WHERE \(condition) ORDER BY \(place.list("k"))))
            """
    }

    private var defaultNamespace: String { "?\(place.count + 1)" }
    private var knownNamespaces: String { "?\(place.count + 2)" }

    private var namespace: String {
        switch source.format {
        case .keyv where source.namespace != nil: defaultNamespace
        case .keyv6 where source.namespace != nil: "coalesce(known, nullif(given, ''), \(defaultNamespace))"
        case .keyv, .keyv6:
            "coalesce(known, nullif(given, ''), iif(instr(key, ':') > 1, substr(key, 1, instr(key, ':') - 1), "
                + "\(defaultNamespace)))"
        case .kvMemory1: "coalesce(nullif(given, ''), \(defaultNamespace))"
        case .kvMemory2: defaultNamespace
        }
    }

    private var rest: String {
        switch source.format {
        case .keyv where source.namespace != nil, .keyv6 where source.namespace != nil:
            "CASE WHEN known IS NOT NULL THEN substr(full, length(known) + 2) WHEN given <> '' THEN key ELSE full END"
        case .keyv, .keyv6:
            "CASE WHEN known IS NOT NULL THEN substr(full, length(known) + 2) WHEN given <> '' THEN key "
                + "WHEN instr(key, ':') > 1 THEN substr(key, instr(key, ':') + 1) ELSE key END"
        case .kvMemory1, .kvMemory2: "key"
        }
    }

    private var shadowed: String {
        let joined = "EXISTS (SELECT 1 FROM \(table) o WHERE o.key = ns || ':' || rest AND \(place.isOther("o"))"
        return switch source.format {
        case .keyv: "\(joined))"
        case .keyv6:
            "given = '' AND (\(joined) AND o.namespace = '') OR EXISTS ("
                + "SELECT 1 FROM \(table) o WHERE o.key = rest AND o.namespace = ns AND \(place.isOther("o"))))"
        case .kvMemory1, .kvMemory2: "FALSE"
        }
    }

    /// The column of the native tables in milliseconds; below 10^11 it holds seconds.
    private var created: String {
        guard !source.format.isKeyv, source.tableSchema.has("created_at") else { return "NULL" }
        return "CASE WHEN typeof(created_at) <> 'integer' THEN NULL "
            + "WHEN created_at BETWEEN -99999999999 AND 99999999999 THEN created_at * 1000 ELSE created_at END"
    }

    // MARK: The tree

    /// id, parent, type, key and atom of every part of the row's JSON. The row's place is bound.
    var tree: String {
        "SELECT t.id, t.parent, t.type, t.key, t.atom FROM \(table) m, json_tree(\(document)) t "
            + "WHERE \(place.isBound("m"))"
    }

    /// What a string of a Keyv entry that begins with ":" says: NULL if it is binary, an integer if it is a big one.
    var unescaped: String {
        "SELECT CASE WHEN substr(?1, 1, 8) = ':base64:' THEN NULL \(bigInteger)ELSE substr(?1, 2) END"
    }

    private var bigInteger: String {
        guard source.format == .keyv6 else { return "" }
        return "WHEN substr(?1, 1, 8) = ':bigint:' AND length(?1) > 8 "
            + "AND substr(?1, 9) NOT GLOB '*[^-0-9]*' THEN CAST(substr(?1, 9) AS INTEGER) "
    }

    /// A Keyv entry, or a native row in the shape of one. What is no JSON becomes `null`.
    private var document: String {
        guard !source.format.isKeyv else { return checked("value", otherwise: "'null'") }
        let columns = source.tableSchema.columns.map { $0.lowercased() }
        var members: [String] = []
        for name in ["domain", "summary", "text", "type"] where columns.contains(name) {
            members.append("'\(name)', iif(typeof(m.\(name)) = 'text', m.\(name), NULL)")
        }
        for name in ["keywords", "links", "meta"] where columns.contains(name) {
            members.append("'\(name)', json(\(checked(name, otherwise: "'null'")))")
        }
        if source.format == .kvMemory2 {
            members.removeAll { $0.hasPrefix("'links'") }
            members.append("'links', json(\(LegacySecondLinks(source).jsonSQL))")
        }
        return "json_object('value', json_object(\(members.joined(separator: ", "))))"
    }

    private func checked(_ column: String, otherwise: String) -> String {
        "iif(typeof(m.\(column)) = 'text' AND json_valid(m.\(column)), m.\(column), \(otherwise))"
    }
}

import EventLog

/// A row as the second reading sees it.
package struct LegacySecondRead: Hashable, Sendable {
    package let key: LegacyCell
    /// As `LegacyRow.identity`.
    package let identity: [UInt8]
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
/// memory (invalid UTF-8, half a surrogate pair, something behind a NUL byte, a key that is too long). Compare what
/// was imported.
package final class LegacySecondReading {
    private let source: LegacySource
    private let namespaces: String
    private let defaultNamespace: String
    private let passes: [String]
    private var pass = 0
    private var rows: SQLiteStatement?
    private var tree: SQLiteStatement?

    package init(
        _ source: LegacySource, namespaces: [String] = [], defaultNamespace: String = MemoryKey.defaultNamespace
    ) {
        self.source = source
        let longestFirst = namespaces.filter { !$0.isEmpty }.sorted { $0.utf8.count > $1.utf8.count }
        self.namespaces = JSONValue.array(longestFirst.map { .string($0) }).description
        self.defaultNamespace = defaultNamespace
        passes = LegacyRows.passes(source.format)
    }

    /// The next row, or nil after the last.
    package func next() throws(LegacySourceError) -> LegacySecondRead? {
        do {
            while pass < passes.count {
                let rows = try self.rows ?? preparedRows()
                self.rows = rows
                if try rows.step() { return try read(rows) }
                pass += 1
                self.rows = nil
            }
            return nil
        } catch { throw LegacySourceError.from(error, path: source.path) }
    }

    private func preparedRows() throws -> SQLiteStatement {
        let sql = LegacySecondSQL(source: source)
        let rows = try SQLiteStatement(
            connection: source.connection.handle, sql: sql.rows(where: passes[pass], isFirstPass: pass == 0))
        rows.bind(1, defaultNamespace)
        rows.bind(2, namespaces)
        return rows
    }

    private func read(_ rows: SQLiteStatement) throws -> LegacySecondRead {
        let tree =
            try self.tree
            ?? SQLiteStatement(connection: source.connection.handle, sql: LegacySecondSQL(source: source).tree)
        self.tree = tree
        let key = rows.legacyCell(1, isUTF16: source.isUTF16)
        let id = MemoryKey(namespace: rows.text(2), key: rows.text(3))
        var builder = LegacyExpectationBuilder()
        tree.bind(1, rows.int64(0))
        defer { tree.reset() }
        do {
            while try tree.step() {
                builder.add(LegacyExpectationBuilder.Node(tree), tree)
            }
        } catch let failure as SQLiteFailure where failure.isTooLarge {
            builder = LegacyExpectationBuilder()
        }
        builder.setCreated(rows.optionalInt64(5))
        let isLeftover = id.namespace == "keyv" && id.key == "undefined" && !builder.hasContent
        let namespace = source.tableSchema.has("namespace") ? rows.legacyCell(6, isUTF16: source.isUTF16) : nil
        let identity = LegacyRow(
            format: source.format, table: source.table, key: key, namespace: namespace
        ).identity
        return LegacySecondRead(
            key: key, identity: identity, id: id, expectation: isLeftover ? nil : builder.expectation,
            isShadowed: rows.int64(4) != 0)
    }
}

/// The statements of the second reading.
private struct LegacySecondSQL {
    let source: LegacySource

    private var table: String { source.table.sqlIdentifier }

    // MARK: Rows

    /// rowid, key, namespace, key within it, shadowed, created_at, namespace column. ?1 is the default namespace, ?2 a
    /// JSON array of the known ones, the longest first. In the first pass nothing can be shadowed.
    func rows(where condition: String, isFirstPass: Bool) -> String {
        let full = source.format == .keyv6 ? "iif(k.namespace <> '', k.namespace || ':' || k.key, k.key)" : "k.key"
        let column = source.tableSchema.has("namespace") ? "namespace" : "''"
        return """
            SELECT id, key, ns, rest, \(isFirstPass ? "FALSE" : shadowed), created, given FROM (
                SELECT id, key, given, created, \(namespace) AS ns, \(rest) AS rest FROM (
                    SELECT rowid AS id, key, \(column) AS given, \(created) AS created, (
                        SELECT n.value FROM json_each(?2) n
                        WHERE substr(\(full), 1, length(n.value) + 1) = n.value || ':'
                        LIMIT 1) AS known, \(full) AS full
                    FROM \(table) k WHERE \(condition) ORDER BY rowid))
            """
    }

    private var namespace: String {
        switch source.format {
        case .keyv, .keyv6:
            "coalesce(known, nullif(given, ''), iif(instr(key, ':') > 1, substr(key, 1, instr(key, ':') - 1), ?1))"
        case .kvMemory1: "coalesce(nullif(given, ''), ?1)"
        case .kvMemory2: "?1"
        }
    }

    private var rest: String {
        switch source.format {
        case .keyv, .keyv6:
            "CASE WHEN known IS NOT NULL THEN substr(full, length(known) + 2) WHEN given <> '' THEN key "
                + "WHEN instr(key, ':') > 1 THEN substr(key, instr(key, ':') + 1) ELSE key END"
        case .kvMemory1, .kvMemory2: "key"
        }
    }

    private var shadowed: String {
        let joined = "EXISTS (SELECT 1 FROM \(table) o WHERE o.key = ns || ':' || rest AND o.rowid <> id"
        return switch source.format {
        case .keyv: "\(joined))"
        case .keyv6:
            "given = '' AND (\(joined) AND o.namespace = '') OR EXISTS ("
                + "SELECT 1 FROM \(table) o WHERE o.key = rest AND o.namespace = ns AND o.rowid <> id))"
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

    /// id, parent, type, key and atom of every part of the row's JSON; the atom of a binary string is NULL and that of
    /// a big integer an integer. ?1 is the rowid.
    var tree: String {
        let atom =
            source.format.isKeyv
            // Between ":" and ";" lie the strings that begin with ":", and ";" itself.
            ? "CASE WHEN t.atom BETWEEN ':' AND ';' THEN CASE WHEN t.atom = ';' THEN ';' "
                + "WHEN substr(t.atom, 1, 8) = ':base64:' THEN NULL "
                + "\(bigInteger)ELSE substr(t.atom, 2) END ELSE t.atom END"
            : "t.atom"
        return "SELECT t.id, t.parent, t.type, t.key, \(atom) FROM \(table) m, json_tree(\(document)) t "
            + "WHERE m.rowid = ?1"
    }

    private var bigInteger: String {
        guard source.format == .keyv6 else { return "" }
        return "WHEN substr(t.atom, 1, 8) = ':bigint:' AND length(t.atom) > 8 "
            + "AND substr(t.atom, 9) NOT GLOB '*[^-0-9]*' THEN CAST(substr(t.atom, 9) AS INTEGER) "
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
        if let links = LegacyLinks(source)?.jsonSQL { members.append("'links', json((\(links)))") }
        return "json_object('value', json_object(\(members.joined(separator: ", "))))"
    }

    private func checked(_ column: String, otherwise: String) -> String {
        "iif(typeof(m.\(column)) = 'text' AND json_valid(m.\(column)), m.\(column), \(otherwise))"
    }
}

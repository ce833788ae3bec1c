import EventLog
import Foundation
import LedgerStorage
import MemoryLedger

/// Reads a projection table's rows as JSON objects.
struct TableRows {
    let table: String
    /// Nil for all that are stored.
    let columns: [String]?

    /// More rows than these are too many for a test.
    static let maximumRows = 100_000

    /// The columns that the rows state, each once, in the order in which they come; nil where they state none.
    static func columns(of rows: [JSONObject]) -> [String]? {
        var columns: [String] = []
        for row in rows {
            for name in row.members.map(\.name) where !columns.contains(where: { $0.hasSameBytes(as: name) }) {
                columns.append(name)
            }
        }
        return columns.isEmpty ? nil : columns
    }

    /// The row in the order of the columns; one that it does not state is left out.
    func line(_ row: JSONObject) -> String {
        guard let columns else { return JSONValue(row).description }
        let members = columns.compactMap { name in row[name].map { JSONObject.Member(name: name, value: $0) } }
        return JSONValue(JSONObject(members)).description
    }

    /// Every row in the order of the primary key.
    ///
    /// - Throws: `EventLogError` with `missingTable`, `invalidArgument` for a column that does not exist, or
    ///   `limitExceeded` beyond `maximumRows`.
    func read(from ledger: MemoryLedger) async throws -> [JSONObject] {
        try await ledger.flushReads()
        return try await ledger.readTables { try read($0) }
    }

    func read(_ sqlite: SQLiteConnection) throws -> [JSONObject] {
        let (stored, order) = try layout(sqlite)
        let names = columns ?? stored
        let list = names.map(Self.quoted).joined(separator: ", ")
        let keys = order.map(Self.quoted).joined(separator: ", ")
        let select = try sqlite.statement("SELECT \(list) FROM \(Self.quoted(table)) ORDER BY \(keys)")
        defer { select.reset() }
        var rows: [JSONObject] = []
        while try select.step() {
            guard rows.count < Self.maximumRows else {
                throw EventLogError(
                    .limitExceeded, "Table \(table) has more than \(Self.maximumRows) rows; compare its digest instead."
                )
            }
            rows.append(
                JSONObject(
                    names.enumerated().map {
                        JSONObject.Member(name: $0.element, value: Self.value(select, Int32($0.offset)))
                    }))
        }
        return rows
    }

    /// The stored columns, and those of the primary key; a table without one is in the order of its columns.
    private func layout(_ sqlite: SQLiteConnection) throws -> (columns: [String], order: [String]) {
        var stored: [String] = []
        var known: [String] = []
        var order: [(place: Int, name: String)] = []
        let info = try sqlite.statement("SELECT name, pk, hidden FROM pragma_table_xinfo(?)")
        info.bind(1, table)
        defer { info.reset() }
        while try info.step() {
            known.append(info.text(0))
            if info.int(2) == 0 { stored.append(info.text(0)) }
            if info.int(1) > 0 { order.append((info.int(1), info.text(0))) }
        }
        guard !stored.isEmpty else {
            throw EventLogError(.missingTable, "There is no table \(table); name one of a projection's.")
        }
        for column in columns ?? [] where !known.contains(column) {
            throw EventLogError(
                .invalidArgument, "Table \(table) has no column \(column); it has \(known.joined(separator: ", ")).")
        }
        let keys = order.sorted { $0.place < $1.place }.map(\.name)
        return (stored, keys.isEmpty ? stored : keys)
    }

    /// Not in double quotes: a column that does not exist would be a text.
    private static func quoted(_ name: String) -> String {
        "`" + name.replacingOccurrences(of: "`", with: "``") + "`"
    }

    private static func value(_ row: SQLiteStatement, _ column: Int32) -> JSONValue {
        switch row.type(column) {
        case 1: JSONValue(row.int64(column))
        case 2: JSONValue(row.double(column))
        case 3: .string(row.text(column))
        case 4: ["$base64": .string(Data(row.bytes(column)).base64EncodedString())]
        default: .null
        }
    }
}

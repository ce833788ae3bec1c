import CFloor
import EventLog
import LedgerCapabilities
import SQLiteEventLog

/// A database that plain C works on.
final class Floor {
    let handle: OpaquePointer
    let path: String

    /// A new database with the settings of the ledger at a path, and with some of its tables, empty.
    init(at path: String, like ledger: String, tables: [String], _ settings: LedgerFileOptions) throws {
        let source = try Floor(reading: ledger, settings)
        let pageBytes = floor_integer(source.handle, "PRAGMA page_size")
        guard let handle = floor_open(path, Int32(pageBytes), 1, Int32(settings.writerCacheKibibytes)) else {
            throw BenchmarkError("The floor's database cannot be made at \(path).")
        }
        self.handle = handle
        self.path = path
        for table in tables { try check(floor_copy_schema(handle, ledger, table)) }
    }

    /// An empty database.
    init(at path: String, _ settings: LedgerFileOptions) throws {
        guard let handle = floor_open(path, 4_096, 1, Int32(settings.writerCacheKibibytes)) else {
            throw BenchmarkError("The floor's database cannot be made at \(path).")
        }
        self.handle = handle
        self.path = path
    }

    init(reading path: String, _ settings: LedgerFileOptions) throws {
        guard let handle = floor_open_readonly(path, Int32(settings.readerCacheKibibytes)) else {
            throw BenchmarkError("\(path) cannot be read.")
        }
        self.handle = handle
        self.path = path
    }

    deinit { floor_close(handle) }

    func check(_ result: some BinaryInteger) throws {
        guard result >= 0 else { throw BenchmarkError("The floor: \(String(cString: floor_message(handle))).") }
    }

    func execute(_ sql: String) throws { try check(floor_execute(handle, sql)) }
    func integer(_ sql: String) -> Int64 { floor_integer(handle, sql) }

    func prepare(_ sql: String) throws -> FloorQuery {
        guard let query = floor_prepare(handle, sql) else {
            throw BenchmarkError("The floor: \(String(cString: floor_message(handle))).")
        }
        return FloorQuery(query)
    }
}

final class FloorQuery {
    let handle: OpaquePointer

    init(_ handle: OpaquePointer) { self.handle = handle }
    deinit { floor_query_free(handle) }
}

/// The rows of a ledger's tables, in memory, to be inserted by plain C.
final class FloorRows {
    private let tables: [(rows: OpaquePointer, perTransaction: Int)]

    /// - Parameter tables: each with the number of rows that go into one transaction.
    init(of ledger: String, _ tables: [(name: String, perTransaction: Int)]) throws {
        self.tables = try tables.map { table in
            guard let rows = floor_rows_load(ledger, table.name) else {
                throw BenchmarkError("The rows of \(table.name) cannot be read from \(ledger).")
            }
            return (rows, table.perTransaction)
        }
    }

    deinit { for table in tables { floor_rows_free(table.rows) } }

    /// Transactions that it takes to insert all of the first table's rows.
    var transactions: Int {
        guard let first = tables.first else { return 0 }
        return (Int(floor_rows_count(first.rows)) + first.perTransaction - 1) / first.perTransaction
    }

    /// Inserts the rows of some transactions. Answers what it took.
    func insert(into floor: Floor, transactions: Range<Int>, _ settings: LedgerFileOptions) throws -> Cost {
        let parts = tables.map { floor_part(rows: $0.rows, rows_per_transaction: Int64($0.perTransaction)) }
        return try cost {
            try floor.check(
                floor_insert(
                    floor.handle, parts, Int32(parts.count), Int64(transactions.lowerBound),
                    Int64(transactions.count), Int32(settings.walCheckpointPages)))
        }
    }
}

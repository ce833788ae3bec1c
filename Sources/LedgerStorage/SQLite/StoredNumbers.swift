import GRDBSQLite

/// A list of integers in work tables of a connection, all 0 at first: each is read and written in place, and what the
/// connection's page cache has no room for is in the file.
///
///     let numbers = try StoredNumbers(count: 1_000_000, named: "sets", in: sqlite)
///     try numbers.set(3, to: numbers[2] + 1)
///
/// Let go of it before the connection is closed.
package final class StoredNumbers {
    package let count: Int
    private let connection: SQLiteConnection
    /// A table for each part: a write through one handle makes SQLite find its place again for every other one that is
    /// open on the same table.
    private let parts: [OpaquePointer]
    private let partNumbers: Int

    /// 64 MiB, where SQLite allows a value of 1,000,000,000 bytes.
    private static let standardPartNumbers = 1 << 23
    private static let numberBytes = MemoryLayout<Int64>.size
    /// Numbers that `forEach` reads at once.
    private static let pieceNumbers = 4_096

    /// - Parameters:
    ///   - name: What the tables' names begin with, of letters.
    ///   - partNumbers: How many a table holds.
    package init(
        count: Int, named name: String, in connection: SQLiteConnection, partNumbers: Int = standardPartNumbers
    ) throws {
        (self.count, self.connection, self.partNumbers) = (count, connection, partNumbers)
        var parts: [OpaquePointer] = []
        do {
            for first in stride(from: 0, to: count, by: partNumbers) {
                let table = "\(name)_\(parts.count)"
                try connection.execute("CREATE TABLE \(table) (id INTEGER PRIMARY KEY, numbers BLOB NOT NULL)")
                let insert = try connection.statement("INSERT INTO \(table) VALUES (1, zeroblob(?))")
                insert.bind(1, min(partNumbers, count - first) * Self.numberBytes)
                try insert.run()
                var part: OpaquePointer?
                let code = sqlite3_blob_open(connection.handle, "main", table, "numbers", 1, 1, &part)
                guard code == SQLITE_OK, let part else { throw Self.failure(connection) }
                parts.append(part)
            }
        } catch {
            for part in parts { sqlite3_blob_close(part) }
            throw error
        }
        self.parts = parts
    }

    deinit { for part in parts { sqlite3_blob_close(part) } }

    /// - Parameter index: less than `count`.
    package subscript(index: Int) -> Int64 {
        get throws {
            var number: Int64 = 0
            let (part, offset) = place(of: index)
            guard sqlite3_blob_read(part, &number, Int32(Self.numberBytes), offset) == SQLITE_OK else {
                throw Self.failure(connection)
            }
            return number
        }
    }

    package func set(_ index: Int, to number: Int64) throws {
        var number = number
        let (part, offset) = place(of: index)
        guard sqlite3_blob_write(part, &number, Int32(Self.numberBytes), offset) == SQLITE_OK else {
            throw Self.failure(connection)
        }
    }

    /// All of them in order.
    package func forEach(_ body: (_ index: Int, _ number: Int64) throws -> Void) throws {
        var piece = [Int64](repeating: 0, count: Self.pieceNumbers)
        var first = 0
        while first < count {
            let (part, offset) = place(of: first)
            let found = min(piece.count, partNumbers - first % partNumbers, count - first)
            guard sqlite3_blob_read(part, &piece, Int32(found * Self.numberBytes), offset) == SQLITE_OK else {
                throw Self.failure(connection)
            }
            for place in 0..<found { try body(first + place, piece[place]) }
            first += found
        }
    }

    private func place(of index: Int) -> (part: OpaquePointer, offset: Int32) {
        (parts[index / partNumbers], Int32(index % partNumbers * Self.numberBytes))
    }

    private static func failure(_ connection: SQLiteConnection) -> SQLiteFailure {
        SQLiteFailure(connection.handle, during: "reading and writing numbers in a work table")
    }
}

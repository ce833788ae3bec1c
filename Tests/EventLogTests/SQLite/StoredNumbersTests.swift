import Foundation
import GRDBSQLite
import LedgerStorage
import Testing

/// Goal: numbers in work tables are those that were set, whatever the tables hold of them, and take no more memory than
/// the connection's page cache has. Method: random numbers, beside an array; SQLite tells what it holds, and the file
/// how long it is.
@Suite struct StoredNumbersTests {
    private static func figure(_ kind: Int32, _ sqlite: SQLiteConnection) -> Int {
        var (now, highest): (Int32, Int32) = (0, 0)
        sqlite3_db_status(sqlite.handle, kind, &now, &highest, 0)
        return Int(now)
    }

    @Test(arguments: [(0, 1), (1, 1), (7, 3), (6, 3), (5_000, 4_096), (5_000, 4_097), (5_000, 100), (20_000, 9_000)])
    func theyAreWhatWasSet(count: Int, partNumbers: Int) throws {
        let file = try LogFile()
        let side = try SideDatabase.unnamed(beside: file.path)
        defer { side.discard {} }
        try side.runAndWait { sqlite in
            let numbers = try StoredNumbers(count: count, named: "n", in: sqlite, partNumbers: partNumbers)
            var expected = [Int64](repeating: 0, count: count)
            for index in 0..<count where index % 3 > 0 {
                expected[index] = [.min, -1, .max, Int64(index)][index % 4]
                try numbers.set(index, to: expected[index])
            }
            var found: [Int64] = []
            try numbers.forEach { index, number in
                let alone = try numbers[index]
                #expect(index == found.count && alone == number)
                found.append(number)
            }
            #expect(found == expected)
        }
    }

    @Test func theRestIsInTheFile() throws {
        let (count, cacheKibibytes) = (1_000_000, 256)
        let file = try LogFile()
        let path = file.path + "-numbers"
        let side = try SideDatabase(path: path, rights: .ofOwner, cacheKibibytes: cacheKibibytes)
        defer { side.discard {} }
        try side.runAndWait { sqlite in
            let numbers = try StoredNumbers(count: count, named: "n", in: sqlite)
            // In steps that go all over the file.
            for step in 0..<20_000 { try numbers.set(step * 7_919 % count, to: Int64(step)) }
            for step in 0..<20_000 {
                let number = try numbers[step * 7_919 % count]
                #expect(number == step)
            }
            #expect(Self.figure(SQLITE_DBSTATUS_CACHE_USED, sqlite) < 2 * cacheKibibytes << 10)
            let bytes = try #require(FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
            #expect(bytes > 8 * count - cacheKibibytes << 10)
        }
    }

    @Test func anotherTableOfTheNameIsSaid() throws {
        let file = try LogFile()
        let side = try SideDatabase.unnamed(beside: file.path)
        defer { side.discard {} }
        try side.runAndWait { sqlite in
            try sqlite.execute("CREATE TABLE n_1 (id)")
            #expect(throws: SQLiteFailure.self) {
                try StoredNumbers(count: 2, named: "n", in: sqlite, partNumbers: 1)
            }
        }
    }
}

import LedgerStorage
import Testing

/// Goal: what is remembered of a file is read again as soon as it may have changed, and not before. Method: two
/// connections on one file, each change by one of them, and what the other is told.
@Suite struct FileVersionTests {
    private let folder: TestFolder
    private let own: QueuedConnection
    private let other: QueuedConnection
    private final class Writer {}
    private let writer = Writer()

    init() throws {
        folder = try TestFolder()
        let path = folder.path("file")
        var options = QueuedConnection.Options()
        options.holdsTransactions = true
        own = try QueuedConnection(path: path, options)
        try own.run { try $0.execute("PRAGMA journal_mode = WAL; CREATE TABLE t (a)") }
        other = try QueuedConnection(path: path, options)
    }

    private func insert(_ sqlite: SQLiteConnection) throws { try sqlite.execute("INSERT INTO t VALUES (1)") }

    private func writing(_ sqlite: SQLiteConnection, by writer: AnyObject?) throws -> FileVersion {
        try sqlite.transaction(by: writer) {
            try insert(sqlite)
            return try sqlite.fileVersion
        }
    }

    @Test func aWritersOwnCommitIsNoChange() throws {
        let first = try own.run { try writing($0, by: writer) }
        #expect(try own.run { try writing($0, by: writer) } == first)
    }

    @Test func whatAnotherConnectionCommitsIsOne() throws {
        let first = try own.run { try writing($0, by: writer) }
        try other.run { try insert($0) }
        let second = try own.run { try writing($0, by: writer) }
        #expect(second != first)
        #expect(try own.run { try writing($0, by: writer) } == second)
    }

    @Test func whatAnybodyElseCommitsOnTheSameConnectionIsOne() throws {
        let others: [(SQLiteConnection) throws -> Void] = [
            { _ = try writing($0, by: nil) }, { _ = try writing($0, by: Writer()) }, { try insert($0) },
        ]
        for change in others {
            let first = try own.run { try writing($0, by: writer) }
            try own.run(change)
            #expect(try own.run { try writing($0, by: writer) } != first)
        }
    }

    /// It has the connection, and must go with it.
    @Test func aWriterIsNotKept() throws {
        weak var kept: Writer?
        func write() throws {
            let writer = Writer()
            kept = writer
            _ = try own.run { try writing($0, by: writer) }
        }
        try write()
        #expect(kept == nil)
    }

    @Test func aRollbackIsOne() throws {
        struct Refused: Error {}
        let first = try own.run { try writing($0, by: writer) }
        #expect(throws: Refused.self) {
            try own.run { sqlite in try sqlite.transaction(by: writer) { throw Refused() } }
        }
        #expect(try own.run { try writing($0, by: writer) } != first)
    }

    @Test func aSnapshotsVersionStandsStill() throws {
        try other.run { sqlite in
            let before = try sqlite.fileVersion
            #expect(try sqlite.fileVersion == before)
            try sqlite.execute("BEGIN")
            #expect(try sqlite.fileVersion == before)
            try own.run { try insert($0) }
            #expect(try sqlite.fileVersion == before)
            try sqlite.execute("COMMIT")
            #expect(try sqlite.fileVersion != before)
        }
    }

    /// Nothing says which of its own changes were there.
    @Test func withinAnotherKindOfTransactionNothingIsTheSame() throws {
        try own.run { sqlite in
            try sqlite.execute("BEGIN IMMEDIATE")
            let first = try sqlite.fileVersion
            #expect(try sqlite.fileVersion != first)
            try sqlite.execute("ROLLBACK")
        }
    }

    @Test func whatIsRememberedIsReadAgain() throws {
        final class Count {
            let value: Int64?
            init(_ value: Int64?) { self.value = value }
        }
        var reads = 0
        func count(_ sqlite: SQLiteConnection) throws -> Int64? {
            let known = try sqlite.known {
                reads += 1
                return Count(try $0.integer("SELECT count(*) FROM t"))
            }
            #expect(sqlite.lastKnown === known || sqlite.isInTransaction)
            return (known as? Count)?.value
        }
        try other.run { sqlite in
            var counts = [try count(sqlite), try count(sqlite)]
            #expect(counts == [0, 0])
            #expect(reads == 1)
            try own.run { try insert($0) }
            counts = [try count(sqlite), try count(sqlite)]
            #expect(counts == [1, 1])
            #expect(reads == 2)
            try insert(sqlite)
            #expect(try count(sqlite) == 2)
            #expect(reads == 3)
            // Within a transaction that writes it is not remembered.
            try sqlite.transaction {
                #expect(try count(sqlite) == 2)
                try insert(sqlite)
                #expect(try count(sqlite) == 3)
            }
            #expect(try count(sqlite) == 3)
        }
    }

    /// The same text at one place, at another one, and another text where the first one was.
    @Test func statementsAreFoundByTheirTexts() throws {
        try own.run { sqlite in
            func text(_ number: Int) -> String { "SELECT \(number) AS a_number_by_itself" }
            let kept = text(1)
            let first = try sqlite.statement(kept)
            #expect(try sqlite.statement(kept) === first)
            #expect(try sqlite.statement(text(1)) === first)
            for number in 2..<2_000 { #expect(try sqlite.integer(text(number)) == Int64(number)) }
            #expect(try sqlite.integer(kept) == 1)
            #expect(try sqlite.integer(text(1)) == 1)
            let now = try sqlite.statement(kept)
            sqlite.forgetStatements()
            #expect(try sqlite.statement(kept) !== now)
        }
    }
}

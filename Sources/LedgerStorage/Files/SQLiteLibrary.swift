import CLedgerShims

/// What holds for all of a process's connections.
enum SQLiteLibrary {
    /// To be called before anything of SQLite is, as often as it comes.
    ///
    /// SQLite counts its memory under one lock for the process, which readers and the writer waited for with each
    /// allocation. Its heap is counted for each thread, so that a statement from outside can be bounded
    /// (`StatementGuard`). A program that has used SQLite before this library keeps what it has set, and has no such
    /// bound.
    static func prepare() { _ = isPrepared }

    private static let isPrepared = {
        memledger_disable_memory_statistics() == SQLITE_OK && memledger_count_heap() == SQLITE_OK
            && memledger_enable_uris() == SQLITE_OK
    }()
}

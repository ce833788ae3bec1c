import Foundation
import GRDBSQLite
package import LedgerStorage
import Synchronization

extension LedgerFile {
    /// Runs the body on a reading connection, which a single statement of it may keep busy for minutes: that ends when
    /// the task is cancelled.
    ///
    /// - Parameter look: called every few milliseconds of it.
    /// - Throws: `CancellationError`, or what the body throws.
    package func longRead<T>(
        _ look: @escaping @Sendable () -> Void, _ body: (SQLiteConnection) throws -> T
    ) async throws -> T {
        try Task.checkCancellation()
        let watch = StatementWatch(look)
        return try await withTaskCancellationHandler {
            try read { sqlite in
                watch.attach(to: sqlite)
                defer { watch.detach(from: sqlite) }
                do { return try body(sqlite) } catch let failure as SQLiteFailure
                    where failure.primaryCode == SQLITE_INTERRUPT
                {
                    throw CancellationError()
                }
            }
        } onCancel: {
            watch.cancel()
        }
    }

    /// Copies the database as it is now to a file that must not exist or be empty, without syncing it. It is of one
    /// snapshot, and has neither free pages nor what may still stand in them.
    ///
    /// - Parameter progress: gets the bytes that were written, of how many at most.
    /// - Throws: `EventLogError`, `CancellationError`; then part of it may be there.
    @concurrent package func copy(
        to target: String, _ progress: @escaping @Sendable (Int64, Int64) -> Void = { _, _ in }
    ) async throws {
        let total = sizeBytes
        try await longRead {
            var status = stat()
            if stat(target, &status) == 0 { progress(min(Int64(status.st_size), total), total) }
        } _: { sqlite in
            let copy = try sqlite.statement("VACUUM INTO ?")
            copy.bind(1, target)
            try copy.run()
        }
    }
}

/// Looks how a statement goes on, and stops it when its result is not wanted any more.
private final class StatementWatch: Sendable {
    private let look: @Sendable () -> Void
    private let isCancelled = Atomic<Bool>(false)

    /// Instructions of SQLite's machine from one look to the next: some milliseconds.
    private static let instructions: Int32 = 20_000

    init(_ look: @escaping @Sendable () -> Void) { self.look = look }

    func cancel() { isCancelled.store(true, ordering: .relaxed) }

    /// It must be detached again before it goes.
    func attach(to sqlite: SQLiteConnection) {
        sqlite3_progress_handler(
            sqlite.handle, Self.instructions,
            { context in
                guard let context else { return 0 }
                return Unmanaged<StatementWatch>.fromOpaque(context).takeUnretainedValue().goesOn() ? 0 : 1
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    func detach(from sqlite: SQLiteConnection) { sqlite3_progress_handler(sqlite.handle, 0, nil, nil) }

    private func goesOn() -> Bool {
        look()
        return !isCancelled.load(ordering: .relaxed)
    }
}

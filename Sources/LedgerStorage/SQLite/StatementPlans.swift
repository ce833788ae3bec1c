import GRDBSQLite
import Synchronization

/// How SQLite would run each statement that this process prepares, for tests that look for scans.
package enum StatementPlans {
    /// - Parameter plan: the steps, as `EXPLAIN QUERY PLAN` has them: `SEARCH events USING INTEGER PRIMARY KEY (…)`.
    package typealias Observer = @Sendable (_ sql: String, _ plan: [String]) -> Void

    private static let observer = Mutex<Observer?>(nil)
    private static let isObserved = Atomic<Bool>(false)

    /// Calls back with every statement that is prepared from now on, in any thread.
    package static func observe(_ observer: @escaping Observer) {
        self.observer.withLock { $0 = observer }
        isObserved.store(true, ordering: .releasing)
    }

    static func note(_ sql: String, on connection: OpaquePointer) {
        guard isObserved.load(ordering: .relaxed), let observer = observer.withLock({ $0 }) else { return }
        observer(sql, plan(of: sql, on: connection))
    }

    /// Empty for what has no plan, such as a PRAGMA.
    private static func plan(of sql: String, on connection: OpaquePointer) -> [String] {
        let planned: Set<Substring> = ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "REPLACE"]
        guard let first = sql.split(whereSeparator: \.isWhitespace).first, planned.contains(first) else { return [] }
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(connection, "EXPLAIN QUERY PLAN " + sql, -1, &statement, nil) == SQLITE_OK else {
            return []
        }
        defer { sqlite3_finalize(statement) }
        var steps: [String] = []
        while sqlite3_step(statement) == SQLITE_ROW {
            if let text = sqlite3_column_text(statement, 3) { steps.append(String(cString: text)) }
        }
        return steps
    }
}

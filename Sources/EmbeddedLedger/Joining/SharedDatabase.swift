package import EventLog
import LedgerCapabilities
package import LedgerStorage
package import Projections
package import SQLiteEventLog

/// The ledger's own file as the database of its projections: log and tables are in one file, and commit together.
package struct SharedDatabase: ProjectionDatabase {
    private let log: SQLiteEventLog

    package init(_ log: SQLiteEventLog) { self.log = log }

    package var path: String { log.path }
    package var sizeBytes: Int64 { log.file.sizeBytes }
    package var signal: HeadSignal { log.signal }
    package var tableNames: [String] { SQLiteEventLog.tableNames }

    package var settings: ProjectionSettings {
        let options = log.file.options
        return ProjectionSettings(
            isReadOnly: options.access == .readOnly, busyTimeoutMilliseconds: options.busyTimeoutMilliseconds,
            readers: options.readers, logger: options.logger)
    }

    package func read<T>(_ body: (SQLiteConnection) throws -> T) throws -> T { try log.file.read(body) }
    package func readSnapshot<T>(_ body: (SQLiteConnection) throws -> T) throws -> T {
        try log.file.readSnapshot(body)
    }

    package func openReader(holdsTransactions: Bool) throws -> QueuedConnection {
        try log.file.openReader(holdsTransactions: holdsTransactions)
    }

    package func onWriter<T: Sendable>(_ body: @escaping @Sendable (SQLiteConnection) throws -> T) async throws -> T {
        try await log.onWriter(body)
    }

    package func committed(_ sqlite: SQLiteConnection) -> any CommittedLog { log.committed(sqlite) }
    package func lockedCategories(_ sqlite: SQLiteConnection) throws -> LockedCategories {
        try log.lockedCategories(sqlite)
    }

    package func bind() async throws {}
    package func refuseOlderPrograms(_ sqlite: SQLiteConnection) throws { try log.file.refuseOlderPrograms(sqlite) }

    /// The log closes its file.
    package func close() async {}

    package func checkOutput(_ path: String) throws { try log.protectedFiles.check(path) }
}

extension ProjectionStore {
    /// The projections that share the log's file.
    package convenience init(
        log: SQLiteEventLog, projectors: [any Projector], deliveries: [String: ProjectionDelivery] = [:],
        upcasters: UpcasterChain = UpcasterChain(),
        monotonicTime: @escaping @Sendable () -> Duration = ProjectionStore.runningTime
    ) {
        self.init(
            log: log, database: SharedDatabase(log), participating: log, projectors: projectors,
            deliveries: deliveries, upcasters: upcasters, clock: log.clock, monotonicTime: monotonicTime)
    }
}

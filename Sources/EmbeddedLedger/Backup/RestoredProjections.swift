import EventLog
import LedgerStorage
import Projections

/// What became of the projections of a ledger that was restored: their tables are held against the log, because no key
/// has signed what a backup says of them.
public struct RestoredProjections: Hashable, Sendable {
    /// Those whose tables were not what the log says. They were built again.
    public var rebuilt: [String] = []
    /// Those that cannot be built here, each with the reason: their tables are as the backup had them.
    public var notCompared: [NotCompared] = []
    /// Those that this program does not build. They are built again when the ledger is opened by one that does.
    public var outdated: [String] = []

    /// A projection that could not be built beside, and why.
    public struct NotCompared: Hashable, Sendable {
        public var projection: String
        public var reason: String
    }

    public init() {}

    /// Every table holds what the log says, or will before it is read.
    public var areAsTheLogSays: Bool { rebuilt.isEmpty && notCompared.isEmpty }
}

extension ProjectionStore {
    /// What may keep a projection from being built: an event that its projector refuses, or cannot read.
    private static let obstacles: [EventLogError.Code] = [.projectionFailed, .masterKeyMissing, .masterKeyWrong]

    /// Makes the tables of a ledger that no other process has open what its log says.
    func settleRestored(
        _ progress: @escaping @Sendable (BackupProgress) -> Void
    ) async throws -> RestoredProjections {
        var settled = RestoredProjections()
        try await takeOver()
        settled.outdated = try await database.onWriter { sqlite in
            try sqlite.transaction { try self.outdateOthers(sqlite) }
        }
        try await prepare()
        // All in one reading of the log; one by one if that fails, so that none keeps another from being compared.
        var groups = [projectors][...]
        while let group = groups.popFirst() {
            let names = group.flatMap(\.projections).map(\.name)
            do {
                let report = try await verify(names) { progress(BackupProgress(.comparing, $0.position, $0.head)) }
                let different = report.comparisons.filter { $0.outcome != .equal }.map(\.projection)
                if different.isEmpty { continue }
                settled.rebuilt += try await rebuild(different, onDifference: .ignore).projections.map(\.name)
            } catch let error as EventLogError where Self.obstacles.contains(error.code) {
                if group.count > 1 {
                    groups += group.map { [$0] }
                } else {
                    settled.notCompared += names.map { .init(projection: $0, reason: error.message) }
                }
            }
        }
        // These were not compared, and a rollback could go back to them.
        try await forgetFormer()
        return settled
    }

    /// No projector has version 0, so a program that has these builds them again.
    private func outdateOthers(_ sqlite: SQLiteConnection) throws -> [String] {
        let others = try ForeignProjections(to: self, sqlite).states.map(\.name)
        for name in others { try ProjectionTables.outdate(name, sqlite) }
        return others
    }
}

import EventLog
import LedgerStorage
import Logging

/// Letting go of generations, and of projections that this program does not build.
extension ProjectionStore {
    /// Drops the tables of former generations. The file does not shrink by it; the next rebuild uses the space.
    ///
    /// A projection that no projector of this program builds is dropped as a whole if it is named, its tables too: see
    /// `ForeignProjections`.
    ///
    /// - Returns: the generations that are gone.
    /// - Throws: `unknownProjection`; `invalidArgument` if it was not noted which tables a projection that is named
    ///   has; `busy` where a rebuild is under way, which may be going back to what would be
    ///   dropped.
    @discardableResult
    package func forgetFormer(_ names: [String]? = nil) async throws -> [ProjectionState] {
        let foreign = try database.readSnapshot { try ForeignProjections(to: self, $0).named(names ?? []) }
        let chosen = try chosen(names.map { names in names.filter { !foreign.contains(ByteText($0)) } })
        try await takeOver()
        let lock = try await RebuildLock(database)
        defer { lock.release() }
        return try await database.onWriter { [self] sqlite in
            sqlite.forgetStatements()
            return try sqlite.transaction {
                let former = try chosen.compactMap { projection in
                    let former = try FormerGeneration.drop(projection, sqlite)
                    if let serving = try ProjectionState.load(projection, sqlite) {
                        try DeadLetters.keepOnly([serving.generation], of: projection.name, sqlite)
                    }
                    return former
                }
                // Another process may have been faster, so it is looked at again.
                return try former + ForeignProjections(to: self, sqlite).drop(foreign, sqlite)
            }
        }
    }
}

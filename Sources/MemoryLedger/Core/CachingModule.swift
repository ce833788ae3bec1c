package import Projections

/// A module that keeps in memory what was read of its tables.
package protocol CachingModule: LedgerModule {
    /// Of one ledger.
    func makeCache() -> any ModuleCache
}

/// What a module keeps of its tables: it is told of each event of this process, and asks before each answer whether
/// others have written (`ServingStamp`).
package protocol ModuleCache: ServingObserver {
    var figures: CacheFigures { get }
}

/// How well a cache does.
public struct CacheFigures: Hashable, Sendable {
    /// Answers that were made without the tables' rows, since the ledger was opened.
    public var hits: Int64 = 0
    /// Answers for which rows were read.
    public var misses: Int64 = 0
    /// What is kept now.
    public var entries = 0
    /// What it takes, about.
    public var bytes = 0
    /// Beyond, what was not used for longest goes.
    public var maximumBytes = 0

    package init() {}
}

extension MemoryLedger {
    /// What modules keep in memory, by the modules' names.
    public var cacheFigures: [String: CacheFigures] { parts.caches.mapValues(\.figures) }
}

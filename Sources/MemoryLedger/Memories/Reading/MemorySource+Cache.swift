package import LedgerStorage
package import Projections

extension MemorySource {
    /// What a module keeps of the tables that are read; nil if they are of a moment, or nothing of them is kept.
    package func cache(of module: String) -> (any ModuleCache)? { moment == nil ? parts.caches[module] : nil }

    /// What the tables depend on, in the connection's snapshot; only if there is a cache.
    package func stamp(_ tables: SQLiteConnection) throws -> ServingStamp { try parts.store.stamp(tables) }
}

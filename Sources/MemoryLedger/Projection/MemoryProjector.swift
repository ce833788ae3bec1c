package import EventLog
package import LedgerStorage
package import Projections

/// Builds `memories`, `memory_links`, the statistics and the imports' outcomes from the events of memories.
///
/// Invariants:
/// 1. Deleting the tables and replaying the log gives the same rows (test: rebuild gives equal digests).
/// 2. `in_degree` of a memory, or of a key in `link_targets`, is the number of rows of `memory_links` that point at it.
/// 3. The `links` column of a memory and its rows in `memory_links`, in the order of their ids, say the same; a row's
///    `to_key` is what the link's key means (`MemoryKey.resolved`), and `given_key` the key where that is another one.
/// 4. `ended_links` holds every link to a key that `memory_links` once held and no longer does; so both together tell
///    the `in_degree` of a key at any position.
/// 5. Each row of a legacy source stands in `import_rows` once, with its last outcome.
/// 6. `prefixed_lives` tells for every key with a prefix, and every position, whether it held a memory.
/// 7. `quarantined` holds what comes from an origin in `quarantines`, and what was derived from that, over any number
///    of steps, and nothing else; `ended_quarantines` says when it once held what it no longer holds.
package struct MemoryProjector: Projector {
    package static let projectionName = "memories"
    static let currentVersion = 4

    package let name = MemoryProjector.projectionName
    package let version = MemoryProjector.currentVersion
    package let eventTypes: Set<EventType>? = MemoryEvent.Name.all.union(QuarantineEvent.Name.all)
        .union([LedgerPolicyChange.eventType, LedgerEvent.Name.subjectErased])
    package var schema: ProjectionSchema { Self.schema }

    package static let schema = {
        var schema = ProjectionSchema(script: String(decoding: PackageResources.memories_sql, as: UTF8.self))
        schema.lookupIndexes = Set(lookupIndexes)
        return schema
    }()

    /// Memories are looked up by their keys, links by the keys that they point at, and rows of legacy sources by the
    /// number that memories know.
    static let lookupIndexes = ["idx_memories_key", "idx_memory_links_to_key", "idx_import_rows_id"] + indexesOfOrigins
    /// What a memory that is put back came from.
    static let indexesOfOrigins = ["idx_memory_origins_memory", "idx_memory_derivations_memory"]

    package init() {}

    package func makeSession(_ sqlite: SQLiteConnection, isBeingBuilt: Bool) -> any ProjectionSession {
        MemorySession(sqlite, isBeingBuilt: isBeingBuilt)
    }
}

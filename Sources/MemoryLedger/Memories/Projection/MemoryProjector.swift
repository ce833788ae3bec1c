package import EventLog
package import LedgerStorage
package import Projections

/// Builds `memories`, `memory_links`, the statistics and the imports' outcomes from the events of memories: a
/// projection for each concern, in one run, because their rows depend on each other.
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
/// 7. `quarantined` holds what comes from a contributor in `quarantines`, and what was derived from that, over any
///    number of steps, and nothing else; `ended_quarantines` says when it once held what it no longer holds.
/// 8. `memories` and `ended_texts` together hold every text that was ever under a key and was not erased, each with the
///    position since which it stood; no two began at the same one.
package struct MemoryProjector: Projector {
    package static let projectionName = "memories"
    /// Which texts stood from when to when.
    static let textsName = "memory_texts"
    /// What the ledger demands of everybody.
    static let policyName = "ledger_policy"

    package let name = MemoryProjector.projectionName
    package let version = MemoryProjector.memories.version
    package let eventTypes: Set<EventType>? = MemoryEvent.Name.all.union(QuarantineEvent.Name.all)
        .union([LedgerPolicyChange.eventType, LedgerEvent.Name.subjectErased])
    package var schema: ProjectionSchema { Self.schema }
    package var projections: [ProjectionDefinition] { Self.definitions }

    // MARK: What it builds

    private static let memories = definition(
        projectionName, version: 4, PackageResources.memories_sql, lookupIndexes: ["idx_memories_key"])

    /// All but the texts were one projection up to its version 4, so each begins with that.
    ///
    /// The indexes are those that events look rows up by: memories by their keys, links by the keys that they point at,
    /// rows of legacy sources by the number that memories know.
    static let definitions = [
        memories,
        definition(
            "memory_links", version: 4, PackageResources.memory_links_sql, lookupIndexes: ["idx_memory_links_to_key"]),
        definition("memory_past", version: 4, PackageResources.memory_past_sql),
        definition(
            textsName, version: 1, PackageResources.memory_texts_sql, lookupIndexes: ["idx_ended_texts_memory"]),
        definition(
            "memory_provenance", version: 4, PackageResources.memory_provenance_sql, lookupIndexes: indexesOfProvenance),
        definition("memory_quarantine", version: 4, PackageResources.memory_quarantine_sql),
        definition("memory_statistics", version: 4, PackageResources.memory_statistics_sql),
        definition(
            "memory_imports", version: 4, PackageResources.memory_imports_sql, lookupIndexes: ["idx_import_rows_id"]),
        definition(policyName, version: 4, PackageResources.ledger_policy_sql),
    ]

    private static func definition(
        _ name: String, version: Int, _ script: [UInt8], lookupIndexes: [String] = []
    ) -> ProjectionDefinition {
        var schema = ProjectionSchema(script: String(decoding: script, as: UTF8.self))
        schema.lookupIndexes = Set(lookupIndexes)
        return ProjectionDefinition(name: name, version: version, schema: schema)
    }

    package static let schema = ProjectionSchema(joining: definitions.map(\.schema))

    static let lookupIndexes = definitions.flatMap { $0.schema.lookupIndexes?.sorted() ?? [] }
    /// What a memory that is put back came from.
    static let indexesOfProvenance = ["idx_memory_origins_memory", "idx_memory_derivations_memory"]

    package init() {}

    package func makeWriter(_ sqlite: SQLiteConnection, isBeingBuilt: Bool) -> any ProjectionWriter {
        MemoryWriter(sqlite, isBeingBuilt: isBeingBuilt)
    }
}

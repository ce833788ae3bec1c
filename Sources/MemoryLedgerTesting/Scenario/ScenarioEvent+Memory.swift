public import EventLog
public import MemoryLedger

/// Every event that a memory can have, as `Schemas/proto` defines them.
extension ScenarioEvent {
    /// A memory was written under a key that held none.
    public static func memoryAdded(
        _ memory: MemoryKey, _ content: MemoryContent, from provenance: Provenance? = nil
    ) -> ScenarioEvent {
        ScenarioEvent(memory, .added(content, from: provenance))
    }

    /// A memory was written in the place of the one that the key held.
    public static func memoryReplaced(
        _ memory: MemoryKey, _ content: MemoryContent, from provenance: Provenance? = nil
    ) -> ScenarioEvent {
        ScenarioEvent(memory, .replaced(content, from: provenance))
    }

    /// Some fields of a memory were changed.
    public static func memoryUpdated(
        _ memory: MemoryKey, _ change: MemoryChange, from provenance: Provenance? = nil
    ) -> ScenarioEvent {
        ScenarioEvent(memory, .updated(change, from: provenance))
    }

    /// A memory moved to another key: the event in the stream that it left. `memoryNameTaken` is its other half.
    public static func memoryRenamed(_ memory: MemoryKey, to newKey: String) -> ScenarioEvent {
        ScenarioEvent(memory, .renamed(newKey: newKey))
    }

    /// A memory came from another key: the event in the stream that it came to.
    public static func memoryNameTaken(_ memory: MemoryKey, from oldKey: String) -> ScenarioEvent {
        ScenarioEvent(memory, .nameTaken(oldKey: oldKey))
    }

    /// A memory was deleted.
    public static func memoryDeleted(_ memory: MemoryKey) -> ScenarioEvent { ScenarioEvent(memory, .deleted) }

    /// A memory's statistics were set.
    public static func memoryMetaSet(_ memory: MemoryKey, _ values: MemoryMetaValues) -> ScenarioEvent {
        ScenarioEvent(memory, .metaSet(values))
    }

    /// A memory was put back as it was at an earlier position.
    ///
    /// - Parameter expiresAt: When it is no longer shown; nil: it stays.
    public static func memoryRestored(
        _ memory: MemoryKey, _ content: MemoryContent, _ statistics: MemoryMetaValues, expiresAt: Timestamp? = nil,
        asOf position: Position
    ) -> ScenarioEvent {
        ScenarioEvent(
            memory,
            .restored(
                MemoryRestoration(
                    content: content, statistics: statistics, expiresAt: expiresAt, asOf: position)))
    }

    /// A link was added, or its term and weight set.
    public static func memoryLinked(_ memory: MemoryKey, _ link: MemoryLink) -> ScenarioEvent {
        ScenarioEvent(memory, .linked(link))
    }

    /// The links to a key were taken away: all, or those of a type and a term.
    public static func memoryUnlinked(
        _ memory: MemoryKey, from key: String, type: String? = nil, term: String? = nil
    ) -> ScenarioEvent {
        ScenarioEvent(memory, .unlinked(key: key, type: type, term: term))
    }

    /// A memory was read.
    public static func memoryAccessed(_ memory: MemoryKey) -> ScenarioEvent { ScenarioEvent(memory, .accessed) }

    /// Somebody went through a memory on the way to another.
    public static func memoryTraversed(_ memory: MemoryKey) -> ScenarioEvent { ScenarioEvent(memory, .traversed) }

    // MARK: Quarantines

    /// What comes from an origin was taken out of the results.
    public static func sourceQuarantined(_ contributor: Contributor, reason: String? = nil) -> ScenarioEvent {
        ScenarioEvent(QuarantineEvent.stream, QuarantineEvent.quarantined(contributor, reason: reason))
    }

    /// What a quarantine held back was brought back.
    public static func sourceReleased(_ contributor: Contributor, reason: String? = nil) -> ScenarioEvent {
        ScenarioEvent(QuarantineEvent.stream, QuarantineEvent.released(contributor, reason: reason))
    }

    // MARK: Imports

    /// The import of a Keyv database began.
    ///
    /// - Parameter source: Any name; the events of one source have the same.
    public static func legacyImportStarted(source: String = "keyv.db", table: String = "keyv") -> ScenarioEvent {
        let hash = standInHash(source)
        return ScenarioEvent(
            MemoryStream.importStream(lineage: hash),
            MemoryEvent.legacyImportStarted(
                LegacyImportStart(
                    path: source, sourceSHA256: hash, lineage: hash, format: LegacyFormat.keyv.rawValue, table: table,
                    sizeBytes: 0)))
    }

    /// A row of a Keyv database was imported, as @keyv/sqlite 3 or 4 wrote it.
    ///
    /// - Parameters:
    ///   - rawKey: The key column, `mem:tea`.
    ///   - rawValue: The value column, `{"value":{"summary":"Likes tea"}}`.
    ///   - source: As in `legacyImportStarted`, which comes first.
    ///   - time: When it was imported, which decides whether the row has expired.
    public static func legacyRowImported(
        rawKey: String, rawValue: String, source: String = "keyv.db", table: String = "keyv",
        at time: Timestamp = FixedClock.start
    ) -> ScenarioEvent {
        let hash = standInHash(source)
        let row = LegacyRow(
            format: .keyv, table: table, key: .text(Array(rawKey.utf8)), value: .text(Array(rawValue.utf8)))
        let memory = LegacyMapping().identify(row)
        let event = LegacyRowImport(
            row: row, sourceSHA256: hash, lineage: hash, namespace: memory?.namespace, knownNamespaces: [],
            keepExpired: false, importedAt: time, truncatedAtBytes: nil)
        let stream = memory.map { MemoryStream.name($0) } ?? MemoryStream.importStream(lineage: hash)
        return ScenarioEvent(stream, MemoryEvent.legacyRowImported(event))
    }

    /// In the place of the hash of a file that does not exist: the name, repeated to 32 bytes.
    private static func standInHash(_ source: String) -> [UInt8] {
        let bytes = Array(source.utf8)
        return (0..<32).map { bytes.isEmpty ? 0 : bytes[$0 % bytes.count] }
    }
}

import EventLog
import LedgerStorage
import Projections

/// What a command sees of the present state while it decides, and what it wants appended.
///
/// A decision is pure but for reading the projection: it may be made again where the log refuses it because another
/// process was faster.
///
/// Invariant: each memory's place is read once, before anything else of it, and the log is asked to append at that
/// place. So what was checked still holds when the events are appended, or the log refuses them.
struct Decision {
    /// What the log said of streams that were not as the projection had it: deleted or renamed memories' streams.
    var knownVersions: [StreamName: StreamVersion]
    let now: Timestamp
    private let parts: LedgerParts
    private let attribution: Attribution
    private(set) var appends: [StreamAppend] = []
    private var places: [MemoryKey: MemoryRows.Head?] = [:]
    /// Keys with a prefix that hold no memory, because of which others were taken.
    private var absent: Set<MemoryKey> = []

    init(_ parts: LedgerParts, _ attribution: Attribution, _ knownVersions: [StreamName: StreamVersion]) {
        self.parts = parts
        self.attribution = attribution
        self.knownVersions = knownVersions
        now = parts.now
    }

    /// The memory's place; nil where the key holds none that is shown.
    mutating func head(_ memory: MemoryKey) throws -> MemoryRows.Head? {
        guard let head = try stored(memory), !head.hasExpired else { return nil }
        return head
    }

    /// The memory that a key means. What was decided holds only as long as it means that.
    mutating func resolve(_ memory: MemoryKey) throws -> MemoryKey {
        try memory.resolved { key in
            if try head(key) != nil { return true }
            absent.insert(key)
            return false
        }
    }

    /// The memory that a link's key means, which may mean another one by the time that the events are appended.
    mutating func target(_ key: String, in namespace: String) throws -> MemoryKey {
        try MemoryKey(namespace: namespace, key: key).resolved { try head($0) != nil }
    }

    /// With keys that mean what they mean now.
    mutating func resolve(_ provenance: Provenance?) throws -> Provenance? {
        guard var provenance, provenance.derivedFrom.contains(where: \.hasPrefix) else { return provenance }
        var keys: [MemoryKey] = []
        for key in provenance.derivedFrom {
            let key = try resolve(key)
            if !keys.contains(key) { keys.append(key) }
        }
        provenance.derivedFrom = keys
        return provenance
    }

    private mutating func stored(_ memory: MemoryKey, withContent: Bool = false) throws -> MemoryRows.Head? {
        if let known = places[memory], !withContent || known.map({ $0.content != nil }) ?? true { return known }
        let place = try parts.tables.read { try MemoryRows.head(memory, now: now, withContent: withContent, $0) }
        // Where it was is what the log is asked for, even if more was read of it later.
        if places[memory] == nil { places.updateValue(place, forKey: memory) }
        return place
    }

    /// What a memory holds, in one read with its place.
    ///
    /// - Throws: as `existing`.
    mutating func content(of memory: MemoryKey, expecting: StreamVersion?) throws -> MemoryContent {
        guard let content = try stored(memory, withContent: true)?.content else {
            throw MemoryLedgerError.notFound(memory)
        }
        _ = try existing(memory, expecting: expecting)
        return content
    }

    /// The memory's place.
    ///
    /// - Throws: `notFound`; `quarantined`; `conflict` where it is not at the version that the caller expects.
    @discardableResult
    mutating func existing(
        _ memory: MemoryKey, expecting: StreamVersion?, orQuarantined: Bool = false
    ) throws -> MemoryRows.Head {
        guard let head = try head(memory) else { throw MemoryLedgerError.notFound(memory) }
        if head.isQuarantined, !orQuarantined { throw MemoryLedgerError.quarantined(memory) }
        if let expecting, head.contentVersion != expecting {
            throw MemoryLedgerError.conflict(memory, expected: expecting, found: head.contentVersion)
        }
        return head
    }

    /// Appends events to a memory's stream, provided that nothing has happened to it since it was looked at.
    mutating func append(_ events: [MemoryEvent], to memory: MemoryKey) throws {
        try append(events, to: memory, try place(of: memory))
    }

    private mutating func place(of memory: MemoryKey) throws -> StreamCondition {
        let version = max(try stored(memory)?.version ?? 0, knownVersions[MemoryStream.name(memory)] ?? 0)
        return version == 0 ? .mustNotExist : .atVersion(version)
    }

    /// Insists on what the keys mean that were resolved.
    mutating func insistOnMeanings() throws {
        for memory in absent.sorted() {
            appends.append(StreamAppend(MemoryStream.name(memory), try place(of: memory)))
        }
        absent = []
    }

    mutating func append(_ events: [MemoryEvent], to memory: MemoryKey, _ condition: StreamCondition) throws {
        let new = try events.map { try parts.newEvent($0, at: now, by: attribution) }
        appends.append(StreamAppend(MemoryStream.name(memory), condition, events: new))
    }
}

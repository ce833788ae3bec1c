public import EventLog

/// A memory as it was at an earlier position, to be put back.
public struct MemoryRestoration: Hashable, Sendable {
    public var content: MemoryContent
    public var statistics: MemoryMetaValues
    /// Not shown from then on; nil: it stays.
    public var expiresAt: Timestamp?
    public var asOf: Position
    public var provenance: Provenance?
    /// The position of the event that made what is put back; nil in events of the first version.
    public var restoredID: Position?

    package init(
        content: MemoryContent, statistics: MemoryMetaValues, expiresAt: Timestamp?, asOf: Position,
        provenance: Provenance? = nil, restoredID: Position? = nil
    ) {
        self.provenance = provenance
        self.restoredID = restoredID
        self.content = content
        self.statistics = statistics
        self.expiresAt = expiresAt
        self.asOf = asOf
    }

    /// The memory's JSON with `"statistics"`, `"expires_at"` in milliseconds or null, `"as_of"`, and `"provenance"` and
    /// `"restored_memory"` where they are known.
    public var json: JSONValue {
        var object = content.json.object ?? [:]
        object.append("statistics", statistics.json)
        object.append("expires_at", expiresAt.map { JSONValue($0.milliseconds) } ?? .null)
        object.append("as_of", JSONValue(asOf))
        if let provenance { object.append("provenance", provenance.json) }
        if let restoredID { object.append("restored_memory", JSONValue(restoredID)) }
        return .object(object)
    }
}

package import EventLog

/// A memory as it was at an earlier position, to be put back.
package struct MemoryRestoration: Hashable, Sendable {
    package var content: MemoryContent
    package var statistics: MemoryMetaValues
    /// Not shown from then on; nil: it stays.
    package var expiresAt: Timestamp?
    package var asOf: Position

    package init(content: MemoryContent, statistics: MemoryMetaValues, expiresAt: Timestamp?, asOf: Position) {
        self.content = content
        self.statistics = statistics
        self.expiresAt = expiresAt
        self.asOf = asOf
    }

    /// The memory's JSON with `"statistics"`, `"expires_at"` in milliseconds or null, and `"as_of"`.
    package var json: JSONValue {
        var object = content.json.object ?? [:]
        object.append("statistics", statistics.json)
        object.append("expires_at", expiresAt.map { JSONValue($0.milliseconds) } ?? .null)
        object.append("as_of", JSONValue(asOf))
        return .object(object)
    }
}

package import EventLog

/// What a legacy row means.
package enum LegacyInterpretation: Hashable, Sendable {
    case memory(LegacyMemory)
    /// It is no memory. The reason is one sentence for a person.
    case quarantined(reason: String)
}

package struct LegacyMemory: Hashable, Sendable {
    package var id: MemoryKey
    package var content: MemoryContent
    package var meta: LegacyMeta
    /// When the entry stops to exist; nil where it never does.
    package var expiresAt: Timestamp?
    /// The fields in which half a surrogate pair was replaced by U+FFFD: `text`, `links[0].term`. At most
    /// `JSONRepairs.maximumPaths` of one JSON text.
    package var repaired: [String] = []
}

/// The statistics that the old system kept, nil where the row has none of that name or not of the right type. The
/// degrees are missing on purpose: they are counted again.
package struct LegacyMeta: Hashable, Sendable {
    package var createdAt: Timestamp?
    package var lastAccessedAt: Timestamp?
    package var lastLinkedAt: Timestamp?
    package var accessCount: Int?
    package var traverseCount: Int?
    package var status: MemoryStatus?

    package init() {}
}

/// Ends an interpretation.
package struct LegacyQuarantine: Error {
    let reason: String
}

extension LegacyRead {
    /// Why a row that was too large to load is quarantined; nil for the others.
    package var quarantineReason: String? {
        guard case .tooLarge(_, let limit) = self else { return nil }
        return Self.tooLargeReason(limit: limit)
    }

    static func tooLargeReason(limit: Int) -> String { "The row, or its key, has more than \(limit) bytes, the limit." }
}

/// A memory's provenance as its row has it. Many imported memories share one.
final class StoredProvenance: Sendable {
    let value: Provenance
    /// The row of `origins`; nil where no source is named, or it is not needed.
    let sourceID: Int64?

    init(_ value: Provenance, sourceID: Int64? = nil) {
        self.value = value
        self.sourceID = sourceID
    }

    /// Nil where it says nothing.
    convenience init?(shown value: Provenance, sourceID: Int64? = nil) {
        if value.isEmpty { return nil }
        self.init(value, sourceID: sourceID)
    }

    /// Nil where nothing was said.
    var derivedFromJSON: String? {
        value.derivedFrom.isEmpty ? nil : JSONValue.array(value.derivedFrom.map(\.json)).description
    }
}

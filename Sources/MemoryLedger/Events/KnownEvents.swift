package import EventLog

/// The types of events that this program knows, and how new a schema it reads of each.
package enum KnownEvents {
    /// Of types that this program writes itself; nil for a type that it does not know.
    package static func newestSchema(of type: EventType) -> Int? {
        if MemoryEvent.Name.all.contains(type) { return MemoryEvent.schemaVersion }
        return LedgerEvent.Name.all.contains(type) ? LedgerEvent.schemaVersion : nil
    }

    package static let types = MemoryEvent.Name.all.union(LedgerEvent.Name.all)
}

extension RecordedEvent {
    /// A newer program wrote it: the type is known, and the schema is not.
    package var isOfNewerSchema: Bool {
        KnownEvents.newestSchema(of: type).map { schemaVersion > $0 } ?? false
    }
}

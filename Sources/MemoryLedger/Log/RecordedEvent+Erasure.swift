public import EventLog

extension ErasedSubject {
    /// Of the events that say what was erased. A projector that holds what subjects say wants them, and takes away what
    /// is current.
    public static var eventType: EventType { LedgerEvent.Name.subjectErased }
}

extension RecordedEvent {
    /// The subjects that the event says were erased; none if it is of another type than `ErasedSubject.eventType`.
    ///
    /// - Throws: as `EventCatalogue.body(of:)`.
    public func erasedSubjects() throws -> [ErasedSubject] {
        guard case .ledger(.subjectErased(let erased))? = try LogModule().body(of: self) else { return [] }
        return erased.subjects
    }
}

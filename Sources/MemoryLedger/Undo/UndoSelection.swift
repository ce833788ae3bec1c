public import EventLog

/// Which events to undo.
///
///     let single = try await ledger.planUndo(.events([event.id]))
public enum UndoSelection: Hashable, Sendable {
    /// These; a rename by either of its two events.
    case events([EventID])
    /// Those that fulfil everything that is set.
    case matching(UndoFilter)
}

/// Events that were recorded between two moments, by whom, for which request.
///
///     let plan = try await ledger.planUndo(.matching(UndoFilter(actor: "importer", since: .position(0))))
public struct UndoFilter: Hashable, Sendable {
    public var actor: String?
    public var correlationID: String?
    /// Only events of memories in this namespace.
    public var namespace: String?
    /// Only what came after this moment: undoing it all gives the store as of then. Position 0, or a time before
    /// the first event: everything.
    public var since: Moment?
    /// Only what had come by this moment.
    public var until: Moment?

    public init(
        actor: String? = nil, correlationID: String? = nil, namespace: String? = nil, since: Moment? = nil,
        until: Moment? = nil
    ) {
        self.actor = actor
        self.correlationID = correlationID
        self.namespace = namespace
        self.since = since
        self.until = until
    }
}

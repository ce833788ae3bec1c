package import EventLog

/// A projector whose events can be taken apart beforehand: a replay does that on one core while it applies the events
/// before on another.
package protocol PreparingProjector: Projector {
    /// What `PreparedSession.apply` takes; nil where there is nothing to prepare, or it fails: then the session
    /// gets the event alone. No more than a function of the event.
    func prepare(_ event: RecordedEvent) -> (any Sendable)?
}

package protocol PreparedSession: ProjectionSession {
    /// As `apply(_:)`, with what the projector made of the event.
    func apply(_ event: RecordedEvent, prepared: any Sendable) throws
}

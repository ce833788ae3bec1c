package import EventLog

/// A projector whose events can be taken apart beforehand: a replay does that on one core while it applies the events
/// before on another.
package protocol PreparingProjector: Projector {
    /// What `PreparedWriter.apply` takes; nil where there is nothing to prepare, or it fails: then the writer
    /// gets the event alone. No more than a function of the event.
    func prepare(_ event: RecordedEvent) -> PreparedBody?
}

package protocol PreparedWriter: ProjectionWriter {
    /// As `apply(_:)`, with what the projector made of the event.
    func apply(_ event: RecordedEvent, prepared: PreparedBody) throws
}

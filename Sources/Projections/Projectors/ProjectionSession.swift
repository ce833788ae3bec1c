public import EventLog

/// A projector at work. It may hold rows back in memory until `flush`. Stays on its connection's queue.
///
///     final class TaskWriter: ProjectionWriter {
///         …
///         func flush() {}
///         func forget() {}
///     }
public protocol ProjectionWriter: AnyObject {
    /// Takes an event, in its newest schema version. Events come in the order of their positions, each once; again
    /// only after the transaction was rolled back and `forget()` was called. What it throws refuses the append.
    func apply(_ event: RecordedEvent) throws
    /// Writes what is held back. Called before each commit.
    func flush() throws
    /// Drops what is held back or remembered: the transaction was rolled back, or others wrote.
    func forget()
}

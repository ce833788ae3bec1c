package import EventLog
package import LedgerStorage

/// The events that a view does without because they cannot be read here: all of a category's, also those that are in
/// plain, since half of what happened to a subject says nothing that is true.
///
/// Only a view that answers is built so, and only if its reader leaves out what these events are about. What is to be
/// compared or kept (digests, checkouts, snapshots, generations) is never built without an event.
package struct WithheldEvents: Sendable {
    /// `StreamName.protectedCategory` of their streams.
    let categories: Set<ByteText>
    /// Makes up for what the events did to other rows, or throws if that cannot be told. It is run on the tables when
    /// they are complete otherwise.
    let complete: @Sendable (SQLiteConnection) throws -> Void

    package init(
        categories: Set<ByteText>, complete: @escaping @Sendable (SQLiteConnection) throws -> Void
    ) {
        (self.categories, self.complete) = (categories, complete)
    }

    func contains(_ event: RecordedEvent) -> Bool {
        categories.contains(ByteText(String(event.stream.protectedCategory)))
    }
}

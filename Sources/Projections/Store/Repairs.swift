import Synchronization

/// Counts the changes of serving rows that a writer in another transaction cannot see from their state.
final class Repairs: Sendable {
    private let changes = Atomic<Int>(0)

    var count: Int { changes.load(ordering: .acquiring) }
    func note() { changes.add(1, ordering: .acquiringAndReleasing) }
}

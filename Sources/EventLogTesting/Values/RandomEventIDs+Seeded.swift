public import EventLog
import Synchronization

extension RandomEventIDs {
    /// Ids of version 7 whose random bits follow from the seed. They ascend with the time that they are asked for.
    ///
    ///     let ids = RandomEventIDs.seeded(7)
    ///     let event = NewEvent(id: ids.next(at: clock.now()), type: "OrderPlaced", payload: [])
    public static func seeded(_ seed: UInt64) -> RandomEventIDs {
        let random = SharedRandom(seed)
        return RandomEventIDs { random.next() }
    }
}

/// Seeded randomness that concurrent tasks may share.
private final class SharedRandom: Sendable {
    private let random: Mutex<SeededRandom>

    init(_ seed: UInt64) { random = Mutex(SeededRandom(seed)) }

    func next() -> UInt64 { random.withLock { $0.next() } }
}

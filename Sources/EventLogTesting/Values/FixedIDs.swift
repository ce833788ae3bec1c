public import EventLog
import Synchronization

/// Event ids that are the same in every run: `00000000-0000-7000-8000-000000000001`, `…02`, and so on.
///
/// They have the form of version 7 and ascend, as the ids of a real ledger do, but say nothing of the time.
public final class FixedIDs: EventIDSource {
    private let count = Mutex<UInt64>(0)

    /// Ids that begin with 1.
    public init() {}

    public func next(at time: Timestamp) -> EventID {
        count.withLock { count in
            count += 1
            return FixedIDs.id(count)
        }
    }

    /// The id that the source gives as the given one, counted from 1.
    public static func id(_ number: UInt64) -> EventID {
        EventID(high: 0x7000, low: 0x8000_0000_0000_0000 | number)
    }
}

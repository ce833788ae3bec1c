import EventLog
import LedgerStorage
package import MemoryLedger
import Projections
import Synchronization

/// Keeps the turns of the sessions that were used last.
///
/// Invariants:
/// 1. Since `known.since`, every change of what a turn says is in `changes`, by sessions, or in `shared`, by
///    namespaces. So a turn of a position from there on is still true if neither names a later one.
/// 2. `known.head` is the last position that this process knows of. If a snapshot stands behind it, others have
///    written, and all is forgotten.
/// 3. What a transaction notes is not forgotten by a reader while it is open: `since` goes on behind it then.
/// 4. What was read before something was forgotten is not kept: `Turn.epoch` tells.
final class TurnCache: Sendable {
    private let state: Mutex<TurnCacheState>

    init(maximumBytes: Int = TurnCacheState.maximumBytes) {
        state = Mutex(TurnCacheState(maximumBytes: maximumBytes))
    }

    /// What is kept of a session, as far as it is true in a snapshot.
    struct Found {
        /// Nil: nothing is. If it is not whole, only its messages and its summary are true.
        var turn: Turn?
        /// Also what it shares with others: its role's instructions, and blocks.
        var isWhole = false
        /// Of what is read instead.
        var epoch: UInt64
    }

    /// - Parameter needsRows: a turn without rows is none.
    func find(_ session: MemoryKey, in stamp: ServingStamp, needsRows: Bool) -> Found {
        let stream = SessionsModule.family.stream(session.namespace, session.key)
        return state.withLock { state in
            state.look(at: stamp)
            var found = Found(epoch: state.epoch)
            if let turn = state.kept(stream), turn.position <= stamp.position, !needsRows || turn.rows != nil {
                found.turn = turn
                found.isWhole = state.holds(turn, session.namespace)
            }
            state.count(isHit: found.isWhole)
            return found
        }
    }

    /// Keeps what a snapshot said, unless that may not be true any more.
    func keep(_ turn: Turn) {
        state.withLock { state in
            guard state.isKnown(turn), state.lastChange(of: turn.stream) <= turn.position,
                state.holds(turn, turn.state.namespace)
            else { return }
            var turn = turn
            if let former = state.kept(turn.stream) {
                turn.versions = turn.versions ?? former.versions
                if turn.rows == nil, state.holds(former, turn.state.namespace) { turn.rows = former.rows }
            }
            state.put(turn)
        }
    }

    /// The last that is known of a session, without its rows, and without a look at the tables. What is decided on it
    /// must be appended on condition of its versions.
    func last(_ stream: StreamName) -> Turn? {
        state.withLock { state in
            guard var turn = state.kept(stream), turn.versions != nil else { return nil }
            turn.rows = nil
            state.count(isHit: true)
            return turn
        }
    }

    /// Keeps a turn with what was appended to it at a position.
    ///
    /// - Parameter change: what makes the turn of then the one of the position.
    /// - Returns: the turn, without its rows; nil if others have changed it, too.
    func advance(_ turn: Turn, to position: Position, _ change: (inout Turn) -> Void) -> Turn? {
        state.withLock { state in
            guard state.isKnown(turn), state.isOnlyChange(position, since: turn.position, of: turn.stream),
                state.holds(turn, turn.state.namespace)
            else { return nil }
            // Taken out, so that its rows have one owner and are not copied.
            let kept = state.remove(turn.stream)
            var next = turn
            if let kept, kept.position == turn.position { next.rows = kept.rows }
            change(&next)
            next.position = position
            state.put(next)
            next.rows = nil
            return next
        }
    }

    func drop(_ stream: StreamName) { _ = state.withLock { $0.remove(stream) } }
}

extension TurnCache: ModuleCache {
    var figures: CacheFigures { state.withLock { $0.figures } }

    func begin(at head: Position) { state.withLock { $0.begin(at: head) } }
    func finish(through position: Position) { state.withLock { $0.finish(through: position) } }
    func forget() { state.withLock { $0.forgetAll() } }

    func note(_ event: RecordedEvent) {
        guard event.stream.beginsWithDollar else { return }
        state.withLock { $0.note(event.stream, event.position) }
    }
}

extension SessionsModule: CachingModule {
    package func makeCache() -> any ModuleCache { TurnCache() }
}

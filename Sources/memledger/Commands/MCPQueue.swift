import LedgerService
import Synchronization

/// The requests of a client that are not answered yet: those that run, and those that wait until there is room, in the
/// order of their lines.
final class MCPQueue: Sendable {
    struct Entry: Sendable {
        let work: MCPWork
        /// Of the line that it came in.
        let bytes: Int
    }

    /// What becomes of a request.
    enum Admission {
        /// To be run now: this one.
        case runs(Entry)
        /// `next(after:)` gives it when its time comes.
        case waits
        /// It is not taken.
        case isFull
    }

    private struct State {
        var running = 0
        var bytesRunning = 0
        /// Behind `begun`, those that wait.
        var entries: [Entry?] = []
        var begun = 0
        var bytesWaiting = 0

        var waiting: Int { entries.count - begun }
    }

    /// Requests that are answered at the same time.
    static let maximumRunning = 64
    /// Requests that wait behind them.
    static let maximumWaiting = 1_000
    /// Bytes of the lines of those that run, and of those that wait. One line may always run, and one wait.
    static let maximumBytes = MCPConnection.maximumLineBytes

    /// What a request is told for which there is no room.
    static let refusal =
        "\(maximumWaiting) requests, or \(maximumBytes) bytes of them, wait already, and this one was not begun; "
        + "send it again after others were answered."

    private let state = Mutex(State())

    func add(_ work: MCPWork, bytes: Int) -> Admission {
        let entry = Entry(work: work, bytes: bytes)
        return state.withLock { state in
            if state.waiting == 0, Self.hasRoom(for: entry, state) {
                Self.begin(entry, &state)
                return .runs(entry)
            }
            guard state.waiting < Self.maximumWaiting,
                state.waiting == 0 || state.bytesWaiting + bytes <= Self.maximumBytes
            else { return .isFull }
            state.entries.append(entry)
            state.bytesWaiting += bytes
            return .waits
        }
    }

    /// What to run after a request was answered; nil if nothing waits, or what waits has to go on waiting for others.
    func next(after entry: Entry) -> Entry? {
        state.withLock { state in
            state.running -= 1
            state.bytesRunning -= entry.bytes
            guard state.waiting > 0, let next = state.entries[state.begun], Self.hasRoom(for: next, state) else {
                return nil
            }
            state.entries[state.begun] = nil
            state.begun += 1
            state.bytesWaiting -= next.bytes
            // Moved seldom, so that a long queue costs no more for each request.
            if state.begun > Self.maximumWaiting || state.waiting == 0 {
                state.entries.removeFirst(state.begun)
                state.begun = 0
            }
            Self.begin(next, &state)
            return next
        }
    }

    /// Lets go of what waits.
    func clear() {
        state.withLock { ($0.entries, $0.begun, $0.bytesWaiting) = ([], 0, 0) }
    }

    private static func hasRoom(for entry: Entry, _ state: State) -> Bool {
        state.running == 0
            || state.running < maximumRunning && state.bytesRunning + entry.bytes <= maximumBytes
    }

    private static func begin(_ entry: Entry, _ state: inout State) {
        state.running += 1
        state.bytesRunning += entry.bytes
    }
}

import EventLog
import LedgerOperations
import Synchronization

/// What operations tell beside their answers while a request is answered.
final class MCPNotices: Sendable {
    private let told = Mutex<[OperationNotice]>([])

    /// What was told before is not told twice.
    func add(_ notice: OperationNotice) {
        told.withLock { if !$0.contains(notice) { $0.append(notice) } }
    }

    /// A sentence or two for each, for a model.
    var words: [String] { told.withLock { $0 }.map(Self.words) }

    private static func words(_ notice: OperationNotice) -> String {
        switch notice {
        case .clockIsBehind:
            "Note: \(ahead) For events that were recorded ahead of it, times go by when they occurred."
        case .recordedTimesAreAhead: "Note: \(ahead) Times go by when events were recorded here."
        case .appendedAhead: "Note: \(ahead) What was written keeps the clock's time as when it occurred."
        case .clockJumped: "Note: the clock of the server was set ahead; who runs it should check that."
        case .eventsSetAside(let count):
            "Note: \(count) events of the log are not in what is shown; who runs the ledger finds them in its dead letters."
        }
    }

    private static let ahead = "the ledger's time is ahead of the server's clock, because the clock was ahead once."
}

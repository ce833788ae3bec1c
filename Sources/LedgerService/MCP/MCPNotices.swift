import EventLog
import LedgerOperations
import MemoryLedger
import Synchronization

/// What is told beside an answer while a request is answered.
final class MCPNotices: Sendable {
    private let told = Mutex<[String]>([])

    /// A sentence or two for each, for a model.
    var words: [String] { told.withLock { $0 } }

    /// What an operation tells.
    func add(_ notice: OperationNotice) { add(Self.words(notice)) }

    /// The key means a migrated memory of another namespace. Once that is deleted, its key alone does not lead there.
    func add(elsewhere namespace: String) {
        add(
            "Note: this memory is in namespace \(EchoedText.of(namespace)); give that as `namespace` to look back at its "
                + "changes or undo them.")
    }

    /// What was told before is not told twice.
    private func add(_ words: String) {
        told.withLock { told in
            if !told.contains(where: { $0.hasSameBytes(as: words) }) { told.append(words) }
        }
    }

    private static func words(_ notice: OperationNotice) -> String {
        switch notice {
        case .clockIsBehind:
            "Note: \(ahead) For events that were recorded ahead of it, times go by when they occurred."
        case .recordedTimesAreAhead: "Note: \(ahead) Times go by when events were recorded here."
        case .appendedAhead: "Note: \(ahead) What was written keeps the clock's time as when it occurred."
        case .clockJumped: "Note: the clock of the server was set ahead; who runs it should check that."
        case .eventsSetAside(let count):
            "Note: \(count) events of the log are not in what is shown; who runs the ledger finds them in its dead letters."
        case .noStream(let name): "Note: there is no stream \(EchoedText.of(name)), and none whose name begins so."
        case .renamedMemory(let key):
            "Note: a memory was renamed from or to \(EchoedText.of(key.key)); its history has its events under every key."
        }
    }

    private static let ahead = "the ledger's time is ahead of the server's clock, because the clock was ahead once."
}

import EventLog
import LedgerCapabilities
import LedgerOperations
import Logging
package import MemoryLedger

/// What a client of the old program is told of an error: a message without anything of the machine or of memories that
/// the client does not know, and a status for HTTP.
package struct CompatibleFailure: Hashable, Sendable {
    package var status: Int
    package var message: String

    private init(_ status: Int, _ message: String) {
        self.status = status
        self.message = message
    }

    /// - Parameter ledger: its log gets what the client is not told.
    package init(_ error: any Error, in ledger: MemoryLedger) {
        self = Self.expected(error) ?? Self(500, "internal error")
        guard status >= 500 else { return }
        ledger.options.file.logger.error("A request failed", metadata: ["error": "\(error)"])
    }

    /// Nil: no client should ever get it.
    private static func expected(_ error: any Error) -> Self? {
        switch error {
        case let error as CompatibleRefusal: Self(200, error.message)
        case let error as AccessDeniedError: Self(403, error.description)
        case let error as MemoryLimitError: Self(400, error.description)
        case let error as KVSessionError: Self(200, "\(error)")
        case let error as MemoryLedgerError: expected(error.code)
        case let error as EventLogError: expected(error.code)
        case is CancellationError: Self(503, "the request took too long, and was ended; ask for less")
        default: nil
        }
    }

    private static func expected(_ code: MemoryLedgerError.Code) -> Self? {
        switch code {
        case .notFound: Self(200, CompatibleRefusal.memoryNotFound.message)
        case .alreadyExists: Self(200, CompatibleRefusal.keyExists.message)
        case .sameKey: Self(200, CompatibleRefusal.sameKeys.message)
        case .quarantined: Self(409, "the memory is quarantined; ask who runs the ledger to release it")
        case .contention: busy
        case .invalidArgument: Self(400, "a value is not allowed")
        case .invalidQuery: Self(400, "too much begins as a word of the query does; write more of it")
        default: nil
        }
    }

    private static func expected(_ code: EventLogError.Code) -> Self? {
        switch code {
        case .erased: Self(200, CompatibleRefusal.memoryNotFound.message)
        case .actorRequired: Self(403, "the ledger takes nothing without an actor; use a token")
        case .limitExceeded: Self(400, "the memory is too large")
        case .busy: busy
        case .masterKeyMissing, .masterKeyWrong:
            Self(503, "the namespace is encrypted, and the server has no key for it")
        case .readOnly: Self(503, "the server only reads")
        case .storage, .writingStopped, .outcomeUnknown: Self(503, "the ledger cannot be written or read just now")
        case .closed: Self(503, "the server is going down")
        default: nil
        }
    }

    private static let busy = Self(503, "others are writing; try again")
}

public import EventLog
public import LedgerOperations
import MemoryLedger

/// Who calls the service: the name that lands on the events, and what the caller may do.
public struct Caller: Hashable, Sendable {
    public var attribution: Attribution
    public var grant: AccessGrant

    public init(_ attribution: Attribution, _ grant: AccessGrant) {
        self.attribution = attribution
        self.grant = grant
    }

    /// A request of this caller's.
    func request(_ ledger: MemoryLedger) -> OperationRequest {
        OperationRequest(ledger, by: attribution, grant: grant)
    }
}

public import EventLog
public import LedgerOperations
public import MemoryLedger

/// Who calls the service: the name that lands on the events, and what the caller may do.
public struct Caller: Hashable, Sendable {
    public var attribution: Attribution
    public var grant: AccessGrant

    public init(_ attribution: Attribution, _ grant: AccessGrant) {
        self.attribution = attribution
        self.grant = grant
    }

    /// Who has shown a token.
    ///
    /// - Parameters:
    ///   - correlationID: the request that the events belong to.
    ///   - causationID: what caused them.
    public init(_ token: AccessToken, correlationID: String? = nil, causationID: String? = nil) {
        self.init(
            Attribution(actor: token.actor, correlationID: correlationID, causationID: causationID),
            AccessGrant(token))
    }

    /// A request of this caller's.
    func request(
        _ ledger: MemoryLedger, notify: @escaping @Sendable (OperationNotice) -> Void = { _ in }
    ) -> OperationRequest {
        OperationRequest(ledger, by: attribution, grant: grant, notify: notify)
    }
}

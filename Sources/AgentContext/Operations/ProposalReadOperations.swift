public import EventLog
public import LedgerOperations
public import MemoryLedger

/// Shows a proposal: what it changes, and what has changed since.
public struct ShowProposal: LedgerOperation, Hashable {
    public var proposal: String
    public var namespace: String
    public var moment: ReadMoment

    public init(_ proposal: String, in namespace: String = MemoryKey.defaultNamespace, _ moment: ReadMoment = .now) {
        (self.proposal, self.namespace, self.moment) = (proposal, namespace, moment)
    }

    public static let name = "proposal.show"
    public static let summary = "Show a proposal as a difference, and what has changed since it was made."
    public static let parameters: [any OperationParameter] =
        [ContextParameters.namespace, ProposalParameters.proposal] + ReadMoment.parameters
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.namespace
    public static let errors: [OperationErrorCode] = [.noProposal, .notProposable, .log(.unknownMoment)]

    public var namespaces: [String]? { [namespace] }

    public init(_ arguments: OperationArguments) throws {
        proposal = try arguments[ProposalParameters.proposal]
        namespace = try arguments[ContextParameters.namespace]
        moment = try ReadMoment(arguments)
    }

    public func run(in request: OperationRequest) async throws -> ProposalDocument {
        let reading = try await request.reading(moment, of: namespaces)
        let found = try await reading.proposal(MemoryKey(namespace: namespace, key: proposal))
        // What came later is none of a moment's business.
        return try await ProposalDocument(found, request, looksForConflicts: moment == .now)
    }
}

/// Lists proposals, the oldest first.
public struct ListProposals: LedgerOperation, Hashable {
    public var namespace: String
    public var status: Proposal.Status?
    public var limit: Int
    public var after: Position
    public var moment: ReadMoment

    public init(
        in namespace: String = MemoryKey.defaultNamespace, _ status: Proposal.Status? = nil, limit: Int = 20,
        after: Position = 0, _ moment: ReadMoment = .now
    ) {
        (self.namespace, self.status, self.limit, self.after) = (namespace, status, limit, after)
        self.moment = moment
    }

    private static let status = Parameter(
        "status",
        optional: ArgumentType<String>.string.mapping("one of \(names.joined(separator: ", "))", as: .choice(names)) {
            Proposal.Status(rawValue: $0)
        }, "Only these.")
    private static let names = Proposal.Status.allCases.map(\.rawValue)

    public static let name = "proposal.list"
    public static let summary = "List proposals, the oldest first."
    public static let parameters: [any OperationParameter] =
        [ContextParameters.namespace, status, ContextParameters.limit, ContextParameters.afterPosition]
        + ReadMoment.parameters
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.namespace
    public static let errors: [OperationErrorCode] = [.log(.unknownMoment)]

    public var namespaces: [String]? { [namespace] }

    public init(_ arguments: OperationArguments) throws {
        namespace = try arguments[ContextParameters.namespace]
        status = try arguments[Self.status]
        limit = try arguments[ContextParameters.limit]
        after = try arguments[ContextParameters.afterPosition] ?? 0
        moment = try ReadMoment(arguments)
    }

    public func run(in request: OperationRequest) async throws -> ListDocument<ProposalPage> {
        let reading = try await request.reading(moment, of: namespaces)
        return ListDocument(
            entries: try await reading.proposals(in: namespace, status, after: after, limit: limit))
    }
}

/// Lists of whom proposals are demanded.
public struct ListProposalDemands: LedgerOperation, Hashable {
    public var namespace: String
    public var from: String
    public var limit: Int
    public var moment: ReadMoment

    public init(
        in namespace: String = MemoryKey.defaultNamespace, from: String = "", limit: Int = 100,
        _ moment: ReadMoment = .now
    ) {
        (self.namespace, self.from, self.limit, self.moment) = (namespace, from, limit, moment)
    }

    public static let name = "proposal.demands"
    public static let summary = "List the actors of whom proposals are demanded."
    public static let parameters: [any OperationParameter] =
        [ContextParameters.namespace, ContextParameters.limit, ContextParameters.afterText] + ReadMoment.parameters
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.namespace
    public static let errors: [OperationErrorCode] = [.log(.unknownMoment)]

    public var namespaces: [String]? { [namespace] }

    public init(_ arguments: OperationArguments) throws {
        namespace = try arguments[ContextParameters.namespace]
        from = try arguments[ContextParameters.afterText] ?? ""
        limit = try arguments[ContextParameters.limit]
        moment = try ReadMoment(arguments)
    }

    public func run(in request: OperationRequest) async throws -> ListDocument<NamedPage<ProposalDemand>> {
        let reading = try await request.reading(moment, of: namespaces)
        return ListDocument(
            entries: try await reading.proposalDemands(in: namespace, from: from, limit: limit))
    }
}

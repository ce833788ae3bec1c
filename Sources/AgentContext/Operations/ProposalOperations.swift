public import EventLog
public import LedgerOperations
public import MemoryLedger

/// Drafts changes that another one accepts or rejects.
///
///     var create = CreateProposal("tidy-tea")
///     create.changes = [RequestedChange("memory.delete", ["key": "old-tea"])]
///     let drafted = try await create.run(in: request)
public struct CreateProposal: LedgerOperation, Hashable {
    public var proposal: String
    public var namespace: String
    public var description = ""
    public var reads: [String] = []
    public var changes: [RequestedChange] = []
    public var base: Position?
    public var session: String?
    public var user: String?

    public init(_ proposal: String, in namespace: String = MemoryKey.defaultNamespace) {
        (self.proposal, self.namespace) = (proposal, namespace)
    }

    public static let name = "proposal.create"
    public static let summary = "Draft changes of memories, blocks and passages, to be accepted or rejected at once."
    public static let parameters: [any OperationParameter] =
        ProposalParameters.drafting
        + [ProposalParameters.description, ProposalParameters.session, ProposalParameters.user]
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.namespace
    public static let errors: [OperationErrorCode] = [.proposalExists] + OperationErrorCode.ofDrafts

    public var namespaces: [String]? { [namespace] }

    public init(_ arguments: OperationArguments) throws {
        proposal = try arguments[ProposalParameters.proposal]
        namespace = try arguments[ContextParameters.namespace]
        description = try arguments[ProposalParameters.description]
        reads = try arguments[ProposalParameters.reads] ?? []
        changes = try arguments[ProposalParameters.changes] ?? []
        base = try arguments[ProposalParameters.base]
        session = try arguments[ProposalParameters.session]
        user = try arguments[ProposalParameters.user]
    }

    public func run(in request: OperationRequest) async throws -> ProposalDocument {
        var new = NewProposal(proposal, in: namespace)
        (new.description, new.reads, new.base, new.session, new.user) = (description, reads, base, session, user)
        var owner = user
        if owner == nil, let session {
            let state = try await request.ledger.session(MemoryKey(namespace: namespace, key: session))
            owner = state.users.first
        }
        new.changes = try changes.map { try $0.change(in: namespace, of: owner, for: request) }
        return try await ProposalDocument(AgentContext(request).propose(new), request)
    }
}

/// Adds to a proposal.
public struct ExtendProposal: LedgerOperation, Hashable {
    public var proposal: String
    public var namespace: String
    public var reads: [String] = []
    public var changes: [RequestedChange] = []
    public var base: Position?

    public init(_ proposal: String, in namespace: String = MemoryKey.defaultNamespace) {
        (self.proposal, self.namespace) = (proposal, namespace)
    }

    public static let name = "proposal.extend"
    public static let summary = "Add what it reads and changes besides to a proposal that is open."
    public static let parameters = ProposalParameters.drafting
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.namespace
    public static let errors: [OperationErrorCode] =
        [.noProposal, .proposalIsRuled, .proposalOfAnother] + OperationErrorCode.ofDrafts

    public var namespaces: [String]? { [namespace] }

    public init(_ arguments: OperationArguments) throws {
        proposal = try arguments[ProposalParameters.proposal]
        namespace = try arguments[ContextParameters.namespace]
        reads = try arguments[ProposalParameters.reads] ?? []
        changes = try arguments[ProposalParameters.changes] ?? []
        base = try arguments[ProposalParameters.base]
    }

    public func run(in request: OperationRequest) async throws -> ProposalDocument {
        var more = NewProposal(proposal, in: namespace)
        (more.reads, more.base) = (reads, base)
        let owner = try await request.ledger.proposal(MemoryKey(namespace: namespace, key: proposal)).draft.user
        more.changes = try changes.map { try $0.change(in: namespace, of: owner, for: request) }
        return try await ProposalDocument(AgentContext(request).extend(more), request)
    }
}

/// Appends all that was proposed, if nothing has changed that it was made from.
public struct AcceptProposal: LedgerOperation, Hashable {
    public var proposal: String
    public var namespace: String
    /// The version of the proposal that was looked at; nil: any.
    public var expected: Int?

    public init(
        _ proposal: String, in namespace: String = MemoryKey.defaultNamespace, expecting expected: Int? = nil
    ) {
        (self.proposal, self.namespace, self.expected) = (proposal, namespace, expected)
    }

    private static let expected = Parameter(
        "expected_version", optional: .integer(1...ContextLimits.proposalChanges),
        "Only if the proposal is at this version, as it was shown.")

    /// What was appended.
    public struct Result: Hashable, Sendable, DescribedResult {
        public var accepted: AcceptedProposal

        package static let members: [DocumentMember] = [
            .init("proposal", .string), .init("namespace", .string), .init("status", .string),
            .init("positions", .integers),
        ]

        /// `{"proposal", "namespace", "status", "proposer", "ruled_by", "ruled_at", "positions"}`: of the events that
        /// were appended for it.
        public func document() -> JSONValue {
            let proposal = accepted.proposal
            return [
                "proposal": .string(proposal.name), "namespace": .string(proposal.namespace),
                "status": .string(proposal.status.rawValue),
                "proposer": proposal.proposer.map { .string($0) } ?? .null,
                "ruled_by": proposal.ruling?.by.map { .string($0) } ?? .null,
                "ruled_at": JSONValue(milliseconds: proposal.ruling?.at),
                "positions": .array(accepted.positions.map { JSONValue($0) }),
            ]
        }
    }

    public static let name = "proposal.accept"
    public static let summary = "Do all that was proposed at once, if nothing has changed that it was made from."
    public static let parameters: [any OperationParameter] = [
        ContextParameters.namespace, ProposalParameters.proposal, expected,
    ]
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.namespace
    public static let errors: [OperationErrorCode] = [
        .noProposal, .proposalIsRuled, .proposalConflict, .proposalDemanded, .blockExists, .notProposable,
    ]

    public var namespaces: [String]? { [namespace] }

    public init(_ arguments: OperationArguments) throws {
        proposal = try arguments[ProposalParameters.proposal]
        namespace = try arguments[ContextParameters.namespace]
        expected = try arguments[Self.expected]
    }

    public func run(in request: OperationRequest) async throws -> Result {
        let key = MemoryKey(namespace: namespace, key: proposal)
        return Result(accepted: try await AgentContext(request).accept(key, expecting: expected))
    }
}

/// Keeps a proposal, and why it is not done.
public struct RejectProposal: LedgerOperation, Hashable {
    public var proposal: String
    public var reason: String
    public var namespace: String

    public init(_ proposal: String, reason: String, in namespace: String = MemoryKey.defaultNamespace) {
        (self.proposal, self.reason, self.namespace) = (proposal, reason, namespace)
    }

    private static let reason = Parameter("reason", .name, "Why.")

    public static let name = "proposal.reject"
    public static let summary = "Reject a proposal; it is kept with the reason."
    public static let parameters: [any OperationParameter] = [
        ContextParameters.namespace, ProposalParameters.proposal, reason,
    ]
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.namespace
    public static let errors: [OperationErrorCode] = [.noProposal, .proposalIsRuled]

    public var namespaces: [String]? { [namespace] }

    public init(_ arguments: OperationArguments) throws {
        proposal = try arguments[ProposalParameters.proposal]
        reason = try arguments[Self.reason]
        namespace = try arguments[ContextParameters.namespace]
    }

    public func run(in request: OperationRequest) async throws -> ProposalDocument {
        let key = MemoryKey(namespace: namespace, key: proposal)
        return try await ProposalDocument(AgentContext(request).reject(key, reason: reason), request)
    }
}

/// Demands of an actor that their changes are proposals.
public struct DemandProposals: LedgerOperation, Hashable {
    public var actor: String
    public var isDemanded: Bool
    public var namespace: String

    public init(of actor: String, _ isDemanded: Bool = true, in namespace: String = MemoryKey.defaultNamespace) {
        (self.actor, self.isDemanded, self.namespace) = (actor, isDemanded, namespace)
    }

    private static let actor = Parameter("actor", .name, "The actor's name.")
    private static let demanded = Parameter("demanded", .boolean, default: true, "False: no longer.")

    public static let name = "proposal.demand"
    public static let summary = "Demand that an actor's changes are proposals, which another one accepts."
    public static let parameters: [any OperationParameter] = [ContextParameters.namespace, actor, demanded]
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.namespace
    public static let requiredScope = AccessGrant.Scope.admin
    public static let errors: [OperationErrorCode] = []

    public var namespaces: [String]? { [namespace] }

    public init(_ arguments: OperationArguments) throws {
        actor = try arguments[Self.actor]
        isDemanded = try arguments[Self.demanded]
        namespace = try arguments[ContextParameters.namespace]
    }

    public func run(in request: OperationRequest) async throws -> NamedDocument {
        let isChanged = try await AgentContext(request).demandProposals(of: actor, isDemanded, in: namespace)
        return NamedDocument(
            namespace: namespace, kind: "actor", name: actor, isNew: isDemanded && isChanged,
            isRemoved: !isDemanded && isChanged)
    }
}

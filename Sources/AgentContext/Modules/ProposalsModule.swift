public import EventLog
public import LedgerStorage
public import MemoryLedger
public import Projections

/// Drafts of changes that another one accepts or rejects.
public struct ProposalsModule: ContextModule {
    public typealias Event = ProposalEvent
    struct Subject {}

    static let family = StreamFamily("proposals")
    static let finding = "SELECT status FROM proposals WHERE namespace = ? AND name = ?"

    public let events = [
        EventDefinition(ProposalEvent.Name.drafted, undoing: .never("reject it; `proposal reject` does")),
        EventDefinition(
            ProposalEvent.Name.accepted, undoing: .never("undo the events that it appended; `explain` names them"),
            holdsOnlyNames: true),
        EventDefinition(ProposalEvent.Name.rejected, undoing: .never("it can be proposed again")),
    ]

    public let projectors: [any Projector] = [ProposalProjector()]

    public init() {}

    /// What it said is gone, and with it what it was about.
    public func remains(of type: EventType) -> ProposalEvent? { nil }

    public func subjects(from source: Provenance.Source, in tables: SQLiteConnection) throws -> [Position] {
        guard source.kind == .user else { return [] }
        var positions: [Position] = []
        try tables.read("SELECT proposal FROM proposal_users WHERE username = ? ORDER BY 1", [.text(source.name)]) {
            positions.append($0.int64(0))
        }
        return positions
    }

    public func statistics(_ tables: SQLiteConnection) throws -> JSONObject {
        try counts(tables, ["proposals": "proposals", "open_proposals": "proposals WHERE status = 'open'"])
    }

    /// The stream of what a proposal reads or changes.
    static func stream(_ kind: ProposalSubject.Kind, _ id: String, _ namespace: String) -> StreamName {
        switch kind {
        case .memory: MemoryStream.name(MemoryKey(namespace: namespace, key: id))
        case .block: BlocksModule.family.stream(namespace, id)
        case .passage: PassagesModule.family.stream(namespace, id)
        }
    }

    /// What a stream is of that a proposal may change; nil for another one.
    static func subject(of stream: StreamName) -> (kind: ProposalSubject.Kind, id: MemoryKey)? {
        if let memory = MemoryStream.memory(stream) { return (.memory, memory) }
        if let block = BlocksModule.family.subject(stream) { return (.block, block) }
        return PassagesModule.family.subject(stream).map { (.passage, $0) }
    }
}

extension ProposalsModule.Subject: StreamSubject {
    static func applying(_ event: ProposalEvent, to proposal: Self?) -> Self? { Self() }
    var fields: JSONObject { [:] }
    init(fields: JSONObject) throws {}
    static func events(from old: Self?, to new: Self?) -> [ProposalEvent] { [] }
}

extension ProposalsModule: CopyingModule {
    /// A proposal repeats what it changes, and has what would be derived.
    package func copies(
        of streams: [StreamName], includingDerived: Bool, in tables: SQLiteConnection
    ) throws -> [Position] {
        var positions: Set<Position> = []
        for stream in streams {
            try tables.read("SELECT proposal FROM proposal_subjects WHERE stream = ?", [.text(stream.rawValue)]) {
                positions.insert($0.int64(0))
            }
            guard includingDerived else { continue }
            try tables.read("SELECT proposal FROM proposal_sources WHERE stream = ?", [.text(stream.rawValue)]) {
                positions.insert($0.int64(0))
            }
        }
        return positions.sorted()
    }
}

/// Of whom proposals are demanded.
public struct ProposalDemandsModule: ContextModule {
    public typealias Event = ProposalDemandEvent
    struct Subject {}

    static let family = StreamFamily("proposal_demands")
    static let finding = "SELECT actor FROM proposal_demands WHERE namespace = ? AND actor = ?"

    public let events = [
        EventDefinition(
            ProposalDemandEvent.Name.demanded, step: .returns, undoing: .never("`proposal demand --no-longer` ends it"),
            importing: .leftOut, holdsOnlyNames: true),
        EventDefinition(
            ProposalDemandEvent.Name.waived, step: .ends, undoing: .never("`proposal demand` demands it again"),
            importing: .leftOut, holdsOnlyNames: true),
    ]

    public init() {}

    public func remains(of type: EventType) -> ProposalDemandEvent? {
        switch type {
        case ProposalDemandEvent.Name.demanded: .demanded
        case ProposalDemandEvent.Name.waived: .waived
        default: nil
        }
    }
}

extension ProposalDemandsModule.Subject: StreamSubject {
    static func applying(_ event: ProposalDemandEvent, to demand: Self?) -> Self? {
        event == .demanded ? Self() : nil
    }

    var fields: JSONObject { ["demanded": true] }
    init(fields: JSONObject) throws {}

    static func events(from old: Self?, to new: Self?) -> [ProposalDemandEvent] {
        (old == nil) == (new == nil) ? [] : [new == nil ? .waived : .demanded]
    }
}

extension ProposalDemandsModule: RestrictingModule {
    package func restriction(of actor: String, on stream: StreamName) -> StreamName? {
        ProposalsModule.subject(of: stream).map { Self.family.stream($0.id.namespace, actor) }
    }

    package func check(restriction: StreamName, in tables: SQLiteConnection) throws {
        guard let demand = Self.family.subject(restriction),
            try tables.first(Self.finding, [.text(demand.namespace), .text(demand.key)], { _ in true }) == true
        else { return }
        throw AgentContextError(
            .proposalDemanded,
            "The changes of \(demand.key) in namespace \(demand.namespace) must be proposals; make one with "
                + "`proposal create`, which another one accepts.",
            ["actor": .string(demand.key), "namespace": .string(demand.namespace)])
    }
}

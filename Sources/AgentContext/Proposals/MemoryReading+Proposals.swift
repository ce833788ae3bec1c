public import EventLog
import LedgerStorage
public import MemoryLedger

/// A page of proposals, in the order in which they were made.
public struct ProposalPage: Hashable, Sendable {
    public var proposals: [ListedProposal]
    /// The position of the last one's first event; nil: there are no more.
    public var next: Position?
}

extension MemoryReading {
    /// - Throws: `AgentContextError.noProposal`.
    public func proposal(_ proposal: MemoryKey) async throws -> Proposal {
        try await readContext(proposal.namespace) { try ProposalRows.get(proposal, $0) }
    }

    /// A page of proposals; what they read and change, `proposal` tells.
    ///
    /// - Parameters:
    ///   - status: only these; nil: all.
    ///   - after: the `next` of the page before.
    ///   - limit: 1 to `ContextLimits.pageEntries`.
    public func proposals(
        in namespace: String = MemoryKey.defaultNamespace, _ status: Proposal.Status? = nil, after: Position = 0,
        limit: Int = 20
    ) async throws -> ProposalPage {
        let limit = min(max(limit, 1), ContextLimits.pageEntries)
        return try await readContext(namespace) { tables in
            let found = try ProposalRows.list(namespace, status, after: after, limit: limit + 1, tables)
            let page = Array(found.prefix(limit))
            return ProposalPage(proposals: page, next: found.count > limit ? page.last?.position : nil)
        }
    }

    /// Of whom proposals are demanded in a namespace.
    ///
    /// - Parameter actor: the first one's name, or what comes before it.
    public func proposalDemands(
        in namespace: String = MemoryKey.defaultNamespace, from actor: String = "", limit: Int = 100
    ) async throws -> NamedPage<ProposalDemand> {
        let limit = min(max(limit, 1), ContextLimits.pageEntries)
        return try await readContext(namespace) { tables in
            let found = try ProposalRows.demands(namespace, from: actor, limit: limit + 1, tables)
            return NamedPage(
                entries: Array(found.prefix(limit)), next: found.count > limit ? found[limit].actor : nil)
        }
    }
}

extension AgentContext {
    /// How what a proposal changes would differ from what it was made from: `MemoryDifference` of memories,
    /// `SubjectDifference` of blocks and passages.
    ///
    /// - Throws: what reading the past throws.
    public func differences(of proposal: Proposal) async throws -> [any SubjectChange] {
        let drafting = ProposalDrafting(ledger: ledger, namespace: proposal.namespace)
        var differences: [any SubjectChange] = []
        for append in proposal.draft.changes.flatMap(\.appends) {
            let stream = drafting.stream(of: append.subject)
            let bodies = try append.events.map { try ledger.events.body(of: $0, in: stream) }
            switch append.subject.kind {
            case .memory:
                let key = MemoryKey(namespace: proposal.namespace, key: append.subject.id)
                let events = bodies.compactMap { $0 as? MemoryEvent }
                if let found = try await difference(of: key, append.subject.version, events) {
                    differences.append(found)
                }
            case .block:
                let (before, after) = try await fold(Block.self, stream, append.subject.version, bodies)
                differences.append(SubjectDifference(stream, before: before, after: after))
            case .passage:
                let (before, after) = try await fold(Passage.self, stream, append.subject.version, bodies)
                differences.append(SubjectDifference(stream, before: before, after: after))
            }
        }
        return differences
    }

    /// From the event that brought it where it stood.
    private func difference(
        of memory: MemoryKey, _ version: StreamVersion, _ events: [MemoryEvent]
    ) async throws -> MemoryDifference? {
        guard version > 0 else { return try await ledger.difference(of: memory, isThere: false, after: events) }
        let log: any EventLog = ledger.log
        let page = try await log.readStream(MemoryStream.name(memory), from: version, direction: .forwards, limit: 1)
        guard let position = page.events.first?.position else { return nil }
        return try await ledger.asOf(.position(position)).difference(of: memory, after: events)
    }

    /// What has changed since an open proposal was made, of what it reads and changes.
    public func conflicts(of proposal: Proposal) async throws -> [ProposalConflict] {
        guard proposal.status == .open else { return [] }
        let drafting = ProposalDrafting(ledger: ledger, namespace: proposal.namespace)
        let subjects = proposal.subjects
        let moved = zip(subjects, try await drafting.standing(subjects)).filter { $0.version != $1.version }
        return try await drafting.conflicts(moved.map(\.0))
    }

    /// The fields of a subject at a version of its stream, and after more events.
    private func fold<Subject: StreamSubject>(
        _ type: Subject.Type, _ stream: StreamName, _ version: StreamVersion, _ more: [any ModuleEvent]
    ) async throws -> (before: JSONObject?, after: JSONObject?) {
        let log: any EventLog = ledger.log
        var subject: Subject?
        var next: StreamVersion? = version > 0 ? 1 : nil
        while let from = next, from <= version {
            let page = try await log.readStream(stream, from: from, direction: .forwards, limit: 256)
            for event in page.events where event.version <= version {
                if let body = try ledger.events.body(of: event) as? Subject.Event {
                    subject = Subject.applying(body, to: subject)
                }
            }
            next = page.next
        }
        let before = subject?.fields
        for body in more {
            if let body = body as? Subject.Event { subject = Subject.applying(body, to: subject) }
        }
        return (before, subject?.fields)
    }
}

extension EventCatalogue {
    /// Where memories come from by what is proposed.
    ///
    /// - Throws: as `body(of:in:)`; `AgentContextError.notProposable` for an event that is not of its subject.
    func provenances(of append: ProposedAppend, in namespace: String) throws -> [Provenance] {
        let stream = ProposalsModule.stream(append.subject.kind, append.subject.id, namespace)
        return try append.events.compactMap { (try body(of: $0, in: stream) as? MemoryEvent)?.said }
    }

    /// What a proposed event says.
    ///
    /// - Throws: `EventLogError.damagedPayload`, and `AgentContextError.notProposable` for one that no module has.
    func body(of event: ProposedEvent, in stream: StreamName) throws -> any ModuleEvent {
        guard let body = try body(of: event.type, schemaVersion: event.schemaVersion, event.payload, in: stream) else {
            throw AgentContextError(
                .notProposable, "No module has events of the type \(event.type); open the ledger with it.")
        }
        let isOfSubject =
            switch ProposalsModule.subject(of: stream)?.kind {
            case .memory: body is MemoryEvent
            case .block: body is BlockEvent
            case .passage: body is PassageEvent
            case nil: false
            }
        guard isOfSubject else {
            throw AgentContextError(.notProposable, "An event of the type \(event.type) cannot stand in \(stream).")
        }
        return body
    }
}

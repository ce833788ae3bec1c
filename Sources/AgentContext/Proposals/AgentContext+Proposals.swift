public import EventLog
import LedgerStorage
public import MemoryLedger

/// What accepting a proposal led to.
public struct AcceptedProposal: Hashable, Sendable {
    public var proposal: Proposal
    /// Of the events that were appended for it.
    public var positions: [Position]
}

extension AgentContext {
    /// Drafts changes that another one accepts or rejects. Nothing but the draft is appended.
    ///
    ///     var new = NewProposal("tidy-tea")
    ///     new.reads = ["tea"]
    ///     let old = MemoryKey(key: "old-tea")
    ///     new.changes = [ProposedChange("memory.delete") { try await $0.delete(old) }]
    ///     let proposal = try await context.propose(new)
    ///
    /// - Throws: `AgentContextError` with `proposalExists`, `notProposable`, `proposalOverlaps`, `proposalConflict`
    ///   (something has changed since `base`) or `noSession`; `MemoryLedgerError.invalidArgument`; what an operation
    ///   throws, and appending.
    public func propose(_ new: NewProposal) async throws -> Proposal {
        try check(name: new.name, "The proposal")
        try check(new.description, "A description", bytes: ContextLimits.contentBytes)
        return try await draft(new) { tables in
            guard try ProposalRows.find(new.key, tables) == nil else {
                throw AgentContextError(
                    .proposalExists,
                    "There is a proposal \(new.name) in namespace \(new.namespace) already; choose another name.")
            }
            return nil
        }
    }

    /// Adds to a proposal what it reads and changes besides; its description and whose it is stay.
    ///
    /// - Throws: `AgentContextError` with `noProposal`, `proposalIsRuled` or `proposalOfAnother`; as `propose`.
    public func extend(_ proposal: NewProposal) async throws -> Proposal {
        guard !proposal.reads.isEmpty || !proposal.changes.isEmpty else {
            throw MemoryLedgerError(.invalidArgument, "Nothing is added; name what is read, or changes.")
        }
        return try await draft(proposal) { tables in
            let open = try ProposalRows.open(proposal.key, tables)
            guard open.proposer.map({ Array($0.utf8) }) != attribution.actor.map({ Array($0.utf8) }) else {
                return open
            }
            throw AgentContextError(
                .proposalOfAnother,
                "The proposal \(open.name) is of \(open.proposer ?? "an actor without a name"); make one of your own.",
                ["proposer": open.proposer.map { .string($0) } ?? .null])
        }
    }

    /// - Parameter find: the proposal that is added to; nil: it is new.
    private func draft(
        _ new: NewProposal, _ find: (SQLiteConnection) throws -> Proposal?
    ) async throws -> Proposal {
        let drafting = ProposalDrafting(ledger: ledger, namespace: new.namespace)
        let stream = ProposalsModule.family.stream(new.namespace, new.name)
        for _ in 0..<Self.maximumProposalAttempts {
            let (earlier, reads) = try await ledger.readContext(new.namespace) { tables in
                (try find(tables), try drafting.subjects(reading: new.reads, tables))
            }
            try check(new, besides: earlier)
            if let base = new.base { try await check(base: base) }
            let drafted = try await drafting.draft(new.changes, besides: earlier?.draft.changes ?? [])
            let subjects = try await drafting.standing(reads + drafted.subjects)
            if let base = new.base {
                try await refuse(try await drafting.conflicts(since: base, subjects), new.key)
            }
            var streams = [stream]
            var known: Set = [stream]
            for other in subjects.map(drafting.stream) + drafted.conditions.map(\.stream)
            where known.insert(other).inserted { streams.append(other) }
            do {
                try await ledger.commit(to: streams, by: attribution, isRestricted: false) { tables, versions in
                    guard try find(tables)?.draft == earlier?.draft,
                        try subjects.allSatisfy({ try drafting.stands($0, tables, versions) })
                    else { throw Outrun() }
                    let part = try self.part(of: new, drafted, reads.count, subjects, earlier, tables)
                    return [StreamChange(stream, [ProposalEvent.drafted(part)], for: part.users)]
                        + drafted.conditions.map { StreamChange($0.stream, [], $0.condition) }
                }
                return try await ledger.proposal(new.key)
            } catch is Outrun {
                continue
            } catch let error as EventLogError where error.code == .conflict {
                continue
            }
        }
        throw Self.contention(new.key)
    }

    static let maximumProposalAttempts = 32

    /// What was looked at before has changed by now.
    struct Outrun: Error {}

    static func contention(_ proposal: MemoryKey) -> MemoryLedgerError {
        MemoryLedgerError(
            .contention,
            "Others changed what proposal \(proposal.key) is about \(maximumProposalAttempts) times in between; try again."
        )
    }

    private func check(base: Position) async throws {
        let log: any EventLog = ledger.log
        let head = try await log.head()
        guard base > head else { return }
        throw MemoryLedgerError(
            .invalidArgument,
            "The log ends at position \(head), so nothing was read at \(base); give one that there is.")
    }

    private func check(_ new: NewProposal, besides earlier: Proposal?) throws {
        let changes = new.changes.count + (earlier?.draft.changes.count ?? 0)
        guard changes <= ContextLimits.proposalChanges else {
            throw MemoryLedgerError(
                .invalidArgument,
                "A proposal has at most \(ContextLimits.proposalChanges) operations (ContextLimits.proposalChanges), not "
                    + "\(changes); make several.")
        }
        let reads = new.reads.count + (earlier?.draft.reads.count ?? 0)
        guard reads <= ContextLimits.proposalReads else {
            throw MemoryLedgerError(
                .invalidArgument,
                "A proposal names at most \(ContextLimits.proposalReads) things that it was made from "
                    + "(ContextLimits.proposalReads), not \(reads); make several.")
        }
    }

    /// - Parameters:
    ///   - reads: how many of the subjects are read; the others are changed, in the order of the changes.
    ///   - subjects: with where they stand.
    private func part(
        of new: NewProposal, _ drafted: ProposalDrafting.Drafted, _ reads: Int, _ subjects: [ProposalSubject],
        _ earlier: Proposal?, _ tables: SQLiteConnection
    ) throws -> ProposalDraft {
        var part = ProposalDraft(
            base: try new.base ?? ledger.position(of: tables), description: new.description)
        (part.user, part.session) = (new.user, new.session)
        part.users = UserNames.joined(earlier?.draft.users ?? [], new.user.map { [$0] } ?? [])
        if let session = new.session {
            let state = try SessionRows.get(MemoryKey(namespace: new.namespace, key: session), tables)
            part.user = new.user ?? state.users.first
            part.users = UserNames.joined(part.users, state.users)
        }
        var sources: Set<MemoryKey> = []
        for append in drafted.changes.flatMap(\.appends) {
            part.users = UserNames.joined(part.users, append.users)
            for provenance in try ledger.events.provenances(of: append, in: new.namespace) {
                if let source = provenance.source, source.kind == .user {
                    part.users = UserNames.joined(part.users, [source.name])
                }
                sources.formUnion(provenance.derivedFrom)
            }
        }
        part.madeFrom = sources.sorted()
        guard part.users.count <= ContextLimits.proposalUsers else {
            throw MemoryLedgerError(
                .invalidArgument,
                "What is proposed is of \(part.users.count) users, and may be of \(ContextLimits.proposalUsers) "
                    + "(ContextLimits.proposalUsers); make several.")
        }
        part.reads = Array(subjects[..<reads])
        part.changes = drafted.changes
        var next = reads
        for change in part.changes.indices {
            for append in part.changes[change].appends.indices {
                part.changes[change].appends[append].subject = subjects[next]
                next += 1
            }
        }
        let bytes = ((earlier?.draft.changes ?? []) + part.changes).reduce(0) { sum, change in
            change.appends.reduce(sum + JSONValue.object(change.arguments).description.utf8.count) {
                $0 + $1.events.reduce(0) { $0 + $1.payload.count }
            }
        }
        guard bytes <= ContextLimits.proposalBytes else {
            throw MemoryLedgerError(
                .invalidArgument,
                "What is proposed has \(bytes) bytes, and may have \(ContextLimits.proposalBytes) "
                    + "(ContextLimits.proposalBytes); propose less at once.")
        }
        return part
    }

    /// - Throws: `AgentContextError.proposalConflict` if there are any.
    func refuse(_ conflicts: [ProposalConflict], _ proposal: MemoryKey) async throws {
        guard !conflicts.isEmpty else { return }
        let shown = conflicts.prefix(Self.namedConflicts).map(\.words).joined(separator: ", ")
        let others = conflicts.count - Self.namedConflicts
        throw AgentContextError(
            .proposalConflict,
            "What proposal \(proposal.key) was made from has changed: \(shown)"
                + (others > 0 ? " and \(others) more" : "") + "; look at it again and propose it again.",
            ["conflicts": .array(conflicts.map { .object($0.json) })])
    }

    /// Of those a message names.
    private static let namedConflicts = 3

    // MARK: Ruling

    /// Appends all that was proposed, if nothing that it reads or changes has changed since. The events have the
    /// proposer for their actor, and the acceptance, whose actor is who accepts, for their cause.
    ///
    /// - Throws: `AgentContextError` with `noProposal`, `proposalIsRuled`, `proposalConflict`, `blockExists` (a block
    ///   would be called as another one is by now), `notProposable` (it changes nothing) or `proposalDemanded` (one of
    ///   whom proposals are demanded accepts none); what appending throws.
    ///
    /// - Parameter expected: the `Proposal.version` that was looked at; nil: any.
    public func accept(_ proposal: MemoryKey, expecting expected: Int? = nil) async throws -> AcceptedProposal {
        let drafting = ProposalDrafting(ledger: ledger, namespace: proposal.namespace)
        let stream = ProposalsModule.family.stream(proposal.namespace, proposal.key)
        let demand = attribution.actor.map { ProposalDemandsModule.family.stream(proposal.namespace, $0) }
        for _ in 0..<Self.maximumProposalAttempts {
            let open = try await ledger.readContext(proposal.namespace) { try ProposalRows.open(proposal, $0) }
            try Self.check(open, expected)
            let subjects = open.subjects
            var conflicts: [ProposalSubject] = []
            do {
                let committed = try await ledger.commit(
                    to: [stream] + subjects.map(drafting.stream) + [demand].compactMap(\.self), by: attribution,
                    isRestricted: false
                ) { tables, versions in
                    guard try ProposalRows.open(proposal, tables).draft == open.draft else { throw Outrun() }
                    try checkMayAccept(proposal, tables)
                    conflicts = try subjects.filter { try !drafting.stands($0, tables, versions) }
                    guard conflicts.isEmpty else { return [] }
                    try drafting.checkLabels(open, tables)
                    return try changes(of: open, stream, drafting)
                        + [demand].compactMap(\.self).map { StreamChange($0) }
                }
                try await refuse(try await drafting.conflicts(conflicts), proposal)
                return AcceptedProposal(
                    proposal: try await ledger.proposal(proposal), positions: Array(committed.positions.dropFirst()))
            } catch is Outrun {
                continue
            }
        }
        throw Self.contention(proposal)
    }

    private static func check(_ open: Proposal, _ expected: Int?) throws {
        guard !open.draft.changes.isEmpty else {
            throw AgentContextError(.notProposable, "The proposal \(open.name) changes nothing; extend or reject it.")
        }
        guard let expected, expected != open.version else { return }
        throw AgentContextError(
            .proposalConflict,
            "The proposal \(open.name) is at version \(open.version), not \(expected): it was extended; look at it again.",
            ["expected": JSONValue(expected), "found": JSONValue(open.version)])
    }

    private func checkMayAccept(_ proposal: MemoryKey, _ tables: SQLiteConnection) throws {
        guard let actor = attribution.actor, try ProposalRows.isDemanded(of: actor, proposal.namespace, tables) else {
            return
        }
        throw AgentContextError(
            .proposalDemanded,
            "Proposals are demanded of \(actor) in namespace \(proposal.namespace); another one must accept it.",
            ["actor": .string(actor), "namespace": .string(proposal.namespace)])
    }

    /// What acceptance appends, the acceptance first; and what must not have changed.
    private func changes(
        of proposal: Proposal, _ stream: StreamName, _ drafting: ProposalDrafting
    ) throws -> [StreamChange] {
        let appends = proposal.draft.changes.flatMap(\.appends)
        let events = appends.reduce(0) { $0 + $1.events.count }
        var changes = [StreamChange(stream, [ProposalEvent.accepted(events: events)])]
        var changed: Set<StreamName> = []
        for append in appends {
            let stream = drafting.stream(of: append.subject)
            var change = StreamChange(stream, try append.events.map { try ledger.events.body(of: $0, in: stream) })
            change.users = append.users
            change.attribution = Attribution(
                actor: proposal.proposer, correlationID: attribution.correlationID)
            change.isCausedByFirst = true
            changes.append(change)
            changed.insert(change.stream)
        }
        for subject in proposal.draft.reads {
            let read = drafting.stream(of: subject)
            if changed.insert(read).inserted { changes.append(StreamChange(read)) }
        }
        return changes
    }

    /// Keeps a proposal, and why it is not done.
    ///
    /// - Throws: `AgentContextError` with `noProposal` or `proposalIsRuled`; `MemoryLedgerError.invalidArgument`.
    public func reject(_ proposal: MemoryKey, reason: String) async throws -> Proposal {
        try check(reason, "A reason", bytes: ContextLimits.contentBytes)
        guard !reason.isEmpty else {
            throw MemoryLedgerError(.invalidArgument, "The reason is empty; say why it is rejected.")
        }
        let stream = ProposalsModule.family.stream(proposal.namespace, proposal.key)
        try await ledger.commit(to: [stream], by: attribution) { tables in
            let open = try ProposalRows.open(proposal, tables)
            return [StreamChange(stream, [ProposalEvent.rejected(reason: reason)], for: open.draft.users)]
        }
        return try await ledger.proposal(proposal)
    }

    /// Demands of an actor that their changes of memories, blocks and passages of a namespace are proposals, which
    /// another one accepts; or does so no longer. It holds from the next append on, in every process.
    ///
    /// - Returns: whether that is new.
    @discardableResult
    public func demandProposals(
        of actor: String, _ isDemanded: Bool = true, in namespace: String = MemoryKey.defaultNamespace
    ) async throws -> Bool {
        try check(name: actor, "The actor")
        let stream = ProposalDemandsModule.family.stream(namespace, actor)
        let positions = try await ledger.commit(to: stream, by: attribution) { tables in
            guard try ProposalRows.isDemanded(of: actor, namespace, tables) != isDemanded else { return [] }
            return [isDemanded ? ProposalDemandEvent.demanded : .waived]
        }
        return !positions.isEmpty
    }
}

extension ProposalConflict {
    /// `memory tea (version 5, was 3; changed by bob at …)`.
    var words: String {
        let now = found == 0 ? "is gone" : "version \(found)"
        let was = subject.version == 0 ? "was not there" : "was \(subject.version)"
        let who = [by.map { "by \($0)" }, at.map { "at \($0.rfc3339)" }].compactMap(\.self)
        return "\(subject.words) (\(now), \(was)" + (who.isEmpty ? ")" : "; changed \(who.joined(separator: " ")))")
    }
}

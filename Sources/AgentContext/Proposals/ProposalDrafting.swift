import EventLog
import LedgerStorage
import MemoryLedger

/// Turns operations and ids into what a proposal keeps: the events, and where their subjects stand.
struct ProposalDrafting {
    let ledger: MemoryLedger
    let namespace: String

    /// What operations come to, each on the present state.
    struct Drafted {
        var changes: [ProposalChange] = []
        /// Where each stream stands in the log that they would append to.
        var conditions: [(stream: StreamName, condition: StreamCondition)] = []

        /// What is changed, in the order of the changes.
        var subjects: [ProposalSubject] { changes.flatMap { $0.appends.map(\.subject) } }
    }

    /// - Parameter others: what the proposal changes already.
    /// - Throws: `AgentContextError` with `notProposable` or `proposalOverlaps`; what an operation throws.
    func draft(_ changes: [ProposedChange], besides others: [ProposalChange]) async throws -> Drafted {
        var drafted = Drafted()
        var taken: [StreamName: String] = [:]
        for change in others {
            for append in change.appends { taken[stream(of: append.subject)] = change.operation }
        }
        for change in changes {
            try Task.checkCancellation()
            let appends = try await appends(of: change)
            guard appends.contains(where: { !$0.events.isEmpty }) else {
                throw AgentContextError(
                    .notProposable, "\(change.operation) would change nothing, so it is no part of a proposal.",
                    ["operation": .string(change.operation)])
            }
            var proposed: [ProposedAppend] = []
            for append in appends {
                if !drafted.conditions.contains(where: { $0.stream == append.stream }) {
                    drafted.conditions.append((append.stream, append.condition))
                }
                guard !append.events.isEmpty else { continue }
                let subject = try subject(of: append.stream, change.operation)
                if let other = taken.updateValue(change.operation, forKey: append.stream) {
                    throw AgentContextError(
                        .proposalOverlaps,
                        "Both \(other) and \(change.operation) would change the \(subject.words); say it in one, or "
                            + "make another proposal.",
                        ["kind": .string(subject.kind.rawValue), "id": .string(subject.id)])
                }
                proposed.append(
                    ProposedAppend(
                        subject: subject,
                        events: append.events.map {
                            ProposedEvent(type: $0.type, schemaVersion: $0.schemaVersion, payload: $0.payload)
                        },
                        users: append.events.reduce([]) { UserNames.joined($0, $1.protectedFor) }))
            }
            drafted.changes.append(
                ProposalChange(operation: change.operation, arguments: change.arguments, appends: proposed))
        }
        return drafted
    }

    private func appends(of change: ProposedChange) async throws -> [StreamAppend] {
        do {
            return try await ledger.drafting(change.run)
        } catch let error as MemoryLedgerError where error.code == .notDraftable {
            throw Self.changesMore(change.operation)
        }
    }

    private static func changesMore(_ operation: String) -> AgentContextError {
        AgentContextError(
            .notProposable,
            "\(operation) does more than to change memories, blocks and passages, so it is no part of a proposal.",
            ["operation": .string(operation)])
    }

    private func subject(of stream: StreamName, _ operation: String) throws -> ProposalSubject {
        guard let (kind, id) = ProposalsModule.subject(of: stream) else { throw Self.changesMore(operation) }
        guard id.namespace.utf8.elementsEqual(namespace.utf8) else {
            throw AgentContextError(
                .notProposable,
                "The proposal is of namespace \(namespace), and \(operation) changes namespace \(id.namespace); make "
                    + "another one there.", ["operation": .string(operation)])
        }
        return ProposalSubject(kind, id.key, version: 0)
    }

    func stream(of subject: ProposalSubject) -> StreamName {
        ProposalsModule.stream(subject.kind, subject.id, namespace)
    }

    /// What ids are of, each once.
    ///
    /// - Throws: `AgentContextError.notProposable` if there is nothing of an id.
    func subjects(reading ids: [String], _ tables: SQLiteConnection) throws -> [ProposalSubject] {
        var subjects: [ProposalSubject] = []
        var seen: Set<StreamName> = []
        for id in ids {
            let found = try subject(reading: id, tables)
            if seen.insert(stream(of: found)).inserted { subjects.append(found) }
        }
        return subjects
    }

    private func subject(reading id: String, _ tables: SQLiteConnection) throws -> ProposalSubject {
        let passage = try tables.first(
            """
            SELECT p.id FROM external_memory m JOIN passages p ON p.namespace = m.namespace AND p.position = m.position
            WHERE m.id = ? AND m.namespace = ? AND m.archive IS NOT NULL
            """, [.text(id), .text(namespace)]
        ) { $0.text(0) }
        if let passage { return ProposalSubject(.passage, passage, version: 0) }
        let memory = try MemoryKey(namespace: namespace, key: id).resolved {
            try ledger.contentVersion(of: $0, in: tables) > 0
        }
        if memory.namespace.utf8.elementsEqual(namespace.utf8), try ledger.contentVersion(of: memory, in: tables) > 0 {
            return ProposalSubject(.memory, memory.key, version: 0)
        }
        if try BlockRows.find(id, namespace, tables) != nil { return ProposalSubject(.block, id, version: 0) }
        throw AgentContextError(
            .notProposable,
            "There is no memory, block or passage \(id) in namespace \(namespace); give the key of a memory, or the id "
                + "of a block or a passage as `block show` and `archive list` tell it.", ["id": .string(id)])
    }

    // MARK: Where they stand

    /// The same subjects with where they stand now.
    func standing(_ subjects: [ProposalSubject]) async throws -> [ProposalSubject] {
        let log: any EventLog = ledger.log
        var versions: [StreamName: StreamVersion] = [:]
        for subject in subjects { versions[stream(of: subject)] = try await log.version(of: stream(of: subject)) }
        return try await ledger.readContext(namespace) { tables in
            try subjects.map { subject in
                var subject = subject
                subject.version = try version(of: subject, tables, versions)
                return subject
            }
        }
    }

    /// A subject is where it was.
    func stands(
        _ subject: ProposalSubject, _ tables: SQLiteConnection, _ versions: [StreamName: StreamVersion]
    ) throws -> Bool {
        try version(of: subject, tables, versions) == subject.version
    }

    private func version(
        of subject: ProposalSubject, _ tables: SQLiteConnection, _ versions: [StreamName: StreamVersion]
    ) throws -> StreamVersion {
        guard subject.kind == .memory else { return versions[stream(of: subject)] ?? 0 }
        // Reads that count are no change.
        return try ledger.contentVersion(of: MemoryKey(namespace: namespace, key: subject.id), in: tables)
    }

    /// Those of the subjects that have changed since a position.
    func conflicts(since base: Position, _ subjects: [ProposalSubject]) async throws -> [ProposalConflict] {
        var conflicts: [ProposalConflict] = []
        for subject in subjects {
            guard let last = try await lastChange(of: subject), last.position > base else { continue }
            var before = subject
            before.version = try await version(of: subject, at: base)
            conflicts.append(Self.conflict(before, found: subject.version, last))
        }
        return conflicts
    }

    /// What has become of subjects that do not stand where they were.
    func conflicts(_ subjects: [ProposalSubject]) async throws -> [ProposalConflict] {
        var conflicts: [ProposalConflict] = []
        for (before, now) in zip(subjects, try await standing(subjects)) {
            conflicts.append(Self.conflict(before, found: now.version, try await lastChange(of: now)))
        }
        return conflicts
    }

    private static func conflict(
        _ subject: ProposalSubject, found: StreamVersion, _ last: RecordedEvent?
    ) -> ProposalConflict {
        ProposalConflict(
            subject: subject, found: found, by: last?.attribution.actor, at: last?.occurredAt,
            position: last?.position)
    }

    /// The event that brought a subject where it stands.
    private func lastChange(of subject: ProposalSubject) async throws -> RecordedEvent? {
        let log: any EventLog = ledger.log
        let isThere = subject.version > 0
        let page = try await log.readStream(
            stream(of: subject), from: isThere ? subject.version : nil,
            direction: isThere ? .forwards : .backwards, limit: 1)
        return page.events.first
    }

    private func version(of subject: ProposalSubject, at base: Position) async throws -> StreamVersion {
        guard base > 0 else { return 0 }
        if subject.kind == .memory {
            let then = try await ledger.asOf(.position(base))
            return try await then.includingQuarantined.find(MemoryKey(namespace: namespace, key: subject.id))?.version
                ?? 0
        }
        let log: any EventLog = ledger.log
        let query = EventQuery(direction: .backwards, from: base + 1, limit: 1)
        return try await log.history(of: stream(of: subject), query).events.first?.version ?? 0
    }

    // MARK: Labels

    /// No block comes to be called as another one is in the same context.
    ///
    /// - Throws: `AgentContextError.blockExists`.
    func checkLabels(_ proposal: Proposal, _ tables: SQLiteConnection) throws {
        var changed: [StreamName: Block?] = [:]
        for append in proposal.draft.changes.flatMap(\.appends) where append.subject.kind == .block {
            var block = try BlockRows.find(append.subject.id, namespace, tables)?.block
            for event in append.events {
                guard let body = try ledger.events.body(of: event, in: stream(of: append.subject)) as? BlockEvent else {
                    continue
                }
                block = Block.applying(body, to: block)
            }
            changed.updateValue(block, forKey: stream(of: append.subject))
        }
        for (name, block) in changed.sorted(by: { $0.key < $1.key }) {
            guard let block else { continue }
            for holder in block.holders {
                // What the others will be, and those that stay as they are.
                var others = changed.filter { $0.key != name }.compactMap(\.value)
                for other in try BlockRows.list(of: holder, namespace, tables)
                where changed[BlocksModule.family.stream(namespace, other.id)] == nil { others.append(other.block) }
                let isTaken = others.contains { other in
                    other.label.utf8.elementsEqual(block.label.utf8) && other.holders.contains(holder)
                }
                guard isTaken else { continue }
                throw AgentContextError(
                    .blockExists,
                    "There is a block \(block.label) in the context of \(holder.words) already; reject the proposal, or "
                        + "rename that block.")
            }
        }
    }
}

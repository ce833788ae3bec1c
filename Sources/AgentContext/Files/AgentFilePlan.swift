import Crypto
import EventLog
import MemoryLedger

/// The events that a file makes in a ledger, in their order.
///
/// The same file makes the same events, with the same ids, whatever the ledger has by then. So an import that was cut
/// off is completed by doing it again.
struct AgentFilePlan {
    /// An event, and what it is done by.
    struct Step {
        enum Author {
            case importer
            /// Who edited a block, as the file says.
            case former(String?)
        }

        var stream: StreamName
        var body: any ModuleEvent
        /// Nil: when it is imported.
        var at: Timestamp?
        var author = Author.importer
        /// What it makes may be in the ledger already, and stays as it is.
        var isShared = false
        /// `NewEvent.protectedFor`. Whose the versions of an agent's blocks were, a file does not say.
        var users: [String] = []
    }

    let target: AgentFileTarget
    private(set) var steps: [Step] = []
    /// When the last event of each session happened.
    private var lastTimes: [Timestamp] = []

    init(_ file: AgentFile, _ target: AgentFileTarget) {
        self.target = target
        addPeople(file)
        addSessions(file.sessions)
        addBlocks(file)
        addEnds(file.sessions)
        addPassages(file.archives)
        // Now all of it is there.
        let stream = target.agentStream
        for time in file.agent.times?.all ?? [] {
            steps.append(Step(stream: stream, body: AgentEvent.set(file.agent.agent), at: time))
        }
        let imported = ImportedFile(
            agent: file.agent.name, sha256: target.digest.hexadecimal, events: steps.count + 1)
        steps.insert(Step(stream: stream, body: AgentEvent.imported(imported), at: nil), at: 0)
    }

    private mutating func addPeople(_ file: AgentFile) {
        for user in file.users {
            let stream = UsersModule.family.stream(target.namespace, user.name)
            steps.append(Step(stream: stream, body: UserEvent.added, at: user.createdAt, isShared: true))
        }
        for role in file.roles {
            let stream = RolesModule.family.stream(target.namespace, role.name)
            for time in role.times.all {
                steps.append(Step(stream: stream, body: RoleEvent.set(role.role), at: time, isShared: true))
            }
        }
    }

    // MARK: Sessions

    /// What is said in several sessions is in the order of its times, as far as that of each session allows.
    private mutating func addSessions(_ sessions: [FiledSession]) {
        struct Entry {
            var reached: Timestamp
            var session: Int
            var step: Step
        }
        var entries: [Entry] = []
        // Sessions are opened in the order of the file, whatever clock they were opened by.
        var opened = sessions.first?.openedAt ?? Timestamp(milliseconds: 0)
        for (index, session) in sessions.enumerated() {
            opened = max(opened, session.openedAt)
            var reached = opened
            for step in target.steps(of: session) {
                reached = max(reached, step.at ?? reached)
                entries.append(Entry(reached: reached, session: index, step: step))
            }
            lastTimes.append(entries.last?.step.at ?? session.openedAt)
        }
        let order = entries.indices.sorted { left, right in
            let (first, second) = (entries[left], entries[right])
            if first.reached != second.reached { return first.reached < second.reached }
            return first.session != second.session ? first.session < second.session : left < right
        }
        steps += order.map { entries[$0].step }
    }

    /// A session gets its blocks before it is closed, since a closed one keeps what it has.
    private mutating func addEnds(_ sessions: [FiledSession]) {
        for (index, session) in sessions.enumerated() {
            let stream = target.stream(of: session.id)
            var last = lastTimes[index]
            if let closedAt = session.closedAt {
                steps.append(
                    Step(
                        stream: stream, body: SessionEvent.closed(reason: session.closeReason), at: closedAt,
                        users: [session.opening.user]))
                last = closedAt
            }
            guard session.updatedAt != last else { continue }
            let touched = SessionEvent.touched(
                expiresAt: session.opening.expiresAt, lifetimeSeconds: session.opening.lifetimeSeconds)
            steps.append(
                Step(stream: stream, body: touched, at: session.updatedAt, users: [session.opening.user]))
        }
    }

    // MARK: Blocks

    private mutating func addBlocks(_ file: AgentFile) {
        let blocks = Dictionary(file.blocks.map { (ByteText($0.id), $0) }) { first, _ in first }
        var made: Set<ByteText> = []
        for share in file.shares {
            guard let block = blocks[ByteText(share.block)] else { continue }
            let holder = target.holder(share.session)
            if made.insert(ByteText(block.id)).inserted {
                let session = share.session.flatMap { id in
                    file.sessions.first { $0.id.utf8.elementsEqual(id.utf8) }
                }
                add(block, heldBy: holder, for: session.map { [$0.opening.user] } ?? [])
            } else {
                steps.append(
                    Step(stream: target.stream(ofBlock: block.id), body: BlockEvent.shared(holder), at: block.updatedAt)
                )
            }
        }
    }

    private mutating func add(_ block: FiledBlock, heldBy holder: BlockHolder, for users: [String]) {
        let stream = target.stream(ofBlock: block.id)
        for version in block.versions {
            func step(_ event: BlockEvent) {
                steps.append(
                    Step(
                        stream: stream, body: event, at: version.at, author: .former(version.actor), users: users))
            }
            switch version.content {
            case .repeated(let former):
                guard case .said(let text, _) = block.versions[Int(former) - 1].content else { continue }
                step(.reverted(BlockReversion(.init(rawValue: version.kind) ?? .restore, version: former, text)))
            case .said(let text, _):
                if let kind = BlockEdit.Kind(rawValue: version.kind) {
                    step(.edited(BlockEdit(kind, text)))
                } else if let kind = BlockReversion.Kind(rawValue: version.kind) {
                    // Of another program, which said again what no version had said.
                    step(.reverted(BlockReversion(kind, version: 0, text)))
                } else {
                    if version.number > 1 { step(.deleted) }
                    step(
                        .created(
                            Block(label: block.label, value: text, settings: block.settings, holders: [holder])))
                }
            }
        }
        guard let last = block.versions.last, last.at != block.updatedAt else { return }
        steps.append(
            Step(
                stream: stream, body: BlockEvent.configured(block.settings), at: block.updatedAt, users: users))
    }

    private mutating func addPassages(_ archives: [FiledArchive]) {
        for archive in archives {
            for filed in archive.passages {
                var passage = filed.passage
                passage.session = passage.session.map { target.session($0) }
                let id = PassageRows.streamID(passage.content, passage.archive)
                steps.append(
                    Step(
                        stream: PassagesModule.family.stream(target.namespace, id),
                        body: PassageEvent.inserted(passage),
                        at: filed.at, isShared: true, users: passage.user.map { [$0] } ?? []))
            }
        }
    }
}

/// Where a file goes, and how what it has is called there.
struct AgentFileTarget {
    let namespace: String
    /// The agent's.
    let name: String
    /// Of the file's bytes.
    let digest: [UInt8]
    private let sessions: [ByteText: String]
    private let blocks: [ByteText: String]

    /// - Parameter isRenamed: sessions and blocks get ids of their own.
    init(_ file: AgentFile, name: String, in namespace: String, digest: [UInt8], isRenamed: Bool) {
        (self.name, self.namespace, self.digest) = (name, namespace, digest)
        func own(_ kind: String, _ index: Int) -> String {
            Self.id(digest, namespace, name, kind, index).description
        }
        sessions = Self.table(file.sessions.map(\.id)) { isRenamed ? own("session", $0) : $1 }
        blocks = Self.table(file.blocks.map(\.id)) { index, id in
            isRenamed ? "agent/\(name)/\(file.blocks[index].label)~\(own("block", index))" : id
        }
    }

    private static func table(_ ids: [String], _ name: (Int, String) -> String) -> [ByteText: String] {
        Dictionary(ids.enumerated().map { (ByteText($1), name($0, $1)) }) { first, _ in first }
    }

    var agentStream: StreamName { AgentsModule.family.stream(namespace, name) }

    func session(_ id: String) -> String { sessions[ByteText(id)] ?? id }
    func block(_ id: String) -> String { blocks[ByteText(id)] ?? id }
    func stream(of session: String) -> StreamName { SessionsModule.family.stream(namespace, self.session(session)) }
    func stream(ofBlock id: String) -> StreamName { BlocksModule.family.stream(namespace, block(id)) }
    func holder(_ session: String?) -> BlockHolder { session.map { .session(self.session($0)) } ?? .agent(name) }

    /// What was said in a session, until its end.
    func steps(of session: FiledSession) -> [AgentFilePlan.Step] {
        let stream = stream(of: session.id)
        var opening = session.opening
        opening.agent = name
        func step(_ event: SessionEvent, at time: Timestamp) -> AgentFilePlan.Step {
            AgentFilePlan.Step(stream: stream, body: event, at: time, users: [opening.user])
        }
        var steps = [step(.opened(opening), at: session.openedAt)]
        var evictions = session.evictions[...]
        func evict(after number: Int64) {
            while let next = evictions.first, next.after <= number {
                steps.append(step(.evicted(next.eviction), at: next.at))
                evictions.removeFirst()
            }
        }
        for message in session.messages {
            steps.append(step(.appended(message.message), at: message.at))
            evict(after: message.number)
        }
        return steps
    }

    /// The id of an event.
    func id(ofStep index: Int) -> EventID { Self.id(digest, namespace, name, "event", index) }

    /// A UUID of version 8, made of all that it is for.
    private static func id(
        _ digest: [UInt8], _ namespace: String, _ name: String, _ kind: String, _ index: Int
    ) -> EventID {
        var hash = SHA256()
        hash.update(data: digest)
        for part in [namespace, name, kind, String(index)] {
            hash.update(data: Array("\(part.utf8.count):\(part)".utf8))
        }
        let (high, low) = hash.finalize().withUnsafeBytes {
            (
                UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)),
                UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            )
        }
        return EventID(high: high & ~0xf000 | 0x8000, low: low & ~(0b11 << 62) | 0b10 << 62)
    }
}

public import EventLog
import LedgerStorage
import MemoryLedger

/// Appends the events of a plan.
///
/// Invariants:
/// 1. What would refuse the import is looked for before the first append: then nothing is written.
/// 2. Events are appended in the order of the plan, in batches that are written whole or not at all. So what is in the
///    log is the plan's beginning, and the same import goes on behind it.
/// 3. No stream of a session or a block has anything but what the plan has.
struct AgentFileImport {
    let ledger: MemoryLedger
    let attribution: Attribution
    let plan: AgentFilePlan
    let limits: AgentFileLimits
    let progress: (_ done: Int64, _ of: Int64) -> Void

    /// How many steps are in the log already, or stand for what is.
    private var reached = 0
    /// Steps whose result was in the ledger before.
    private var present: Set<Int> = []
    /// At which version each stream is before its next event.
    private var versions: [StreamName: StreamVersion] = [:]

    private var log: any EventLog { ledger.log }
    private var target: AgentFileTarget { plan.target }

    init(
        _ plan: AgentFilePlan, into ledger: MemoryLedger, by attribution: Attribution, limits: AgentFileLimits,
        progress: @escaping (_ done: Int64, _ of: Int64) -> Void
    ) {
        (self.plan, self.ledger, self.attribution, self.limits) = (plan, ledger, attribution, limits)
        self.progress = progress
    }

    mutating func run(_ file: AgentFile) async throws -> AgentImportReport {
        try checkActors()
        reached = try await stepsInLog()
        if reached < plan.steps.count {
            try await ledger.readContext(target.namespace) { tables in
                try checkAgent(tables)
                try checkRoles(file, tables)
                try checkSessions(tables)
                present = try stepsPresent(tables)
            }
            try await readVersions()
        }
        var report = AgentImportReport(file, target)
        report.formerEvents = reached
        report.present = present.count
        try await append(&report)
        return report
    }

    // MARK: Looking before

    /// - Throws: `invalidArgument` if the ledger demands an actor of everything, and a version has none.
    private func checkActors() throws {
        guard try ledger.policy().requiresActor else { return }
        let isNameless = plan.steps.contains { step in
            if case .former(nil) = step.author { true } else { false }
        }
        guard isNameless else { return }
        throw MemoryLedgerError(
            .invalidArgument,
            "The ledger demands an actor, and the file does not say who edited some of its blocks; import it where "
                + "none is demanded.")
    }

    private func stepsInLog() async throws -> Int {
        guard try await log.event(id: target.id(ofStep: 0)) != nil else { return 0 }
        for index in plan.steps.indices.reversed() {
            if try await log.event(id: target.id(ofStep: index)) != nil { return index + 1 }
        }
        return 0
    }

    private func exists(_ what: String) -> AgentContextError {
        AgentContextError(
            .agentExists, "\(what); import it under another name, by --name, or into another ledger or namespace.",
            ["agent": .string(target.name), "namespace": .string(target.namespace)])
    }

    private func checkAgent(_ tables: SQLiteConnection) throws {
        var isThere = try People.agent(target.name, target.namespace, tables) != nil
        if reached == 0 {
            var filter = SessionFilter(namespace: target.namespace)
            filter.agent = target.name
            let sessions = try SessionRows.list(filter, after: 0, limit: 1, now: Timestamp(milliseconds: 0), tables)
            let blocks = try AgentFileRows.blocks(of: .agent(target.name), target.namespace, tables)
            isThere = isThere || !sessions.isEmpty || !blocks.isEmpty
        }
        guard isThere else { return }
        // What an import that was cut off set itself is no hindrance.
        let isOwn = plan.steps[..<reached].contains { step in
            if case AgentEvent.set? = step.body as? AgentEvent { true } else { false }
        }
        if !isOwn { throw exists("Namespace \(target.namespace) has an agent \(target.name) already") }
    }

    /// A role that says something else here would change what the agent is told.
    private func checkRoles(_ file: AgentFile, _ tables: SQLiteConnection) throws {
        let roles = Dictionary(file.roles.map { (ByteText($0.name), $0.role) }) { first, _ in first }
        let names = Set(file.sessions.map { ByteText($0.opening.role) }).union(roles.keys)
        for name in names.sorted() {
            guard let found = try People.role(name.text, target.namespace, tables)?.role,
                found != roles[name] ?? AgentRole()
            else { continue }
            throw AgentContextError(
                .agentExists,
                "The role \(name.text) of namespace \(target.namespace) is another one than the file's; import the file "
                    + "into another namespace or ledger.",
                ["role": .string(name.text), "namespace": .string(target.namespace)])
        }
    }

    /// Ids of sessions are of the whole ledger.
    private func checkSessions(_ tables: SQLiteConnection) throws {
        let find = try tables.statement("SELECT namespace FROM sessions WHERE id = ?")
        for step in plan.steps[reached...] {
            guard case SessionEvent.opened? = step.body as? SessionEvent,
                let session = SessionsModule.family.subject(step.stream)?.key
            else { continue }
            find.bind(1, session)
            defer { find.reset() }
            if try find.step() { throw exists("Namespace \(find.text(0)) has a session \(session) already") }
        }
    }

    private func stepsPresent(_ tables: SQLiteConnection) throws -> Set<Int> {
        var present: Set<Int> = []
        for index in reached..<plan.steps.count where plan.steps[index].isShared {
            let step = plan.steps[index]
            let isThere: Bool
            if let user = UsersModule.family.subject(step.stream) {
                isThere = try People.has(user: user.key, user.namespace, tables)
            } else if let role = RolesModule.family.subject(step.stream) {
                // The second one of two that were parted says until when it stands.
                isThere = try !beginsBehindOwn(index) && People.role(role.key, role.namespace, tables) != nil
            } else if let passage = PassagesModule.family.subject(step.stream) {
                isThere = try PassageRows.find(streamID: passage.key, passage.namespace, tables) != nil
            } else {
                isThere = false
            }
            if isThere { present.insert(index) }
        }
        return present
    }

    private func beginsBehindOwn(_ index: Int) -> Bool {
        index == reached && index > 0 && plan.steps[index - 1].stream == plan.steps[index].stream
    }

    /// - Throws: `agentExists` if a session or a block has, or had, something that is not of the plan.
    private mutating func readVersions() async throws {
        var own: [StreamName: StreamVersion] = [:]
        for step in plan.steps[..<reached] { own[step.stream, default: 0] += 1 }
        for index in reached..<plan.steps.count where !present.contains(index) {
            let step = plan.steps[index]
            guard versions[step.stream] == nil else { continue }
            let version = try await log.version(of: step.stream)
            versions[step.stream] = version
            guard !step.isShared, step.stream != target.agentStream, version != own[step.stream, default: 0] else {
                continue
            }
            throw exists("The ledger has events of \(step.stream) that are not the file's")
        }
    }

    // MARK: Appending

    private mutating func append(_ report: inout AgentImportReport) async throws {
        let total = plan.steps.count
        var next = reached
        let conditions = try await protect()
        while next < total {
            try Task.checkCancellation()
            let (appends, end) = try batch(from: next)
            if !appends.isEmpty {
                let positions = try await append(appends + conditions).positions
                report.events += positions.count
                report.firstPosition = report.firstPosition ?? positions.first
                report.lastPosition = positions.last ?? report.lastPosition
            }
            next = end
            progress(Int64(next), Int64(total))
        }
    }

    /// Encrypts the namespace, if the file has users and sessions are protected.
    ///
    /// - Returns: what must stay as it is if they are not: `SessionProtection`.
    private func protect() async throws -> [StreamAppend] {
        guard reached < plan.steps.count, plan.steps.contains(where: { $0.body is UserEvent }) else { return [] }
        let version = try await log.version(of: SessionProtection.setting)
        guard try await ledger.readTables({ try SessionProtection.isDemanded($0) }) else {
            return [StreamAppend(SessionProtection.setting, version == 0 ? .mustNotExist : .atVersion(version))]
        }
        if try ledger.protection(of: target.namespace) != nil {
            do { try await ledger.protect(target.namespace, by: attribution) } catch let error as EventLogError
                where error.code == .alreadyProtected
            {
                // By another process, in between.
            }
        }
        return []
    }

    private func append(_ appends: [StreamAppend]) async throws -> AppendResult {
        do { return try await log.append(appends) } catch let error as EventLogError
            where error.code == .conflict || error.code == .eventIDReused
        {
            throw MemoryLedgerError(
                .contention,
                "Others wrote to what is imported (\(error.message)); import the file again, and it goes on from here.")
        }
    }

    /// The next events, those of one stream that stand together as one part, and the step behind them.
    private mutating func batch(from first: Int) throws -> (appends: [StreamAppend], end: Int) {
        var appends: [StreamAppend] = []
        var bytes = 0
        var count = 0
        var begun: Set<StreamName> = []
        var index = first
        while index < plan.steps.count, count < limits.batchEvents, bytes < limits.batchBytes {
            defer { index += 1 }
            if present.contains(index) { continue }
            let step = plan.steps[index]
            let event = try newEvent(step, index)
            let version = versions[step.stream] ?? 0
            versions[step.stream] = version + 1
            if appends.last?.stream == step.stream {
                appends[appends.count - 1].events.append(event)
            } else {
                let isFirst = begun.insert(step.stream).inserted
                let condition: StreamCondition = version == 0 ? .mustNotExist : .atVersion(version)
                appends.append(StreamAppend(step.stream, isFirst ? condition : .any, events: [event]))
            }
            bytes += event.payload.count
            count += 1
        }
        return (appends, index)
    }

    private func newEvent(_ step: AgentFilePlan.Step, _ index: Int) throws -> NewEvent {
        let beginning = target.id(ofStep: 0).description
        var author = attribution
        author.correlationID = attribution.correlationID ?? beginning
        if index > 0 { author.causationID = beginning }
        if case .former(let actor) = step.author { author.actor = actor }
        var event = try ledger.events.newEvent(
            step.body, id: target.id(ofStep: index), at: step.at ?? ledger.options.clock.now(), by: author)
        event.protectedFor = step.users
        return event
    }
}

/// What an import of an agent did.
public struct AgentImportReport: Hashable, Sendable {
    /// What the agent is called here.
    public var agent: String
    public var namespace: String
    public var sessions: Int
    public var messages: Int
    public var blocks: Int
    public var archives: Int
    public var passages: Int
    /// Events that were appended.
    public var events = 0
    /// Events that a former import of the file had appended: it was cut off, or had done all of it.
    public var formerEvents = 0
    /// Users, roles and passages that were in the ledger, and stay as they are: as many events were not needed.
    public var present = 0
    public var firstPosition: Position?
    public var lastPosition: Position?

    init(_ file: AgentFile, _ target: AgentFileTarget) {
        (agent, namespace) = (target.name, target.namespace)
        (sessions, blocks, archives) = (file.sessions.count, file.blocks.count, file.archives.count)
        messages = file.sessions.reduce(0) { $0 + $1.messages.count }
        passages = file.archives.reduce(0) { $0 + $1.passages.count }
    }
}

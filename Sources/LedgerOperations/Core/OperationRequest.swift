import EmbeddedLedger
public import EventLog
public import MemoryLedger
import Projections
import SQLiteEventLog

/// What an operation runs in: the ledger, and who asks.
///
///     let attribution = Attribution(actor: "assistant", correlationID: "request-7")
///     let request = OperationRequest(ledger, by: attribution) { notice in print(notice) }
public struct OperationRequest: Sendable {
    public let ledger: MemoryLedger
    /// Who asks, and for what: it lands on the events.
    public var attribution: Attribution
    /// What the one who asks may do.
    public var grant: AccessGrant
    /// Is told what the person who asks should know beside the answer, before it.
    public var notify: @Sendable (OperationNotice) -> Void
    /// Is told how far an operation is that takes long.
    public var report: @Sendable (OperationProgress) -> Void = { _ in }

    public init(
        _ ledger: MemoryLedger, by attribution: Attribution = Attribution(), grant: AccessGrant = .everything,
        notify: @escaping @Sendable (OperationNotice) -> Void = { _ in }
    ) {
        self.ledger = ledger
        self.attribution = attribution
        self.grant = grant
        self.notify = notify
    }

    /// Runs an operation if the one who asks may. All that others than the ledger's owner ask goes through here.
    ///
    /// - Throws: `AccessDeniedError`, before anything is read; what the operation throws.
    public func perform<Operation: LedgerOperation>(_ operation: Operation) async throws -> Operation.Result {
        try grant.check(operation)
        return try await operation.run(in: self)
    }
}

/// What did not keep an operation from doing what it was asked, and makes a difference to what it answers.
public enum OperationNotice: Hashable, Sendable {
    /// The log's time is ahead of the clock, and the call goes by a time. Events that were recorded ahead of the clock
    /// count by when they occurred.
    case clockIsBehind(ClockLead)
    /// The log's time is ahead of the clock, and the call goes by recorded times all the same.
    case recordedTimesAreAhead(ClockLead)
    /// What was appended is recorded far ahead of the clock, and keeps the clock's time as when it occurred.
    case appendedAhead(ClockLead)
    /// The clock was set ahead since an append, or before one.
    case clockJumped(ClockJump)
    /// So many events of the log are not in what is shown, because a projector refused them.
    case eventsSetAside(Int)
    /// There is no stream of this name, and none whose name begins so.
    case noStream(String)
    /// The stream has a part of what happened to a memory, which was renamed: its history has all of it.
    case renamedMemory(MemoryKey)
}

/// How far an operation is, in events.
public struct OperationProgress: Hashable, Sendable {
    public var done: Int64
    /// Nil: not known.
    public var total: Int64?

    public init(done: Int64, total: Int64?) {
        self.done = done
        self.total = total
    }

    init(_ status: RebuildStatus) { self.init(done: status.position, total: status.head) }
}

extension MemoryLedger {
    /// What the caller should know if events were appended since a position; nil: nothing. The call itself succeeded,
    /// whether the state of the clock can be told or not.
    package func notice(ofAppendsSince position: Position) async -> OperationNotice? {
        let log: any EventLog = log
        guard let head = try? await log.head(), head > position else { return nil }
        return await notice(ofAppendsWith: (try? log.inFile)?.noticedClockJump)
    }

    /// The same of who did it otherwise than through this ledger.
    ///
    /// - Parameter jump: as it was known before.
    package func notice(ofAppendsWith jump: ClockJump?) async -> OperationNotice? {
        if let lead = try? await clockLead(), lead.isLong { return .appendedAhead(lead) }
        return jump.map { .clockJumped($0) }
    }
}

extension OperationRequest {
    /// For a call that goes by a time.
    func noticeClockLead() async throws {
        guard let lead = try await ledger.clockLead() else { return }
        notify(.clockIsBehind(lead))
    }

    /// For a call that goes by what the records say.
    func noticeRecordedTimes() async throws {
        guard let lead = try await ledger.clockLead() else { return }
        notify(.recordedTimesAreAhead(lead))
    }

    /// Events that are set aside, of which each is read to tell one who may not read all namespaces of its own.
    static let maximumSetAsideRead = 1_000

    /// For a call that shows the present. Events of namespaces that the one who asks may not read are not told of.
    ///
    /// - Parameter maximum: the first events that are looked at for one who may not read all namespaces.
    func noticeDeadLetters(reading maximum: Int = Self.maximumSetAsideRead) async throws {
        let positions = try ledger.waitingDeadLetters()
        guard grant.namespaces != nil else {
            if !positions.isEmpty { notify(.eventsSetAside(positions.count)) }
            return
        }
        var waiting = 0
        for position in positions.prefix(maximum) where try await mayKnow(of: position) { waiting += 1 }
        if waiting > 0 { notify(.eventsSetAside(waiting)) }
    }

    private func mayKnow(of position: Position) async throws -> Bool {
        let event = try await (ledger.log as any EventLog).event(at: position)
        return event.map { grant.includes(namespace: StreamFamily.namespace(of: $0.stream)) } ?? false
    }
}

package import EventLog
import LedgerStorage
import Projections

/// Decides on events and appends them: the way of every module's commands into the log.
struct CommandRunner {
    let parts: LedgerParts
    /// What would be appended goes here instead.
    private let drafts: DraftedAppends?
    private var log: any EventLog { parts.log }

    /// How often a command is decided again because others were faster.
    private static let maximumAttempts = 32

    init(_ parts: LedgerParts, _ drafts: DraftedAppends? = nil) { (self.parts, self.drafts) = (parts, drafts) }

    /// Decides on events of one stream and appends them; decides again if others were faster.
    ///
    /// - Returns: the positions of the events.
    /// - Throws: `MemoryLedgerError.contention`, and what `EventLog.append` and the closure throw.
    @discardableResult
    func commit(
        to stream: StreamName, by attribution: Attribution, _ decide: (SQLiteConnection) throws -> [any ModuleEvent]
    ) async throws -> [Position] {
        try await commit(to: [stream], by: attribution) { [StreamChange(stream, try decide($0))] }.positions
    }

    /// The same of several streams, all at once or not at all.
    ///
    /// - Parameter decide: names streams of those that were given; what it names of one stream stands together.
    func commit(
        to streams: [StreamName], by attribution: Attribution,
        _ decide: (SQLiteConnection) throws -> [StreamChange]
    ) async throws -> CommittedEvents {
        try await commit(to: streams, by: attribution, isRestricted: true) { tables, _ in
            try decide(tables).filter { !$0.bodies.isEmpty }
        }
    }

    /// The same, by what else can be said of each stream.
    ///
    /// - Parameters:
    ///   - isRestricted: what modules restrict is refused.
    ///   - decide: sees where the streams stand, too.
    /// - Throws: also `EventLogError.conflict`, for a stream that does not stand where a change wants it to.
    func commit(
        to streams: [StreamName], by attribution: Attribution, isRestricted: Bool,
        _ decide: (SQLiteConnection, [StreamName: StreamVersion]) throws -> [StreamChange]
    ) async throws -> CommittedEvents {
        var ids: [EventID] = []
        var wanted: Set<StreamName> = []
        let result = try await append(isRestricted: isRestricted) {
            var versions: [StreamName: StreamVersion] = [:]
            // The versions first: what is appended in between is refused, and seen by the next attempt.
            for stream in streams { versions[stream] = try await log.version(of: stream) }
            try await parts.store.bringUp()
            let changes = try parts.snapshot { try decide($0, versions) }
            wanted = Set(changes.lazy.filter { $0.condition != nil }.map(\.stream))
            ids = []
            var appends: [StreamAppend] = []
            for change in changes {
                let events = try newEvents(change, by: attribution, first: ids.first)
                ids += events.map(\.id)
                if appends.last?.stream == change.stream {
                    appends[appends.count - 1].events += events
                    continue
                }
                guard let version = versions[change.stream] else {
                    throw MemoryLedgerError(
                        .invalidArgument, "\(change.stream) is none of the streams that the command is about; name it.")
                }
                appends.append(
                    StreamAppend(
                        change.stream, change.condition ?? (version == 0 ? .mustNotExist : .atVersion(version)),
                        events: events))
            }
            return ids.isEmpty ? [] : appends
        } outrun: { error, _ in
            if let stream = error.stream, wanted.contains(stream) { throw error }
        }
        return CommittedEvents(ids: ids, positions: result?.positions ?? [])
    }

    /// Appends what was decided on what is remembered, all at once or not at all.
    ///
    /// - Parameter changes: each with its condition, those without events too.
    /// - Returns: nil if one of them does not hold: then it is to be decided on what the tables say.
    func commit(remembered changes: [StreamChange], by attribution: Attribution) async throws -> CommittedEvents? {
        var committed = CommittedEvents(ids: [], positions: [])
        let appends = try changes.map { change in
            let events = try newEvents(change, by: attribution, first: committed.ids.first)
            committed.ids += events.map(\.id)
            return StreamAppend(change.stream, change.condition ?? .any, events: events)
        }
        do {
            committed.positions = try await log.append(appends + restrictions(on: appends)).positions
            return committed
        } catch let error as EventLogError where error.code == .conflict {
            if let stream = error.stream { parts.restrictions.forget(stream) }
            return nil
        }
    }

    /// Appends what a command decides on, and lets it decide again if others were faster.
    ///
    /// - Parameters:
    ///   - memory: what the command is about, if that is a memory.
    ///   - isRestricted: what modules restrict is refused.
    ///   - decide: brings the tables up first, each time: what the log says must not be newer than what they say.
    ///   - outrun: is told which append was refused; what it throws ends the command.
    /// - Returns: nil if there is nothing to append.
    /// - Throws: `MemoryLedgerError.contention`, and what `EventLog.append` and the closures throw.
    func append(
        about memory: MemoryKey? = nil, isRestricted: Bool = true, _ decide: () async throws -> [StreamAppend],
        outrun: (EventLogError, [StreamAppend]) async throws -> Void = { _, _ in }
    ) async throws -> AppendResult? {
        for _ in 0..<Self.maximumAttempts {
            let appends = try await decide()
            guard !appends.isEmpty else { return nil }
            let conditions = isRestricted && drafts == nil ? try await restrictions(on: appends) : []
            do {
                if let drafts {
                    try await check(appends)
                    try drafts.take(appends)
                }
                return try await log.append(appends + conditions)
            } catch let error as EventLogError where error.code == .conflict {
                if let stream = error.stream { parts.restrictions.forget(stream) }
                try await outrun(error, appends)
            }
        }
        throw MemoryLedgerError(
            .contention,
            "Others changed \(memory == nil ? "it" : "the memory") \(Self.maximumAttempts) times in between; try again.",
            memory: memory)
    }

    /// - Throws: `EventLogError.conflict`, as the log would for these appends.
    private func check(_ appends: [StreamAppend]) async throws {
        for append in appends {
            let version = try await log.version(of: append.stream)
            guard !append.condition.holds(at: version) else { continue }
            throw EventLogError.conflict(append.stream, expected: append.condition, found: version)
        }
    }

    /// - Throws: `invalidArgument` if a stream of a module is given events of another.
    private func check(_ bodies: [any ModuleEvent], _ stream: StreamName) throws {
        guard let family = StreamFamily.name(of: stream) else { return }
        for body in bodies where parts.events.module(of: body.type)?.name.hasSameBytes(as: family) == false {
            throw MemoryLedgerError(
                .invalidArgument,
                "The stream \(stream) is none of the module that \(body.type) is of; name another one.")
        }
    }

    /// - Parameter first: of the append; nil: it is among these.
    private func newEvents(
        _ change: StreamChange, by attribution: Attribution, first: EventID?
    ) throws -> [NewEvent] {
        try check(change.bodies, change.stream)
        var attribution = change.attribution ?? attribution
        if change.isCausedByFirst { attribution.causationID = first?.description }
        var events = try newEvents(change.bodies, by: attribution)
        for index in events.indices { events[index].protectedFor = change.users }
        return events
    }

    /// Appends events to a stream, wherever it stands.
    ///
    /// - Returns: the position of the last one.
    func append(
        _ bodies: [any ModuleEvent], to stream: StreamName, by attribution: Attribution
    ) async throws -> Position {
        try await log.append(to: stream, .any, try newEvents(bodies, by: attribution)).positions.last ?? 0
    }

    private func newEvents(_ bodies: [any ModuleEvent], by attribution: Attribution) throws -> [NewEvent] {
        let now = parts.now
        return try bodies.map {
            try parts.events.newEvent($0, id: parts.options.ids.next(at: now), at: now, by: attribution)
        }
    }
}

/// What a command does to one of its streams.
package struct StreamChange: Sendable {
    package var stream: StreamName
    /// None: nothing may have been appended to it in between.
    package var bodies: [any ModuleEvent]
    /// Where the stream must stand; nil: where it stood when the command was decided.
    package var condition: StreamCondition?
    /// Who does it, if that is another one.
    package var attribution: Attribution?
    /// `NewEvent.protectedFor`.
    package var users: [String]
    /// The first event of the append is the cause.
    package var isCausedByFirst = false

    package init(
        _ stream: StreamName, _ bodies: [any ModuleEvent] = [], _ condition: StreamCondition? = nil,
        for users: [String] = []
    ) {
        (self.stream, self.bodies, self.condition, self.users) = (stream, bodies, condition, users)
    }
}

/// What a command appended.
package struct CommittedEvents: Sendable {
    package var ids: [EventID]
    package var positions: [Position]
}

package import EventLog
import LedgerStorage
import Projections

/// Decides on events and appends them: the way of every module's commands into the log.
struct CommandRunner {
    let parts: LedgerParts
    private var log: any EventLog { parts.log }

    /// How often a command is decided again because others were faster.
    private static let maximumAttempts = 32

    init(_ parts: LedgerParts) { self.parts = parts }

    /// Decides on events of one stream and appends them; decides again if others were faster.
    ///
    /// - Returns: the positions of the events.
    /// - Throws: `MemoryLedgerError.contention`, and what `EventLog.append` and the closure throw.
    @discardableResult
    func commit(
        to stream: StreamName, by attribution: Attribution, _ decide: (SQLiteConnection) throws -> [any ModuleEvent]
    ) async throws -> [Position] {
        try await commit(to: [stream], by: attribution) { [DecidedEvents(stream, try decide($0))] }.positions
    }

    /// The same of several streams, all at once or not at all.
    ///
    /// - Parameter decide: names streams of those that were given; what it names of one stream stands together.
    func commit(
        to streams: [StreamName], by attribution: Attribution,
        _ decide: (SQLiteConnection) throws -> [DecidedEvents]
    ) async throws -> CommittedEvents {
        var ids: [EventID] = []
        let result = try await append {
            var conditions: [StreamName: StreamCondition] = [:]
            // The versions first: what is appended in between is refused, and seen by the next attempt.
            for stream in streams {
                let version = try await log.version(of: stream)
                conditions[stream] = version == 0 ? .mustNotExist : .atVersion(version)
            }
            try await parts.store.bringUp()
            var appends: [StreamAppend] = []
            for decided in try parts.snapshot(decide) where !decided.bodies.isEmpty {
                let events = try newEvents(decided, by: attribution)
                if appends.last?.stream == decided.stream {
                    appends[appends.count - 1].events += events
                    continue
                }
                guard let condition = conditions[decided.stream] else {
                    throw MemoryLedgerError(
                        .invalidArgument,
                        "\(decided.stream) is none of the streams that the command is about; name it.")
                }
                appends.append(StreamAppend(decided.stream, condition, events: events))
            }
            ids = appends.flatMap(\.events).map(\.id)
            return appends
        }
        return CommittedEvents(ids: ids, positions: result?.positions ?? [])
    }

    /// Appends what a command decides on, and lets it decide again if others were faster.
    ///
    /// - Parameters:
    ///   - memory: what the command is about, if that is a memory.
    ///   - decide: brings the tables up first, each time: what the log says must not be newer than what they say.
    ///   - outrun: is told which append was refused; what it throws ends the command.
    /// - Returns: nil if there is nothing to append.
    /// - Throws: `MemoryLedgerError.contention`, and what `EventLog.append` and the closures throw.
    func append(
        about memory: MemoryKey? = nil, _ decide: () async throws -> [StreamAppend],
        outrun: (EventLogError, [StreamAppend]) async throws -> Void = { _, _ in }
    ) async throws -> AppendResult? {
        for _ in 0..<Self.maximumAttempts {
            let appends = try await decide()
            guard !appends.isEmpty else { return nil }
            do {
                return try await log.append(appends)
            } catch let error as EventLogError where error.code == .conflict {
                try await outrun(error, appends)
            }
        }
        throw MemoryLedgerError(
            .contention,
            "Others changed \(memory == nil ? "it" : "the memory") \(Self.maximumAttempts) times in between; try again.",
            memory: memory)
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

    private func newEvents(_ decided: DecidedEvents, by attribution: Attribution) throws -> [NewEvent] {
        try check(decided.bodies, decided.stream)
        var events = try newEvents(decided.bodies, by: attribution)
        for index in events.indices { events[index].protectedFor = decided.users }
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

/// What a command wants to append to a stream.
package struct DecidedEvents {
    package var stream: StreamName
    package var bodies: [any ModuleEvent]
    /// `NewEvent.protectedFor`.
    package var users: [String]

    package init(_ stream: StreamName, _ bodies: [any ModuleEvent], for users: [String] = []) {
        (self.stream, self.bodies, self.users) = (stream, bodies, users)
    }
}

/// What a command appended.
package struct CommittedEvents: Sendable {
    package var ids: [EventID]
    package var positions: [Position]
}

package import EventLog
import MemoryLedger

/// Moments for one who may not read all namespaces: as the events of those that a call reaches have them.
///
/// Whether another namespace has an event at a position or under an id, how far the log goes and when it began is not
/// told. So a position means the last event up to it that the caller may know of, an id of any other event is unknown,
/// and what is answered, errors too, is the same whatever others do.
package struct ScopedMoments {
    private let ledger: MemoryLedger
    private let grant: AccessGrant
    /// Each once: a call may name one many times.
    let namespaces: [String]
    private let maximumSearched: Int

    /// Events that are read to find one that had occurred by a time, in all namespaces together.
    package static let maximumSearched = 100_000
    /// Of those, at once.
    private static let pageEvents = 256

    /// Nil: the caller may read all namespaces, or the call is about the ledger as a whole.
    ///
    /// - Parameter namespaces: those that the call reaches.
    package init?(_ request: OperationRequest, _ namespaces: [String]?, maximumSearched: Int = Self.maximumSearched) {
        guard request.grant.namespaces != nil, let namespaces else { return nil }
        (ledger, grant) = (request.ledger, request.grant)
        var seen: Set<ByteText> = []
        self.namespaces = namespaces.filter { seen.insert(ByteText($0)).inserted }
        self.maximumSearched = maximumSearched
    }

    private var log: any EventLog { ledger.log }

    /// The last event up to a position; 0 if there is none.
    package func last(through position: Position) async throws -> Position {
        guard position > 0 else { return 0 }
        var last: Position = 0
        for filter in filters {
            let from = position == .max ? nil : position + 1
            let page = try await log.read(EventQuery(filter, direction: .backwards, from: from, limit: 1))
            last = max(last, page.events.first?.position ?? 0)
        }
        return last
    }

    /// What to ask the ledger for instead of a moment.
    ///
    /// - Throws: `EventLogError.unknownMoment`.
    func moment(_ asked: Moment) async throws -> Moment {
        switch asked {
        case .position(let position):
            let last = try await last(through: position)
            guard last > 0 else { throw Self.nothing("at position \(position)") }
            return .position(last)
        case .event(let id): return .position(try await position(of: id))
        case .time(let time):
            guard try await last(through: position(at: time)) > 0 else { throw Self.nothing("by \(time.rfc3339)") }
            return asked
        case .occurred(let time):
            _ = try await position(at: time)
            guard try await hasOccurred(by: time) else { throw Self.nothing("by \(time.rfc3339)") }
            return asked
        }
    }

    /// The same for a moment that begins or ends a span, and may be before the first event.
    ///
    /// - Throws: `EventLogError.unknownMoment`.
    func boundary(_ asked: Moment) async throws -> Moment {
        guard try await last(through: .max) > 0 else { throw Self.nothing("yet") }
        return switch asked {
        case .position(let position): .position(try await last(through: position))
        case .event(let id): .position(try await position(of: id))
        case .time(let time): .position(try await last(through: position(at: time)))
        case .occurred: asked
        }
    }

    // MARK: What there is

    private var filters: [EventFilter] {
        let isAny = !ledger.options.modules.isEmpty
        // Other modules have the namespace's subjects in streams of other names.
        return namespaces.map {
            isAny ? EventFilter(namespace: $0) : EventFilter(streamPrefix: MemoryStream.category($0))
        }
    }

    func position(of id: EventID) async throws -> Position {
        guard let event = try await log.event(id: id),
            grant.includes(namespace: StreamFamily.namespace(of: event.stream)),
            StreamFamily.namespace(of: event.stream) != nil
        else {
            throw EventLogError(
                .unknownMoment, "There is no event \(id) here; give the id of one that a memory's history shows.")
        }
        return event.position
    }

    private func position(at time: Timestamp) async throws -> Position {
        let now = ledger.options.clock.now()
        guard time <= now else {
            throw EventLogError(.unknownMoment, "\(time.rfc3339) is in the future; give a time that has passed.")
        }
        return try await log.lastPosition(at: time, now: now)
    }

    /// There is no order of occurred times, so events are read until one has, or until that are too many.
    private func hasOccurred(by time: Timestamp) async throws -> Bool {
        var left = maximumSearched
        for filter in filters {
            var query = EventQuery(filter)
            repeat {
                query.limit = max(1, min(Self.pageEvents, left))
                let page = try await log.read(query)
                guard page.events.isEmpty || left > 0 else { throw tooManySearched(for: time) }
                if page.events.contains(where: { $0.occurredAt <= time }) { return true }
                left -= page.events.count
                query.from = page.next
            } while query.from != nil
        }
        return false
    }

    private func tooManySearched(for time: Timestamp) -> EventLogError {
        EventLogError(
            .unknownMoment,
            "None of the first \(maximumSearched) events here had occurred by \(time.rfc3339), and no more are "
                + "searched; give a later time, or a position that a memory's history shows.")
    }

    private static func nothing(_ when: String) -> EventLogError {
        EventLogError(
            .unknownMoment,
            "Nothing had happened here \(when); give a later moment, or a position that a memory's history shows.")
    }
}

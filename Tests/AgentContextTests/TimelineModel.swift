import AgentContext
import EventLog
import Foundation
import MemoryLedger

/// What a timeline should say, from the events alone.
struct TimelineModel {
    struct Counted {
        var position: Position
        var stream: StreamName
        var namespace: String
        var user: String?
        var session: String?
        var type: EventType
        var at: Timestamp
        var bytes: Int64
    }

    private var events: [Counted] = []
    private var erasures: [(position: Position, stream: StreamName)] = []

    init(_ ledger: MemoryLedger) async throws {
        let log: any EventLog = ledger.log
        var owners: [String: String] = [:]
        for try await event in log.events(EventFilter()) {
            let stream = event.stream
            let (session, user) = (StreamFamily("sessions").subject(stream), StreamFamily("users").subject(stream))
            if session != nil, case .opened(let opening)? = try SessionsModule().body(of: event), !opening.user.isEmpty
            {
                owners[stream.rawValue] = opening.user
            }
            events.append(
                Counted(
                    position: event.position, stream: stream,
                    namespace: StreamFamily.namespace(of: stream) ?? "",
                    user: user?.key ?? owners[stream.rawValue], session: session?.key, type: event.type,
                    at: event.occurredAt, bytes: Int64(event.payloadBytes)))
        }
        for try await event in log.events(EventFilter(types: [ErasedSubject.eventType])) {
            for subject in try event.erasedSubjects() where subject.isCurrent {
                erasures.append((event.position, subject.stream))
            }
        }
    }

    /// The events up to a position. Nothing says any more whose an erased session was, if something ever did.
    func standing(at position: Position) -> [Counted] {
        let erased = Set(erasures.filter { $0.position <= position }.map(\.stream.rawValue))
        return events.filter { $0.position <= position }.map { event in
            var event = event
            if erased.contains(event.stream.rawValue), event.session != nil { event.user = nil }
            return event
        }
    }

    private static let types: [TimelineQuery.Measure: Set<EventType>] = [
        .messages: ["MessageAppended"], .memories: ["MemoryAdded", "MemoryReplaced", "LegacyRowImported"],
    ]

    private static func group(_ event: Counted, _ grouping: TimelineQuery.Grouping) -> String? {
        switch grouping {
        case .user: event.user
        case .session: event.session
        case .namespace: event.namespace
        case .type: event.type.rawValue
        }
    }

    /// By group ("" without) and bucket, up to a position.
    func counts(
        _ query: TimelineQuery, _ buckets: [Timeline.Bucket], through position: Position
    ) -> [String: [Int: Int64]] {
        var counts: [String: [Int: Int64]] = [:]
        for event in standing(at: position) {
            guard query.namespace == nil || event.namespace == query.namespace,
                query.user == nil || event.user == query.user, query.session == nil || event.session == query.session,
                query.type == nil || event.type == query.type,
                Self.types[query.measure]?.contains(event.type) != false,
                let bucket = buckets.firstIndex(where: { $0.from <= event.at && event.at < $0.to })
            else { continue }
            let group = query.grouping.map { Self.group(event, $0) } ?? ""
            // Of no user, or of none that is known.
            if group == nil, query.grouping == .session || query.session == nil { continue }
            let amount = query.measure == .bytes ? event.bytes : 1
            if amount > 0 { counts[group ?? "", default: [:]][bucket, default: 0] += amount }
        }
        return counts
    }
}

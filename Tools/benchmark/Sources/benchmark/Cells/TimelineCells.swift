import AgentContext
import EventLog
import LedgerStorage
import MemoryLedger
import Projections
import Synchronization

extension Cell {
    static let timeline = Cell(
        name: "timeline", title: "a timeline of 10,000,000 events of three years, of eight kinds of question",
        target: .millisecondsAtMost(20)
    ) { bench in
        let events = bench.size(10_000, quick: 200) * 1_000
        var measurement = Measurement(unit: "ms", floorName: "")
        var history = TimelineHistory(events: events)
        let ledger = try await TimelineCells.open(bench, "ours", projectors: TimelineCells.projectors)
        let writing = try await cost {
            while let batch = history.next() { _ = try await (ledger.log as any EventLog).append(batch) }
        }
        let rows = try await ledger.readTables { tables in
            try ["hour", "day", "month"].map { span in
                let rows = try tables.integer("SELECT count(*) FROM timeline WHERE span = '\(span)'") ?? 0
                return "\(grouped(Double(rows))) of \(span)s"
            }
        }
        var times: [[Double]] = Array(repeating: [], count: TimelineQuestion.allCases.count)
        for run in 0..<bench.runs {
            var corpus = Corpus(seed: UInt64(run))
            for _ in 0..<40 {
                for (index, question) in TimelineQuestion.allCases.enumerated() {
                    let query = question.query(history, &corpus)
                    times[index].append(try await cost { _ = try await ledger.timeline(query) }.seconds * 1_000)
                }
            }
            measurement.ours.append(median(times.flatMap(\.self)))
        }
        await ledger.close()
        let bytes = try Floor(reading: bench.folder.file("ours"), bench.settings)
            .integer("SELECT sum(pgsize) FROM dbstat WHERE name GLOB '*timeline*'")
        measurement.notes = [
            "\(grouped(Double(events))) events; rows: \(rows.joined(separator: ", ")); \(short(Double(bytes) / 1e6)) MB",
            "appended with them at \(grouped(Double(events) / writing.seconds)) events/s",
        ]
        measurement.notes += zip(TimelineQuestion.allCases, times).map { question, times in
            "\(question.rawValue): median \(short(median(times))) ms, 99th percentile \(short(percentile(99, of: times))) ms"
        }
        return measurement
    }

    static let timelineCost = Cell(
        name: "timeline-cost", title: "addAll of 1,000 memories with what counts them over time, and without",
        target: .ratioAtLeast(0.95)
    ) { bench in
        var measurement = Measurement(unit: "memories/s", floorName: "ours without it")
        let batches = bench.size(30, quick: 6)
        for run in 0..<bench.runs {
            let memories = MemoryCells.memories(batches: batches, seed: UInt64(run), .neighbours)
            let ours = try await TimelineCells.open(bench, "ours", projectors: TimelineCells.projectors)
            let floor = try await TimelineCells.open(bench, "floor", projectors: [])
            var (with, without) = (Cost(), Cost())
            for batch in memories {
                with += try await cost { try await ours.addAll(batch) }
                without += try await cost { try await floor.addAll(batch) }
            }
            await ours.close()
            await floor.close()
            measurement.addRates(with, of: batches * 1_000, floor: without)
        }
        return measurement
    }

    static let messageSpan = Cell(
        name: "message-span", title: "a month of a user's 1,000,000 messages of three years: a page and how many",
        target: .millisecondsAtMost(10)
    ) { bench in
        var measurement = Measurement(unit: "ms", floorName: "")
        let (months, perMonth) = (36, bench.size(28_000, quick: 1_000))
        let clock = SteppedClock()
        var options = MemoryLedgerOptions(file: bench.settings, clock: clock)
        options.modules = AgentContext.modules
        let ledger = try await MemoryLedger.open(at: bench.folder.fresh("ours"), options: options)
        let session = try await AgentContext(ledger).open(SessionRequest(user: "user-0", role: "helper")).key
        var corpus = SearchCorpus(seed: 1)
        for month in 0..<months {
            clock.set(TimeBucket.month.start(Int64(month), after: TimelineHistory.start))
            for start in stride(from: 0, to: perMonth, by: 1_000) {
                let said = (start..<min(start + 1_000, perMonth)).map { _ in
                    SessionEvent.appended(SessionMessage(.user, corpus.text(30), tokens: 40))
                }
                try await ledger.commit(to: StreamFamily("sessions").stream(session.namespace, session.key)) { _ in said
                }
            }
        }
        for _ in 0..<bench.runs {
            var times: [Double] = []
            for month in 0..<months {
                var query = RecallQuery(user: "user-0")
                query.from = TimeBucket.month.start(Int64(month), after: TimelineHistory.start)
                query.to = Timestamp(
                    milliseconds: TimeBucket.month.start(Int64(month + 1), after: TimelineHistory.start).milliseconds
                        - 1)
                let asked = query
                times.append(try await cost { _ = try await ledger.messages(asked) }.seconds * 1_000)
            }
            measurement.ours.append(median(times))
        }
        await ledger.close()
        return measurement
    }
}

private enum TimelineCells {
    /// What counts over time, without what sessions have besides.
    static var projectors: [any Projector] {
        AgentContext.modules.flatMap(\.projectors).filter { $0.name == "context_timeline" }
    }

    static func open(_ bench: Bench, _ name: String, projectors: [any Projector]) async throws -> MemoryLedger {
        var options = MemoryLedgerOptions(file: bench.settings)
        options.projectors = projectors
        return try await MemoryLedger.open(at: bench.folder.fresh(name), options: options)
    }
}

/// A clock that is told what time it is.
private final class SteppedClock: TimeSource {
    private let time = Mutex(TimelineHistory.start)

    func now() -> Timestamp { time.withLock { $0 } }
    func set(_ time: Timestamp) { self.time.withLock { $0 = time } }
}

/// Three years of events: sessions of 40 events in an hour or two each, of 1,000 users in 10 namespaces, and as many
/// other events in between.
private struct TimelineHistory {
    static let start = Timestamp(rfc3339: "2023-01-01") ?? Timestamp(milliseconds: 0)
    static let days = 1_096
    static let namespaces = 10
    static let users = 100
    private static let perBatch = 1_000
    private static let atOnce = 8

    private struct Session {
        var stream: StreamName
        var key: String
        var namespace: String
        var user: String
        var left: Int
    }

    private let events: Int
    private var made = 0
    private var corpus = Corpus(seed: 3)
    private var open: [Session] = []
    private var number = 0
    private let payloads: [[UInt8]]
    /// Some of those that there were.
    private(set) var sessions: [(namespace: String, user: String, key: String, at: Timestamp)] = []

    init(events: Int) {
        self.events = events
        var corpus = Corpus(seed: 4)
        payloads = (0..<500).map { _ in corpus.payload() }
    }

    static func namespace(_ number: Int) -> String { "namespace-\(number)" }
    static func user(_ number: Int) -> String { "user-\(number)" }

    /// Nil: there are no more.
    mutating func next() -> [StreamAppend]? {
        guard made < events else { return nil }
        let batch = (0..<Self.perBatch).map { offset in
            let progress = Double(made + offset) / Double(events)
            let at = Timestamp(
                milliseconds: Self.start.milliseconds + Int64(progress * Double(Self.days) * 86_400_000))
            return corpus.below(2) == 0 ? ofSession(at) : other(at)
        }
        made += Self.perBatch
        return batch
    }

    private mutating func other(_ at: Timestamp) -> StreamAppend {
        var event = corpus.event(payload: payloads[corpus.below(payloads.count)])
        event.occurredAt = at
        event.type = ["ThingNoted", "ThingSeen"][corpus.below(2)]
        let namespace = Self.namespace(corpus.zipf(Self.namespaces))
        return StreamAppend(StreamName("\(namespace)/thing-\(corpus.below(5_000))"), events: [event])
    }

    private mutating func ofSession(_ at: Timestamp) -> StreamAppend {
        if open.count < Self.atOnce { return begin(at) }
        let index = corpus.below(open.count)
        var event = corpus.event(payload: payloads[corpus.below(payloads.count)])
        event.occurredAt = at
        event.type = SessionEvent.Name.appended
        open[index].left -= 1
        if open[index].left == 0 { event.type = SessionEvent.Name.closed }
        let stream = open[index].stream
        if open[index].left == 0 { open.remove(at: index) }
        return StreamAppend(stream, events: [event])
    }

    private mutating func begin(_ at: Timestamp) -> StreamAppend {
        number += 1
        let (namespace, user) = (
            Self.namespace(corpus.zipf(Self.namespaces)), Self.user(corpus.zipf(Self.users))
        )
        let key = "018f0000-0000-7000-8000-\(String(1_000_000_000_000 + number).dropFirst())"
        let session = Session(
            stream: StreamFamily("sessions").stream(namespace, key), key: key, namespace: namespace, user: user,
            left: 39)
        open.append(session)
        if number % 20 == 0 { sessions.append((namespace, user, key, at)) }
        let body = SessionEvent.opened(SessionOpening(user: user, role: "helper")).json.description
        var event = corpus.event(payload: Array(body.utf8))
        (event.type, event.occurredAt) = (SessionEvent.Name.opened, at)
        return StreamAppend(session.stream, events: [event])
    }
}

/// What is asked of a timeline.
private enum TimelineQuestion: String, CaseIterable {
    case monthOfNamespace = "messages of a namespace, by day, a month"
    case types = "events of all namespaces, by month and type, three years"
    case namespaces = "bytes by week and namespace, a year"
    case hoursOfUser = "messages of a user, by hour, a week"
    case minutes = "events of a namespace, by minute, 12 hours"
    case users = "messages of a namespace, by month and user, three years"
    case sessionsOfUser = "messages of a user, by day and session, a month"
    case minutesOfSession = "events of a session, by minute, 2 hours"

    func query(_ history: TimelineHistory, _ corpus: inout Corpus) -> TimelineQuery {
        let namespace = TimelineHistory.namespace(corpus.zipf(TimelineHistory.namespaces))
        let session = history.sessions[corpus.below(history.sessions.count)]
        let day = TimeBucket.day.start(
            Int64(400 + corpus.below(TimelineHistory.days - 400)), after: TimelineHistory.start)
        let end = TimeBucket.day.start(Int64(TimelineHistory.days - 1), after: TimelineHistory.start)
        switch self {
        case .monthOfNamespace: return Self.query(.messages, nil, namespace, .day, 30, to: day)
        case .types: return Self.query(.events, .type, nil, .month, 36, to: end)
        case .namespaces: return Self.query(.bytes, .namespace, nil, .week, 52, to: day)
        case .hoursOfUser:
            var query = Self.query(.messages, nil, session.namespace, .hour, 168, to: session.at)
            query.user = session.user
            return query
        case .minutes: return Self.query(.events, nil, namespace, .minute, 720, to: day)
        case .users: return Self.query(.messages, .user, namespace, .month, 36, to: end)
        case .sessionsOfUser:
            var query = Self.query(.messages, .session, session.namespace, .day, 30, to: session.at)
            query.user = session.user
            return query
        case .minutesOfSession:
            let later = Timestamp(milliseconds: session.at.milliseconds + 7_200_000)
            var query = Self.query(.events, nil, session.namespace, .minute, 121, to: later)
            query.session = session.key
            return query
        }
    }

    private static func query(
        _ measure: TimelineQuery.Measure, _ grouping: TimelineQuery.Grouping?, _ namespace: String?,
        _ bucket: TimeBucket, _ last: Int, to: Timestamp
    ) -> TimelineQuery {
        var query = TimelineQuery(measure, by: grouping, in: namespace)
        (query.bucket, query.last, query.to) = (bucket, last, to)
        return query
    }
}

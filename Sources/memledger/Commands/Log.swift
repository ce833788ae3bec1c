import ArgumentParser
import EventLog
import MemoryLedger
import SQLiteEventLog

struct Log: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show events.",
        discussion: """
            A memory's stream is NAMESPACE/KEY. --stream takes a whole name; where there is no such stream, or with a * \
            at the end, it shows all streams whose names begin so. A bare date in --since means its beginning, in \
            --until its end, in UTC.

            What was read stands in events too where the ledger audits reads (`memledger policy`), and is left out \
            unless --reads asks for it: audited reads, counted reads and what was put into contexts, and nothing else.

            With --follow the last events are shown, then each new one as it comes, until Ctrl-C; with --after, \
            everything after it, then the new ones.

            JSON: {"events": [{"position", "stream", "version", "type", "schema_version", "event_id", "recorded_at", \
            "occurred_at", "actor", "correlation_id", "causation_id", "data"}], "next"}; "next" is the --after of the \
            next page, or null. With --follow it is one event a line. An event that was erased has "erased": true, one \
            that needs the master key "locked": true, and "data" is null.

              memledger log --stream mem/tea
              memledger log --type MemoryAdded --type MemoryRenamed --since 2026-01-23 --json
              memledger log --at 2026-01-23 --reverse --limit 5
              memledger log --follow
              memledger log --reads --actor assistant
            """)

    @Option(help: ArgumentHelp("Only this stream, or streams that begin so.", valueName: "name")) var stream: String?
    @Option(name: .customLong("type"), help: ArgumentHelp("Only events of this type; repeatable.", valueName: "type"))
    var types: [String] = []
    @Option(help: "Only events of this actor.") var actor: String?
    @Option(help: ArgumentHelp("Only events of this request.", valueName: "id")) var correlation: String?
    @Option(help: ArgumentHelp("Recorded then or later: RFC 3339, or a date.", valueName: "time")) var since:
        TimeArgument?
    @Option(help: ArgumentHelp("Recorded then or earlier: RFC 3339, or a date.", valueName: "time")) var until:
        TimeArgument?
    @Option(help: ArgumentHelp("Only events after this position; with --reverse, before it.", valueName: "position"))
    var after: Int64?
    @Option(help: ArgumentHelp("Events at the most, 1 to \(Log.maximumLimit). (default: 50)", valueName: "count"))
    var limit: Int?
    @OptionGroup var moment: MomentOptions
    @Flag(help: "Only what was read: by whom, and what.") var reads = false
    @Flag(help: "The newest first.") var reverse = false
    @Flag(help: "Show new events as they come.") var follow = false
    @OptionGroup var acting: ActingOption
    @OptionGroup var global: GlobalOptions

    private static let defaultLimit = 50
    private static let maximumLimit = EventLogLimits().pageEvents

    func validate() throws {
        if let limit, !(1...Self.maximumLimit).contains(limit) {
            throw ValidationError("--limit is 1 to \(Self.maximumLimit), not \(limit).")
        }
        if reads, !types.isEmpty { throw ValidationError("--reads excludes --type.") }
        if let after, after < 0 { throw ValidationError("--after is 0 or more, not \(after).") }
        guard follow else { return }
        if reverse { throw ValidationError("--follow excludes --reverse.") }
        if moment.at != nil { throw ValidationError("--follow excludes --at.") }
        if until != nil { throw ValidationError("--follow excludes --until.") }
        if after != nil, limit != nil { throw ValidationError("With --follow give --after or --limit, not both.") }
    }

    func run() async throws {
        try await global.withLedger(.readOnly) { ledger in
            do {
                var selection = try await selection(ledger.log)
                selection.moment = try await moment.resolved(in: ledger)
                if let lead = try await ledger.clockLead() {
                    if since != nil || until != nil { try await ClockNotice.ofTimes(in: ledger) }
                    try await selection.goByOccurredTimes(ledger.log, now: lead.now)
                }
                if follow {
                    try await EventFollower(log: ledger.log, selection: selection, json: global.json)
                        .run(after: after, last: limit ?? Self.defaultLimit)
                } else {
                    try await showPage(ledger.log, selection)
                }
            } catch let error as EventLogError where error.code == .damagedPayload {
                let hint = error.position.map { " `memledger log --after \($0)` shows what follows." } ?? ""
                throw CommandError(error.message + hint)
            }
        }
    }

    private func showPage(_ log: SQLiteEventLog, _ selection: EventSelection) async throws {
        let page = try await selection.page(
            log, direction: reverse ? .backwards : .forwards, from: after, limit: limit ?? Self.defaultLimit)
        let document: () throws -> JSONValue = {
            [
                "events": .array(try page.events.map { try $0.json() }),
                "next": page.next.map { JSONValue($0) } ?? .null,
            ]
        }
        try global.show(try document()) { person in
            var table = EventTable.make(isPaged: true)
            for event in page.events { table.add(try EventTable.row(event)) }
            person.table(table)
            if page.events.isEmpty { person.line("No events.", .dim) }
            if let next = page.next { person.line("More: add --after \(next)", .dim) }
        }
    }

    // MARK: What to show

    private func selection(_ log: SQLiteEventLog) async throws -> EventSelection {
        var wanted = types.isEmpty ? nil : Set(types.map { EventType($0) })
        if reads { wanted = MemoryEvent.Name.audit.union(MemoryEvent.Name.reads) }
        let filter = EventFilter(
            types: wanted, actor: actor, correlationID: correlation, recordedFrom: since?.first,
            recordedThrough: until?.last)
        // Somebody who names types or a stream gets what is named.
        var selection = EventSelection(filter: filter, leavesOutAudits: wanted == nil && stream?.isEmpty != false)
        guard let stream, !stream.isEmpty else { return selection }
        if try await log.version(of: StreamName(stream)) > 0 {
            selection.stream = StreamName(stream)
        } else {
            selection.filter.streamPrefix = stream.hasSuffix("*") ? String(stream.dropLast()) : stream
        }
        return selection
    }
}

/// Which events to show: those of one stream, or of the log.
struct EventSelection {
    var filter: EventFilter
    var stream: StreamName?
    /// Only what had happened by then.
    var moment: LogMoment?
    /// Without the events that say who read what.
    var leavesOutAudits = false
    /// Only these positions, where recorded times do not tell.
    var span: Range<Position>?

    /// Turns times into positions, where the log's time runs ahead of the clock.
    mutating func goByOccurredTimes(_ log: SQLiteEventLog, now: Timestamp) async throws {
        var first: Position = 1
        if let since = filter.recordedFrom {
            first = try await log.lastPosition(at: Timestamp(milliseconds: since.milliseconds - 1), now: now) + 1
        }
        var end = Position.max
        if let until = filter.recordedThrough { end = try await log.lastPosition(at: min(until, now), now: now) + 1 }
        span = first..<max(first, end)
        (filter.recordedFrom, filter.recordedThrough) = (nil, nil)
    }

    private func includes(_ event: RecordedEvent) -> Bool {
        moment?.includes(event) ?? true && span?.contains(event.position) ?? true
    }

    func page(
        _ log: SQLiteEventLog, direction: ReadDirection = .forwards, from: Position?, limit: Int
    ) async throws -> EventPage {
        var query = EventQuery(filter, direction: direction, from: from, limit: limit)
        if leavesOutAudits {
            let types = Set(try await log.types())
            if !types.isDisjoint(with: MemoryEvent.Name.audit) {
                query.filter.types = types.subtracting(MemoryEvent.Name.audit)
            }
        }
        guard moment != nil || span != nil else { return try await read(log, query) }
        // Recorded times ascend with positions, so this leaves out most of what came later.
        if let moment, moment.occurredThrough == nil, span == nil {
            query.filter.recordedThrough = min(filter.recordedThrough ?? moment.time, moment.time)
        }
        var events: [RecordedEvent] = []
        while true {
            let page = try await read(log, query)
            for event in page.events where includes(event) {
                events.append(event)
                guard events.count == limit else { continue }
                let isLast = event == page.events.last && page.next == nil
                return EventPage(events: events, next: isLast ? nil : event.position, readThrough: event.position)
            }
            guard let next = page.next else {
                return EventPage(events: events, next: nil, readThrough: page.readThrough)
            }
            query.from = next
        }
    }

    private func read(_ log: SQLiteEventLog, _ query: EventQuery) async throws -> EventPage {
        guard let stream else { return try await log.read(query) }
        return try await log.history(of: stream, query)
    }

    /// A filter for what is to come: a stream's events are among those of its prefix.
    var subscription: EventFilter {
        var filter = filter
        if let stream { filter.streamPrefix = stream.rawValue }
        return filter
    }

    func matches(_ event: RecordedEvent) -> Bool {
        if leavesOutAudits, MemoryEvent.Name.audit.contains(event.type) { return false }
        return stream.map { $0 == event.stream } ?? true
    }
}

import ArgumentParser
import EventLog
import LedgerCapabilities
import LedgerOperations
import MemoryLedger
import SQLiteEventLog

struct Log: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show events.",
        discussion: """
            A memory's stream is NAMESPACE/KEY. --stream takes a whole name; if there is no such stream, or with a * \
            at the end, it shows all streams whose names begin so. The last events are shown, in the order in which they \
            came; with --since or --after those from there on. --since and --until take a position, an event's id, a time \
            or a date, and include it: a date means its beginning in --since, its end in --until, in UTC.

            What was read stands in events too where the ledger audits reads (`memledger policy`), and is left out \
            unless --reads asks for it: audited reads, counted reads and what was put into contexts, and nothing else.

            With --follow the last events are shown, then each new one as it comes, until Ctrl-C; with --after, \
            everything after it, then the new ones.

            JSON: {"events": [{"position", "stream", "version", "type", "schema_version", "event_id", "recorded_at", \
            "occurred_at", "actor", "correlation_id", "causation_id", "data"}], "next", "earlier"}; "next" is the \
            --after of the next page, or null; so is "earlier", with --reverse. With --follow it is one event a line. An event that was erased has "erased": true, one \
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
    @Option(help: ArgumentHelp("From this event or this time on.", valueName: "position|time|event-id"))
    var since: MomentReference?
    @Option(help: ArgumentHelp("Up to this event or this time.", valueName: "position|time|event-id"))
    var until: MomentReference?
    @Option(help: ArgumentHelp("Only events after this position; with --reverse, before it.", valueName: "position"))
    var after: Int64?
    @Option(
        help: ArgumentHelp(
            "Events at the most, 1 to \(ListEvents.maximumLimit). (default: \(ListEvents.defaultLimit))",
            valueName: "count"))
    var limit: Int?
    @OptionGroup var moment: MomentOptions
    @Flag(help: "Only what was read: by whom, and what.") var reads = false
    @Flag(help: "The newest first.") var reverse = false
    @Flag(help: "Show new events as they come.") var follow = false
    @OptionGroup var acting: ActingOption
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if let limit, !(1...ListEvents.maximumLimit).contains(limit) {
            throw ValidationError("--limit is 1 to \(ListEvents.maximumLimit), not \(limit).")
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
        let operation = operation
        try await global.withLedger(.readOnly) { ledger in
            do {
                guard follow else { return try show(try await ledger.run(operation, by: acting.attribution)) }
                let request = OperationRequest(ledger, by: acting.attribution, notify: Notices.give)
                try await operation.follow(in: request) { try show($0, ledger.events) }
            } catch let error as EventLogError where error.code == .damagedPayload {
                let hint = error.position.map { " `memledger log --after \($0)` shows what follows." } ?? ""
                throw CommandError(error.message + hint)
            }
        }
    }

    private var operation: ListEvents {
        var list = ListEvents()
        list.stream = stream
        list.types = types.map { EventType($0) }
        list.actor = actor
        list.correlationID = correlation
        list.since = since
        list.until = until
        list.after = after
        list.limit = limit ?? ListEvents.defaultLimit
        list.moment = moment.asked
        list.showsReads = reads
        list.isReversed = reverse
        list.isTail = !reverse && after == nil && since == nil
        return list
    }

    private func show(_ listed: ListedEvents) throws {
        let page = listed.page
        try global.show(try listed.document()) { person in
            var table = EventTable.make(isPaged: true)
            for event in page.events { table.add(try EventTable.row(event, listed.catalogue)) }
            person.table(table)
            if page.events.isEmpty { person.line("No events.", .dim) }
            if let next = page.next { person.line("More: add --after \(next)", .dim) }
            if let earlier = listed.earlier { person.line("Earlier: add --reverse --after \(earlier)", .dim) }
        }
    }

    /// An event that has just come, on one line.
    private func show(_ event: RecordedEvent, _ catalogue: EventCatalogue) throws {
        let output = FileWriter.standardOutput()
        if global.json {
            try output.write(try catalogue.json(of: event).description + "\n")
        } else {
            var table = EventTable.make(isPaged: false)
            table.add(try EventTable.row(event, catalogue))
            try output.write(table.render(Style.detected(1), terminalWidth: System.terminalWidth(1)))
        }
        try output.flush()
    }
}

import AgentContext
import ArgumentParser
import EventLog
import LedgerOperations
import MemoryLedger

struct TimelineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "timeline",
        abstract: "Count messages, memories, events or bytes over time.",
        discussion: """
            By when they occurred, in UTC; weeks begin on Monday. Every bucket from --from to --to is shown, those \
            without anything too, and counted as a whole. Without --from these are the last 30, or --last N, up to --to or \
            now. --by also tells users, sessions, namespaces or types of events apart, the largest --limit of them. Of a \
            user are the events of their sessions. Users and sessions are of a --namespace, "mem" if none is given; \
            otherwise that means all.

            Messages are those of sessions; memories those that were added, also in the place of another one, and rows that \
            were imported; bytes those of the events' payloads. What is erased is counted all the same, but an erased \
            session is no user's any more.

            JSON: {"measure", "bucket", "by", "buckets": [{"from", "to", "count", "groups": [{"user" (or what --by says), \
            "count"}]}], "total", "groups", "group_count"}; times are milliseconds since 1970, "to" is when the next bucket \
            begins, and a bucket's "count" has what --limit leaves out, too. "locked" are the namespaces of a moment that \
            are left out for want of the master key.

              memledger timeline messages --bucket month --last 12
              memledger timeline bytes --bucket week --by namespace
              memledger timeline --by type --from 2026-01-01 --to 2026-01-31
              memledger timeline messages --user ann --bucket hour --at 2026-01-23
            """)

    @Argument(help: "What is counted: \(Self.names(TimelineQuery.Measure.self)).")
    var measure = TimelineQuery.Measure.events
    @Option(help: "Of the calendar: \(Self.names(TimeBucket.self)).") var bucket = TimeBucket.day
    @Option(help: "Tell these apart: \(Self.names(TimelineQuery.Grouping.self)).") var by: TimelineQuery.Grouping?
    @Option(help: "Only of this namespace.") var namespace: String?
    @Option(help: "Only events of this user and of their sessions.") var user: String?
    @Option(help: "Only of this session.") var session: String?
    @Option(help: ArgumentHelp("Only events of this type.", valueName: "event-type")) var type: String?
    @Option(help: ArgumentHelp("The first bucket is the one with it.", valueName: "time")) var from: TimeReference?
    @Option(help: ArgumentHelp("The last bucket is the one with it; else that of now.", valueName: "time"))
    var to: TimeReference?
    @Option(help: "So many buckets, if --from is not given; 1 to \(ContextLimits.timelineBuckets).") var last = 30
    @Option(help: "Of --by: so many, the largest ones; 1 to \(ContextLimits.timelineGroups).") var limit = 20
    @OptionGroup var moment: MomentOptions
    @OptionGroup var actor: ActorOption
    @OptionGroup var global: GlobalOptions

    private static func names<Choice: RawRepresentable & CaseIterable>(
        _ type: Choice.Type
    ) -> String where Choice.RawValue == String {
        type.allCases.map(\.rawValue).joined(separator: ", ")
    }

    func run() async throws {
        let isOfNamespace = user != nil || session != nil || by == .user || by == .session
        var query = TimelineQuery(
            measure, by: by, in: namespace ?? (isOfNamespace ? MemoryKey.defaultNamespace : nil))
        (query.bucket, query.user, query.session) = (bucket, user, session)
        query.type = type.map { EventType($0) }
        (query.from, query.to) = (from?.first, to?.last)
        (query.last, query.limit) = (last, limit)
        let timeline = try await global.read(ShowTimeline(query, moment.asked), by: actor.attribution)
        try global.show(timeline.document()) { $0.timeline(timeline) }
    }
}

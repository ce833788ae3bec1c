import AgentContext
import EventLog
import MemoryLedger

extension Page {
    private static let barColumns = 40
    /// Groups that have a column of their own.
    private static let groupColumns = 5

    /// A bar of each bucket or, if groups are told apart, of each group, and a table of both.
    mutating func timeline(_ timeline: Timeline) {
        let query = timeline.query
        if let grouping = query.grouping {
            bars(timeline.groups.map { (Self.shown($0.name, grouping), $0.count) }, query.measure)
            if !timeline.groups.isEmpty { line() }
            table(Self.table(timeline))
            let more = timeline.groupCount - timeline.groups.count
            if more > 0 {
                line("And \(Figures.count(more, grouping.rawValue, grouping.rawValue + "s")) with less.", .dim)
            }
        } else {
            bars(timeline.buckets.map { (query.bucket.label($0.from), $0.count) }, query.measure)
        }
        if !timeline.locked.isEmpty {
            let names = timeline.locked.joined(separator: ", ")
            line("Left out, because they are encrypted and there is no master key for them: \(names)", .yellow)
        }
        let unit = query.measure == .bytes ? "" : " " + query.measure.rawValue
        line("\(Self.amount(timeline.total, query.measure))\(unit) in all.", .dim)
    }

    /// The largest one's bar is as wide as there are columns.
    private mutating func bars(_ counts: [(name: String, count: Int64)], _ measure: TimelineQuery.Measure) {
        let most = max(counts.map(\.count).max() ?? 0, 1)
        var table = Table(
            [.init("", paint: .cyan), .init("", right: true), .init("", paint: .dim)], hasHeader: false)
        for (name, count) in counts {
            let columns = Int((Double(count) / Double(most) * Double(Self.barColumns)).rounded(.up))
            table.add([
                name, Self.amount(count, measure),
                String(repeating: "█", count: min(max(columns, 0), Self.barColumns)),
            ])
        }
        self.table(table)
    }

    private static func table(_ timeline: Timeline) -> Table {
        let query = timeline.query
        let shown = timeline.groups.prefix(groupColumns)
        let hasOthers = timeline.groupCount > shown.count
        var table = Table(
            [.init(query.bucket.rawValue.uppercased(), paint: .cyan), .init("ALL", right: true)]
                + shown.map { .init(Self.shown($0.name, query.grouping), right: true) }
                + (hasOthers ? [.init("OTHERS", right: true)] : []))
        for bucket in timeline.buckets where bucket.count != 0 {
            let counts = shown.map { group in
                bucket.groups.first { $0.name.utf8.elementsEqual(group.name.utf8) }?.count ?? 0
            }
            let others = hasOthers ? [bucket.count - counts.reduce(0, +)] : []
            table.add(
                [query.bucket.label(bucket.from)]
                    + ([bucket.count] + counts + others).map { amount($0, query.measure) })
        }
        return table
    }

    private static func shown(_ name: String, _ grouping: TimelineQuery.Grouping?) -> String {
        guard name.isEmpty else { return name }
        return grouping == .namespace ? "(the ledger)" : "(not known)"
    }

    private static func amount(_ count: Int64, _ measure: TimelineQuery.Measure) -> String {
        measure == .bytes ? Figures.bytes(count) : Figures.grouped(count)
    }
}

extension TimeBucket {
    /// As much of the time as tells the bucket: `2026-01`, `2026-01-23 12:30`.
    fileprivate func label(_ start: Timestamp) -> String {
        let text = start.rfc3339.replacing("T", with: " ")
        return switch self {
        case .month: String(text.prefix("2026-01".count))
        case .week, .day: String(text.prefix("2026-01-23".count))
        case .hour, .minute: String(text.prefix("2026-01-23 12:30".count))
        }
    }
}

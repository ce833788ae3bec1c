import ArgumentParser
import EventLog
import LedgerCapabilities
import LedgerOperations
import MemoryLedger
import Projections
import SQLiteEventLog

struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what an event says, and which rows it touched.",
        discussion: """
            The rows are shown before and after, projector by projector and table by table: the projections are built \
            up to the event in a temporary file, and the event is applied to them.

            JSON: {"event": as in log, "projections": [{"name", "version", "complete", "tables": [{"name", "rows": \
            [{"before": {COLUMN: VALUE}, "after"}]}]}]}; "before" is null for a new row, "after" for one that went.

              memledger explain 1000
              memledger explain 0199c2a8-1c00-7abc-8def-0123456789ab --json
            """)

    @Argument(help: ArgumentHelp("The event's id or position.", valueName: "event-id-or-position"))
    var event: MomentReference
    @OptionGroup var actor: ActorOption
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let explained = try await global.withLedger(.readOnly) {
            try await $0.run(ExplainEvent(event), by: actor.attribution)
        }
        try global.show(try explained.document()) { try $0.explained(explained) }
    }
}

extension Page {
    /// Rows of a table that are shown; JSON has all of them.
    private static let maximumRows = 20

    fileprivate mutating func explained(_ explained: ExplainedEvent) throws {
        let explanation = explained.explanation
        let event = explanation.event
        line("\(event.type) at position \(event.position)", .bold)
        let members = try explained.catalogue.json(of: event).object?.members ?? []
        fields(
            members.filter { !["position", "type", "data"].contains($0.name) && !$0.value.isNull }.map {
                ($0.name, $0.value.string ?? $0.value.description)
            })
        for member in members where member.name == "data" {
            line()
            block(member.value.indented)
        }
        let touched = explanation.projections.filter { !$0.tables.isEmpty || !$0.isComplete }
        if touched.isEmpty { line("No row of any projection.", .dim) }
        for projection in touched {
            line()
            line("projection \(projection.name), version \(projection.version)", .bold)
            for table in projection.tables { rows(of: table) }
            if !projection.isComplete {
                line("  more than \(Figures.grouped(EventExplanation.maximumChanges)) changes of a table", .dim)
            }
        }
    }

    private mutating func rows(of table: EventExplanation.Table) {
        for row in table.rows.prefix(Self.maximumRows) {
            let (mark, paint): (String, Style.Paint) =
                row.before == nil ? ("+", .green) : row.after == nil ? ("-", .red) : ("~", .yellow)
            line("  \(mark) \(table.name)", paint)
            for (index, column) in table.columns.enumerated() {
                let before = row.before.map { words($0[index], column) }
                let after = row.after.map { words($0[index], column) }
                switch (before, after) {
                // Of a row that changed, the columns that did; its key says which one it is.
                case (let before?, let after?):
                    if row.before?[index] != row.after?[index] {
                        line("      \(column): \(before) → \(after)")
                    } else if index == 0 {
                        line("      \(column): \(before)", .dim)
                    }
                case (let value?, nil), (nil, let value?): line("      \(column): \(value)")
                case (nil, nil): break
                }
            }
        }
        let more = table.rows.count - Self.maximumRows
        if more > 0 { line("  and \(Figures.grouped(more)) more rows of \(table.name): see --json", .dim) }
    }

    private func words(_ value: ColumnValue, _ column: String) -> String { Self.value(value.json, of: column) }
}

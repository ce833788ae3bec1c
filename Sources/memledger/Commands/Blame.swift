import ArgumentParser
import EventLog
import LedgerOperations
import MemoryLedger

struct Blame: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show which event set each field and each link of a memory.",
        discussion: """
            A link whose target was renamed is owed to the event that made it; the renames are noted.

            JSON: {"namespace", "key", "fields": [{"field", "value", "set_by"}], "links": [{"link", "made_by", \
            "set_by", "moved_by"}]}; an event is {"position", "event_id", "type", "recorded_at", "occurred_at", \
            "actor", "correlation_id", "causation_id"}.

              memledger blame tea
              memledger blame tea --at 2026-01-23
            """)

    @Argument(help: "The key.") var key: String
    @OptionGroup var place: NamespaceOption
    @OptionGroup var moment: MomentOptions
    @OptionGroup var actor: ActorOption
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let blame = try await global.read(ShowBlame(place.key(key), moment.asked), by: actor.attribution)
        try global.show(blame.document()) { $0.blame(blame) }
    }
}

extension Page {
    fileprivate mutating func blame(_ blame: MemoryBlame) {
        line("\(blame.memory.namespace)/\(blame.memory.key)", .bold)
        var table = Table([
            .init("FIELD", paint: .bold), .init("POSITION", right: true, paint: .dim), .init("RECORDED", paint: .dim),
            .init("TYPE", paint: .cyan), .init("ACTOR"), .init("VALUE"),
        ])
        for field in blame.fields { table.add(row(field.field, field.setBy, Self.value(field.value, of: field.field))) }
        for link in blame.links {
            let words = Self.words(link.link)
            table.add(row("link", link.madeBy, words))
            if let setBy = link.setBy { table.add(row("  set", setBy, words)) }
            for rename in link.movedBy { table.add(row("  moved", rename, "its target was renamed")) }
        }
        self.table(table)
        line("--json has the events' ids and requests.", .dim)
    }

    private func row(_ name: String, _ event: EventReference, _ value: String) -> [String] {
        [
            name, String(event.position), event.recordedAt.rfc3339, event.type.rawValue, event.attribution.actor ?? "",
            value,
        ]
    }
}

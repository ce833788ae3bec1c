import ArgumentParser
import EventLog
import LedgerOperations
import MemoryLedger

struct History: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show every change of a memory: who, when, why, and what it changed.",
        discussion: """
            The oldest first. It has everything that happened under the key, what was deleted there too; the life of \
            each memory that was renamed to the key under its former keys; and where the key holds nothing because its \
            memory was renamed away, its life since. A rename's two events are one entry.

            JSON: {"entries": [{"position", "event_id", "type", "recorded_at", "occurred_at", "actor", \
            "correlation_id", "causation_id", "namespace", "key", "renamed_to", "fields": [{"field", "before", \
            "after"}], "links_gained", "links_lost"}], "next"}; "next" is the --after of the next page, or null.

              memledger history tea
              memledger history tea --at 2026-01-23 --limit 20 --json
            """)

    @Argument(help: "The key.") var key: String
    @OptionGroup var place: NamespaceOption
    @Flag(help: "Counted reads too.") var reads = false
    @Option(help: "Entries of a page, 1 to \(HistoryQuery.maximumLimit).") var limit = 100
    @Option(help: ArgumentHelp("Only what came after this position.", valueName: "position")) var after: Int64?
    @OptionGroup var moment: MomentOptions
    @OptionGroup var actor: ActorOption
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if let after, after < 0 { throw ValidationError("--after is 0 or more, not \(after).") }
    }

    func run() async throws {
        let query = HistoryQuery(includesReads: reads, limit: limit, after: after)
        let page = try await global.read(ShowHistory(place.key(key), query, moment.asked), by: actor.attribution)
        try global.show(page.document()) { person in
            for entry in page.entries {
                person.event(entry.event, words(entry, of: page.memory))
                person.delta(entry.delta)
            }
            if page.entries.isEmpty { person.line("No more entries.", .dim) }
            if let next = page.next { person.line("More: add --after \(next)", .dim) }
        }
    }

    private func words(_ entry: HistoryEntry, of memory: MemoryKey) -> String {
        if let newKey = entry.renamedTo { return "\(entry.memory.key) → \(newKey)" }
        return entry.memory == memory ? "" : "as \(entry.memory.key)"
    }
}

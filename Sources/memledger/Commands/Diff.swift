import ArgumentParser
import EventLog
import LedgerOperations
import MemoryLedger

struct Diff: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show how memories differ between two moments.",
        discussion: """
            Memories added, changed field by field, renamed (followed from key to key), deleted; links gained and lost. \
            A later --from than --to shows the way back. A moment is a position, an event's id or a recorded time; a \
            date means its beginning in --from, its end in --to.

            JSON: {"from": {"position", "time"}, "to", "differences": [{"kind": added, changed, renamed, deleted, \
            quarantined or released, "namespace", "key", "former_key", "replaced", "fields": [{"field", "before", "after"}], "links_gained", \
            "links_lost"}], "next"}; "next" is the --after of the next page, or null.

              memledger diff --from 2026-01-23 --namespace mem
              memledger diff --from 1000 --to 2000 --key tea --json
            """)

    @Option(help: ArgumentHelp("The one moment.", discussion: MomentReference.wordsOfBeginning, valueName: "moment"))
    var from: MomentReference
    @Option(help: ArgumentHelp("The other moment. (default: now)", valueName: "moment")) var to: MomentReference?
    @Option(help: "Only the memory that has this key at one of the moments.") var key: String?
    @Option(help: "Only this namespace; with --key, the key's. (default: all; with --key, mem)") var namespace: String?
    @Flag(help: "Counts, times of reading and degrees too; slower.") var statistics = false
    @Option(help: "Memories of a page, 1 to \(DiffQuery.maximumLimit).") var limit = 100
    @Option(help: ArgumentHelp("The former page's \"next\".", valueName: "cursor")) var after: String?
    @OptionGroup var actor: ActorOption
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let memory = key.map { MemoryKey(namespace: namespace ?? MemoryKey.defaultNamespace, key: $0) }
        let operation = CompareMoments(
            from: from, to: to, memory: memory, namespace: namespace, includesStatistics: statistics, limit: limit,
            after: after)
        let page = try await global.read(operation, by: actor.attribution)
        try global.show(page.document()) { person in
            person.line("From \(words(page.from)) to \(words(page.to)):", .dim)
            person.differences(page.differences)
            if page.differences.isEmpty { person.line("No differences.", .dim) }
            if let next = page.next { person.line("More: add --after \(next)", .dim) }
        }
    }

    private func words(_ moment: LogMoment) -> String { "\(moment.position) (\(moment.time.rfc3339))" }
}

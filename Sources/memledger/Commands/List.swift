import ArgumentParser
import EventLog
import LedgerOperations
import MemoryLedger

struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List memories, by namespace and key.",
        discussion: """
            Memories that are quarantined are left out; --quarantined lists these.

            JSON: {"memories", "next", "locked"}; "next" is the --after of the next page, or null. "locked" are the \
            protected namespaces that are left out for want of the master key.

              memledger list --namespace mem --domain food --limit 20
              memledger list --at 1000
            """)

    @OptionGroup var filters: FilterOptions
    @Option(help: "Memories of a page, 1 to \(MemoryQuery.maximumLimit).") var limit = 100
    @Option(help: ArgumentHelp("The former page's \"next\".", valueName: "cursor")) var after: String?
    @OptionGroup var moment: MomentOptions
    @OptionGroup var actor: ActorOption
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let query = MemoryQuery(filters.filter, limit: limit, after: after)
        let page = try await global.read(ListMemories(query, moment.asked), by: actor.attribution)
        try global.show(page.document()) { person in
            var table = Table([
                .init("NAMESPACE", paint: .dim), .init("KEY", paint: .bold), .init("TYPE", paint: .cyan),
                .init("DOMAIN"), .init("STATUS"), .init("LINKS", right: true), .init("SUMMARY"),
            ])
            for memory in page.memories {
                let content = memory.content
                table.add([
                    memory.namespace, memory.key, content.type, content.domain, memory.meta.status.rawValue,
                    Figures.grouped(content.links.count), content.summary,
                ])
            }
            person.table(table)
            if page.memories.isEmpty { person.line("No memories.", .dim) }
            if !page.locked.isEmpty {
                let names = page.locked.joined(separator: ", ")
                person.line(
                    "Left out, because they are encrypted and there is no master key for them: \(names)", .yellow)
            }
            if let next = page.next { person.line("More: add --after \(next)", .dim) }
        }
    }
}

import ArgumentParser
import EventLog
import LedgerCapabilities
import LedgerOperations
import MemoryLedger

struct Search: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Find memories by words, the most relevant first.",
        discussion: """
            Several words must all be there, in key, summary, text or keywords; case and accents do not matter. \
            "green tea" is a phrase, AND, OR, NOT and parentheses combine, te* is a beginning, summary:tea looks in one \
            field. A run of Chinese, kana or Hangul finds what has any two neighbours of it. Memories that are \
            quarantined, or that were given another status than active here, are left out.

            The first search makes an index beside the ledger, LEDGER-search, and later ones bring it up to date. It may \
            be deleted at any time.

            JSON: {"results": [{"namespace", "key", "summary", "excerpt", "relevance", "score", "source", "trust", \
            "reasons"}], "total", "next", "indexed_to", "position", "locked"}; "next" is the --after of the next page, \
            or null; "indexed_to" says how far the index was, of the "position" that is asked about, and \
            "index_problem", if it is there, why no further; "score", 0 to 100, says how much a memory matters.

              memledger search tea
              memledger search '"green tea" OR matcha NOT coffee' --namespace mem --limit 20
              memledger search 量子计算 --at 2026-01-23
            """)

    @Argument(help: ArgumentHelp("What to look for.", valueName: "query")) var query: [String]
    @OptionGroup var filters: FilterOptions
    @Option(help: "Memories of a page, 1 to \(MemorySearch.maximumLimit).") var limit = 10
    @Option(help: ArgumentHelp("The former page's \"next\".", valueName: "cursor")) var after: String?
    @Flag(help: "Answer from the index as it is, if it is far behind.") var noWait = false
    @OptionGroup var moment: MomentOptions
    @OptionGroup var actor: ActorOption
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        var search = MemorySearch(query.joined(separator: " "), filters.filter, limit: limit, after: after)
        search.waitsForIndex = !noWait
        let operation = SearchMemories(search, moment.asked)
        let bar = ProgressBar("Indexing", unit: "events")
        let found = try await global.withLedgerToIndex { ledger in
            defer { bar.finish() }
            return try await ledger.run(operation, by: actor.attribution, bar)
        }
        try global.show(found.document()) { $0.found(found) }
    }
}

extension GlobalOptions {
    /// Opens the ledger so that its index can be brought up to date, or only for reading where it cannot be written.
    func withLedgerToIndex<Result>(_ body: (MemoryLedger) async throws -> Result) async throws -> Result {
        guard System.mayWrite(path) else { return try await withLedgerToRead(body) }
        return try await withLedger(.readWrite, takesSnapshots: false, body)
    }
}

extension Page {
    fileprivate mutating func found(_ page: MemorySearchPage) {
        for memory in page.memories {
            line("\(memory.key.namespace)/\(memory.key.key)", .bold)
            if !memory.summary.isEmpty { line("  " + memory.summary) }
            if !memory.excerpt.parts.isEmpty { marked(memory.excerpt) }
            let source = memory.source.map { ", from \($0)" } ?? ""
            let trust = memory.trust.map { ", trust \($0)" } ?? ""
            let found = "relevance \(Figures.decimal(memory.relevance, places: 2)), score \(memory.score.points)"
            line("  \(found)\(source)\(trust); \(memory.reasons.joined(separator: "; "))", .dim)
        }
        if page.memories.isEmpty { line("Nothing was found.", .dim) }
        if page.total > page.memories.count {
            line("\(Figures.grouped(page.total)) memories match.", .dim)
        }
        if page.indexedTo < page.position {
            let behind = Figures.count(page.position - page.indexedTo, "event", "events")
            let reason = page.indexProblem.map { ": \($0)" } ?? ""
            line("The index is \(behind) behind, and what they hold was not looked at\(reason).", .yellow)
        }
        if !page.locked.isEmpty {
            let names = page.locked.joined(separator: ", ")
            line("Left out, because they are encrypted and there is no master key for them: \(names)", .yellow)
        }
        if let next = page.next { line("More: add --after \(next)", .dim) }
    }
}

import AgentContext
import ArgumentParser
import EventLog
import LedgerOperations
import MemoryLedger

struct ArchiveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "archive",
        abstract: "Texts that are kept outside of contexts: insert, search, list, delete.",
        discussion: """
            An archive is there as long as it has passages, and all agents of the namespace share it.

              memledger archive insert tea "Sencha is steamed." --tag japan
              memledger archive search tea steamed --tag japan
              memledger archive list tea
            """,
        subcommands: [
            ArchiveInsert.self, ArchiveSearch.self, ArchiveList.self, ArchiveDelete.self, ArchiveNames.self,
        ])
}

struct ArchiveInsert: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "insert",
        abstract: "Put a passage into an archive; one that says the same is there once.",
        discussion: """
            TEXT - reads standard input.

            JSON: {"inserted" (false: it was there already), "passage" (its id), "archive", "content", "tags", "tokens", \
            "metadata", "user", "session", "created_at"}; if the ledger protects anything, also "protected": an erasure of \
            a user takes it.

              memledger archive insert tea "Sencha is steamed." --tag japan --tag green
              memledger archive insert tea - --session SESSION < notes.txt
            """)

    @Argument(help: "The archive's name.") var archive: String
    @Argument(help: "The text; - reads standard input.") var text: String
    @Option(name: .customLong("tag"), help: ArgumentHelp("What it is found by; repeatable.", valueName: "tag"))
    var tags: [String] = []
    @Option(help: ArgumentHelp("A JSON object that is kept with it.", valueName: "json")) var metadata: String?
    @Option(help: "Its tokens, as the model counts them; else estimated.") var tokens: Int?
    @Option(help: "The session that it is inserted in.") var session: String?
    @Option(help: "Whose it is. (default: the session's user)") var user: String?
    @OptionGroup var options: ContextOptions

    func run() async throws {
        var passage = NewPassage(try await GivenText.read(text))
        passage.tags = tags
        passage.metadata = try GivenText.object(metadata, "--metadata") ?? [:]
        (passage.tokens, passage.session, passage.user) = (tokens, session, user)
        let inserted = try await options.write(InsertPassage(passage, into: archive, in: options.namespace))
        try options.global.show(inserted.document()) { page in
            if inserted.wasThere { page.line("It was there already.", .yellow) }
            page.line(inserted.passage.id)
        }
        options.sayUnlessProtected(inserted.isProtected)
    }
}

/// Which passages.
struct PassageOptions: ParsableArguments {
    @Option(name: .customLong("tag"), help: ArgumentHelp("With one of these; repeatable.", valueName: "tag"))
    var tags: [String] = []
    @Option(name: .customLong("all-tag"), help: ArgumentHelp("With all of these; repeatable.", valueName: "tag"))
    var allTags: [String] = []
    @OptionGroup var span: SpanOptions

    func query(_ archive: String, in namespace: String, limit: Int) -> PassageQuery {
        var query = PassageQuery(archive, in: namespace)
        (query.anyTags, query.allTags, query.limit) = (tags, allTags, limit)
        (query.from, query.to) = (span.from?.first, span.to?.last)
        return query
    }
}

struct ArchiveSearch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search",
        abstract: "Find passages of an archive by words, the most relevant first.",
        discussion: """
            Words are those of `search`.

            JSON: {"results": [{"passage", "content", "excerpt", "relevance", …}], "total", "next", "indexed_to", \
            "position"}; "next" is the --after of the next page, or null.

              memledger archive search tea "steamed OR 煎茶" --tag japan --limit 5
            """)

    @Argument(help: "The archive's name.") var archive: String
    @Argument(help: ArgumentHelp("What to look for.", valueName: "query")) var words: [String]
    @OptionGroup var passages: PassageOptions
    @Option(help: "Passages of a page, 1 to \(ContextLimits.pageEntries).") var limit = 20
    @Option(help: ArgumentHelp("The former page's \"next\".", valueName: "cursor")) var after: String?
    @Flag(help: "Answer from the index as it is, if it is far behind.") var noWait = false
    @OptionGroup var options: ContextReadingOptions

    func run() async throws {
        let query = passages.query(archive, in: options.namespace, limit: limit)
        let found = try await options.search(
            SearchArchive(words.joined(separator: " "), query, after: after, waits: !noWait, options.asked))
        try options.global.show(found.document()) { output in
            output.passages(found.passages.map(\.passage), found.passages.map(\.excerpt))
            output.found(
                total: Int64(found.total), shown: found.passages.count, next: found.next, "passage", "passages")
            output.index(behind: found.position - found.indexedTo, found.indexProblem)
        }
    }
}

struct ArchiveList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the passages of an archive, the newest first.",
        discussion: """
            JSON: {"passages": [{"passage", "archive", "content", "tags", "tokens", "metadata", "user", "session", \
            "created_at"}], "total", "next"}; "next" is the --after of the next page, or null.

              memledger archive list tea --tag japan
            """)

    @Argument(help: "The archive's name.") var archive: String
    @OptionGroup var passages: PassageOptions
    @OptionGroup var page: PositionPageOptions
    @OptionGroup var options: ContextReadingOptions

    func run() async throws {
        var query = passages.query(archive, in: options.namespace, limit: page.limit)
        query.after = page.after
        let listed = try await options.read(ListPassages(query, options.asked))
        try options.global.show(listed.document()) { output in
            output.passages(listed.passages)
            output.found(
                total: listed.total, shown: listed.passages.count, next: listed.next.map(String.init), "passage",
                "passages")
        }
    }
}

struct ArchiveDelete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Take a passage out of an archive; `undo` brings it back.",
        discussion: """
            JSON: {"namespace", "passage", "added", "removed"}.

              memledger archive delete tea PASSAGE
            """)

    @Argument(help: "The archive's name.") var archive: String
    @Argument(help: "The passage's id.") var passage: String
    @OptionGroup var options: ContextOptions

    func run() async throws {
        let done = try await options.change(DeletePassage(passage, from: archive, in: options.namespace))
        try options.global.show(done.document()) { $0.line("Deleted the passage \(passage).", .green) }
    }
}

struct ArchiveNames: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "names",
        abstract: "List the archives of a namespace.",
        discussion: """
            JSON: {"archives": [{"archive", "passages"}], "next"}; "next" is the --after of the next page, or null.

              memledger archive names
            """)

    @OptionGroup var page: NamePageOptions
    @OptionGroup var options: ContextReadingOptions

    func run() async throws {
        let listed = try await options.read(
            ListArchives(in: options.namespace, from: page.after, limit: page.limit, options.asked))
        try options.global.show(listed.document()) { output in
            var table = Table([.init("ARCHIVE", paint: .bold), .init("PASSAGES", right: true)])
            for archive in listed.entries.entries { table.add([archive.name, Figures.grouped(archive.passages)]) }
            output.list(table, "No archives.", next: listed.entries.next)
        }
    }
}

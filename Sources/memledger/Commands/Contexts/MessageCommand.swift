import AgentContext
import ArgumentParser
import EventLog
import LedgerOperations
import MemoryLedger

struct MessageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "message",
        abstract: "What is said in sessions: append, list, search.",
        discussion: """
            Everything that was ever said is found, evicted or not.

              memledger message append SESSION --role user --content "Green tea, please."
              memledger message list SESSION --limit 50
              memledger message search SESSION "green tea"
            """,
        subcommands: [MessageAppend.self, MessageList.self, MessageSearch.self])
}

struct MessageAppend: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "append",
        abstract: "Append what is said; the answer tells how full the context is.",
        discussion: """
            --content - reads standard input. --context POSITION records which context the message answers, as `context` \
            gave it: with --include KEY for each memory that was put in, and --budget if it was not the session's. Then \
            `context SESSION --message NUMBER` puts it together again.

            JSON: {"message" (its id), "session", "number", "tokens", "estimated", "context_tokens", "budget", \
            "pressure" (normal, warn, or flush: evict before the model is asked again), "position"}.

              memledger message append SESSION --role user --content "Green tea, please." --tokens 5
              memledger message append SESSION --role assistant --content "" \\
                --tool-calls '[{"id": "c1", "name": "brew", "arguments": {"cups": 1}}]'
              memledger message append SESSION --role tool --tool-call-id c1 --content - < result.txt
            """)

    @Argument(help: "The session's id.") var session: String
    @Option(help: "Who says it.") var role: SessionMessage.Role
    @Option(help: "What is said; - reads standard input.") var content: String
    @Option(help: "Its tokens, as the model counts them; else estimated.") var tokens: Int?
    @Option(help: ArgumentHelp("The calls that an assistant makes: a JSON array of objects.", valueName: "json"))
    var toolCalls: String?
    @Option(help: "Of a tool: the call that it is the result of.") var toolCallId: String?
    @Option(help: ArgumentHelp("The position of the context that it answers.", valueName: "position"))
    var context: Position?
    @Option(help: "Of that context, if it was not the session's.") var budget: Int?
    @Option(help: ArgumentHelp("A memory that was put into that context; repeatable.", valueName: "key"))
    var include: [String] = []
    @Option(help: ArgumentHelp("Its tokens, as the model counted them; one for each --include.", valueName: "tokens"))
    var includeTokens: [Int] = []
    @OptionGroup var options: ContextOptions

    func validate() throws {
        guard context != nil || include.isEmpty && includeTokens.isEmpty && budget == nil else {
            throw ValidationError("--include and --budget say more of --context; give that, too.")
        }
        guard includeTokens.isEmpty || includeTokens.count == include.count else {
            throw ValidationError("--include-tokens is given once for each --include, in their order.")
        }
    }

    func run() async throws {
        var message = SessionMessage(role, try await GivenText.read(content), tokens: tokens)
        if let toolCalls {
            guard let calls = try GivenText.json(toolCalls, "--tool-calls").array,
                calls.allSatisfy({ $0.object != nil })
            else { throw ValidationError("--tool-calls is a JSON array of objects.") }
            message.toolCalls = calls
        }
        message.toolCallID = toolCallId
        var operation = AppendMessage(message, to: options.key(session))
        (operation.context, operation.budget) = (context, budget)
        (operation.included, operation.includedTokens) = (include, includeTokens)
        let appended = try await options.change(operation)
        try options.global.show(appended.document()) { page in
            page.line(
                "Message \(appended.number), \(Figures.count(appended.tokens, "token", "tokens"))"
                    + (appended.isEstimated ? " (estimated)" : ""))
            page.pressure(appended.state)
        }
    }
}

/// Whose messages.
struct RecallOptions: ParsableArguments {
    @Option(name: .customLong("role"), help: "Only of this role; repeatable.") var roles: [SessionMessage.Role] = []
    @OptionGroup var span: SpanOptions

    func query(_ session: MemoryKey, user: String?) -> RecallQuery {
        var query = user.map { RecallQuery(user: $0, in: session.namespace) } ?? RecallQuery(of: session)
        query.roles = roles
        (query.from, query.to) = (span.from?.first, span.to?.last)
        return query
    }
}

struct MessageList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List what was said, the newest first.",
        discussion: """
            Of a session, or with --user of all of a user's. --around NUMBER shows what was said before and after a \
            message, the oldest first, --limit messages on each side.

            JSON: {"messages": [{"message", "session", "number", "role", "content", "tokens", "at", "in_context", …}], \
            "total", "next"}; "next" is the --after of the next page, or null.

              memledger message list SESSION --limit 50
              memledger message list SESSION --around 412 --limit 5
              memledger message list --user ann --role user --from 2026-01-01
            """)

    @Argument(help: "The session's id.") var session: String?
    @Option(help: "All sessions of this user, instead of one.") var user: String?
    @OptionGroup var recall: RecallOptions
    @Flag(help: "The oldest first.") var oldestFirst = false
    @Option(help: ArgumentHelp("What was said around this message.", valueName: "number")) var around: Int64?
    @OptionGroup var page: PositionPageOptions
    @OptionGroup var options: ContextReadingOptions

    func validate() throws {
        guard (session == nil) != (user == nil) else {
            throw ValidationError("Give a session, or --user.")
        }
        if let around {
            guard around >= 1 else { throw ValidationError("--around is the number of a message, 1 or more.") }
            guard session != nil else { throw ValidationError("--around needs a session.") }
        }
    }

    func run() async throws {
        var query = recall.query(options.key(session ?? ""), user: user)
        (query.limit, query.after, query.isOldestFirst) = (page.limit, page.after, oldestFirst)
        let listed = try await options.read(ListMessages(query, around: around, options.asked))
        try options.global.show(listed.document()) { output in
            output.messages(listed.messages)
            output.found(
                total: listed.total, shown: listed.messages.count, next: listed.next.map(String.init), "message",
                "messages")
        }
    }
}

struct MessageSearch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search",
        abstract: "Find what was said by words, the most relevant first.",
        discussion: """
            In a session, or with --user in all of a user's; evicted or not. Words are those of `search`.

            JSON: {"results": [{"message", "session", "number", "role", "content", "excerpt", "relevance", …}], "total", \
            "next", "indexed_to", "position"}; "next" is the --after of the next page, or null.

              memledger message search SESSION "green tea"
              memledger message search --user ann 绿茶 --role user
            """)

    @Argument(help: ArgumentHelp("The session's id, unless --user is given; and what to look for.", valueName: "words"))
    var words: [String]
    @Option(help: "All sessions of this user, instead of one.") var user: String?
    @OptionGroup var recall: RecallOptions
    @Option(help: "Messages of a page, 1 to \(ContextLimits.pageEntries).") var limit = 20
    @Option(help: ArgumentHelp("The former page's \"next\".", valueName: "cursor")) var after: String?
    @Flag(help: "Answer from the index as it is, if it is far behind.") var noWait = false
    @OptionGroup var options: ContextReadingOptions

    func validate() throws {
        if user == nil, words.count < 2 { throw ValidationError("Give a session and what to look for, or --user.") }
    }

    func run() async throws {
        let session = user == nil ? words[0] : ""
        let text = words.dropFirst(user == nil ? 1 : 0).joined(separator: " ")
        var query = recall.query(options.key(session), user: user)
        query.limit = limit
        let found = try await options.search(
            SearchMessages(text, query, after: after, waits: !noWait, options.asked))
        try options.global.show(found.document()) { output in
            output.messages(found.messages.map(\.message), found.messages.map(\.excerpt))
            output.found(
                total: Int64(found.total), shown: found.messages.count, next: found.next, "message", "messages")
            output.index(behind: found.position - found.indexedTo, found.indexProblem)
        }
    }
}

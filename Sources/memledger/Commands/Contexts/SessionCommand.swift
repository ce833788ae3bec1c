import AgentContext
import ArgumentParser
import EventLog
import LedgerOperations
import MemoryLedger

struct SessionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "session",
        abstract: "Sessions with a bounded context: open, show, evict, close.",
        discussion: """
            A session has a main context of a bounded number of tokens: the instructions of its role, blocks of working \
            context, a summary of what was evicted, and the queue of its messages. What leaves the queue stays in recall.

              memledger session open --user ann --role helper --budget 8000
              memledger session show SESSION
              memledger session evict SESSION --summary "Ann likes green tea and asked for a recipe."
            """,
        subcommands: [
            SessionOpen.self, SessionShow.self, SessionList.self, SessionTouch.self, SessionConfigure.self,
            SessionEvict.self, SessionClose.self,
        ])

    /// What a session's documents have.
    static let document = """
        {"session", "namespace", "user", "role", "agent", "budget", "settings": {"budget", "warn_percent", \
        "flush_percent", "eviction_percent"}, "messages", "evicted_through", "evictions", "tokens", "segments": \
        {"system", "working", "summary", "queue"}, "pressure" (normal, warn or flush), "opened_at", "updated_at", \
        "expires_at", "lifetime_seconds", "closed_at"}: segments in tokens, times in milliseconds since 1970.
        """

    /// What is added when one was opened.
    static let protection = """
        If the ledger protects anything, also "protected": an erasure of the user takes what is said in it.
        """
}

/// When a context is too full.
struct ThresholdOptions: ParsableArguments {
    @Option(help: "Tokens of its context.") var budget: Int?
    @Option(help: "From so many per cent of the budget on, an append warns.") var warnPercent: Int?
    @Option(help: "From so many per cent of the budget on, an append asks for an eviction.") var flushPercent: Int?
    @Option(help: "So many per cent of the queue's tokens an eviction takes out, at least.") var evictionPercent: Int?
}

struct SessionOpen: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "open",
        abstract: "Open a session of a user with a role; both are made if they are missing.",
        discussion: """
            What is not said is as `config list` has it.

            JSON: \(SessionCommand.document) \(SessionCommand.protection)

              memledger session open --user ann --role helper
              memledger session open --user ann --role helper --agent tea --budget 8000 --lifetime-seconds 3600
            """)

    @Option(help: "The user's name.") var user: String
    @Option(help: "The role's name.") var role: String
    @Option(help: "The agent that acts in it.") var agent: String?
    @OptionGroup var thresholds: ThresholdOptions
    @Option(help: "Seconds until it expires if it is not touched; 0: it does not.") var lifetimeSeconds: Int64?
    @OptionGroup var options: ContextOptions

    func run() async throws {
        var request = SessionRequest(namespace: options.namespace, user: user, role: role)
        request.agent = agent
        request.budget = thresholds.budget
        request.warnPercent = thresholds.warnPercent
        request.flushPercent = thresholds.flushPercent
        request.evictionPercent = thresholds.evictionPercent
        request.lifetimeSeconds = lifetimeSeconds
        let opened = try await options.write(OpenSession(request))
        try options.global.show(opened.document()) { $0.line(opened.state.id) }
        options.sayUnlessProtected(opened.isProtected)
    }
}

struct SessionShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a session: whose it is, and how full its context is.",
        discussion: """
            JSON: \(SessionCommand.document)

              memledger session show SESSION
              memledger session show SESSION --at 1200
            """)

    @Argument(help: "The session's id.") var session: String
    @OptionGroup var options: ContextReadingOptions

    func run() async throws {
        let shown = try await options.read(ShowSession(options.key(session), options.asked))
        try options.global.show(shown.document()) { $0.session(shown.state) }
    }
}

struct SessionList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List sessions, the oldest first.",
        discussion: """
            JSON: {"sessions": [each as of `session show`], "next"}; "next" is the --after of the next page, or null.

              memledger session list --user ann --open
            """)

    @Option(help: "Only of this user.") var user: String?
    @Option(help: "Only with this role.") var role: String?
    @Option(help: "Only of this agent.") var agent: String?
    @Flag(help: "Only those that are open.") var open = false
    @OptionGroup var page: PositionPageOptions
    @OptionGroup var options: ContextReadingOptions

    func run() async throws {
        var filter = SessionFilter(namespace: options.namespace)
        (filter.user, filter.role, filter.agent, filter.onlyOpen) = (user, role, agent, open)
        let listed = try await options.read(
            ListSessions(filter, limit: page.limit, after: page.after ?? 0, options.asked))
        try options.global.show(listed.document()) { output in
            var table = Table([
                .init("SESSION", paint: .bold), .init("USER", paint: .cyan), .init("ROLE"), .init("AGENT"),
                .init("MESSAGES", right: true), .init("TOKENS", right: true), .init("BUDGET", right: true),
                .init("STATE"), .init("OPENED", paint: .dim),
            ])
            for state in listed.entries.sessions {
                let isOpen = state.isOpen(at: listed.entries.at)
                let word = state.closedAt != nil ? "closed" : isOpen ? state.pressure.rawValue : "expired"
                table.add([
                    state.id, state.user, state.role, state.agent ?? "", Figures.grouped(state.messages),
                    Figures.grouped(state.tokens.total), Figures.grouped(state.settings.budget), word,
                    state.openedAt.rfc3339,
                ])
            }
            output.table(table)
            if listed.entries.sessions.isEmpty { output.line("No sessions.", .dim) }
            if let next = listed.entries.next { output.line("More: add --after \(next)", .dim) }
        }
    }
}

struct SessionTouch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "touch",
        abstract: "Let a session live on, from now.",
        discussion: """
            JSON: as of `session show`.

              memledger session touch SESSION --lifetime-seconds 3600
            """)

    @Argument(help: "The session's id.") var session: String
    @Option(
        help:
            "Seconds until it expires if it is not touched; 0: it does not. (default: as it was opened or touched last)"
    )
    var lifetimeSeconds: Int64?
    @OptionGroup var options: ContextOptions

    func run() async throws {
        let touched = try await options.change(TouchSession(options.key(session), seconds: lifetimeSeconds))
        try options.global.show(touched.document()) { page in
            page.line("It expires: \(touched.state.expiresAt?.rfc3339 ?? "never")", .green)
        }
    }
}

struct SessionConfigure: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "configure",
        abstract: "Change a session's budget and thresholds.",
        discussion: """
            JSON: as of `session show`.

              memledger session configure SESSION --budget 16000 --warn-percent 60
            """)

    @Argument(help: "The session's id.") var session: String
    @OptionGroup var thresholds: ThresholdOptions
    @OptionGroup var options: ContextOptions

    func run() async throws {
        var operation = ConfigureSession(options.key(session))
        operation.budget = thresholds.budget
        operation.warnPercent = thresholds.warnPercent
        operation.flushPercent = thresholds.flushPercent
        operation.evictionPercent = thresholds.evictionPercent
        let configured = try await options.change(operation)
        try options.global.show(configured.document()) { $0.session(configured.state) }
    }
}

struct SessionEvict: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evict",
        abstract: "Move a session's oldest messages to recall; a summary takes their place.",
        discussion: """
            As many go as the session's settings say, and as the budget needs; a call never without its result. The \
            summary replaces the one before, so it should say what that said, too. --summary - reads standard input.

            JSON: {"session", "evicted" (how many), "first", "last" (their numbers), "evicted_tokens", "summary" (its \
            text), "summary_number", "summary_tokens", "tokens" (of the context now), "tokens_before", "budget", "pressure"}.

              memledger session evict SESSION --summary "Ann likes green tea and asked for a recipe."
            """)

    @Argument(help: "The session's id.") var session: String
    @Option(help: "What left the queue, in short; - reads standard input.") var summary: String
    @Option(help: "The summary's tokens, as the model counts them; else estimated.") var tokens: Int?
    @OptionGroup var options: ContextOptions

    func run() async throws {
        let text = try await GivenText.read(summary)
        let done = try await options.change(EvictMessages(options.key(session), summary: text, tokens: tokens))
        try options.global.show(done.document()) { page in
            let eviction = done.eviction
            page.line(
                "Evicted \(Figures.count(eviction.messages, "message", "messages")), \(eviction.first) to "
                    + "\(eviction.last), with \(Figures.count(eviction.tokens, "token", "tokens")).", .green)
            page.pressure(done.state)
        }
    }
}

struct SessionClose: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "close",
        abstract: "End a session; what was said in it stays.",
        discussion: """
            JSON: as of `session show`.

              memledger session close SESSION --reason "done"
            """)

    @Argument(help: "The session's id.") var session: String
    @Option(help: "Why, for the log.") var reason: String?
    @OptionGroup var options: ContextOptions

    func run() async throws {
        let closed = try await options.change(CloseSession(options.key(session), reason: reason))
        try options.global.show(closed.document()) { $0.line("Closed the session \(closed.state.id).", .green) }
    }
}

import AgentContext
import ArgumentParser
import EventLog
import LedgerOperations
import MemoryLedger

struct BlockShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a block.",
        discussion: """
            JSON: \(BlockCommand.document)

              memledger block show SESSION human
              memledger block show SESSION human --at 1200
            """)
    @Argument(help: ArgumentHelp("The session's id, the label.", valueName: "session label")) var words: [String]
    @Option(help: "An agent in the place of the session.") var agent: String?
    @OptionGroup var options: ContextReadingOptions

    func run() async throws {
        let (holder, rest) = try BlockCommand.parts(words, agent: agent, ["LABEL"])
        let shown = try await options.read(
            ShowBlock(BlockReference(rest[0], of: holder, in: options.namespace), options.asked))
        try options.global.show(shown.document()) { $0.block(shown.state) }
    }
}

struct BlockList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the blocks in a context.",
        discussion: """
            JSON: {"blocks": [each as of `block show`]}.

              memledger block list SESSION
              memledger block list --agent tea
            """)
    @Argument(help: "The session's id.") var session: String?
    @Option(help: "An agent in the place of the session.") var agent: String?
    @OptionGroup var options: ContextReadingOptions

    func validate() throws {
        guard (session == nil) != (agent == nil) else { throw ValidationError("Give SESSION, or --agent NAME.") }
    }

    func run() async throws {
        let holder = agent.map { BlockHolder.agent($0) } ?? .session(session ?? "")
        let listed = try await options.read(ListBlocks(of: holder, in: options.namespace, options.asked))
        try options.global.show(listed.document()) { page in
            for block in listed.blocks { page.block(block) }
            if listed.blocks.isEmpty { page.line("No blocks.", .dim) }
        }
    }
}

struct BlockHistory: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Show all that a block said, who made it say so, and what was undone.",
        discussion: """
            The newest first. "content" is the version that said first what a version says, "parent" the one that an \
            edit was made of: together they show the branches.

            JSON: {"versions": [{"version", "kind", "value", "tokens", "content", "parent", "actor", "position", "at"}], \
            "next"}; "next" is the --after of the next page, or null.

              memledger block history SESSION human
            """)
    @Argument(help: ArgumentHelp("The session's id, the label.", valueName: "session label")) var words: [String]
    @Option(help: "An agent in the place of the session.") var agent: String?
    @OptionGroup var page: PositionPageOptions
    @OptionGroup var options: ContextReadingOptions

    func run() async throws {
        let (holder, rest) = try BlockCommand.parts(words, agent: agent, ["LABEL"])
        let reference = BlockReference(rest[0], of: holder, in: options.namespace)
        let shown = try await options.read(
            ShowBlockHistory(reference, limit: page.limit, before: page.after, options.asked))
        try options.global.show(shown.document()) { output in
            var table = Table([
                .init("VERSION", right: true, paint: .bold), .init("KIND", paint: .cyan), .init("OF", right: true),
                .init("BY"), .init("AT", paint: .dim), .init("VALUE"),
            ])
            for version in shown.versions {
                let of = version.content == version.number ? version.parent : version.content
                table.add([
                    String(version.number), version.kind, of > 0 ? String(of) : "", version.actor ?? "",
                    version.at.rfc3339, version.value.text,
                ])
            }
            output.list(table, "No versions.", next: shown.next.map(String.init))
        }
    }
}

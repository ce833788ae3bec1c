import AgentContext
import ArgumentParser
import EventLog
import LedgerOperations
import MemoryLedger

struct ContextCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "context",
        abstract: "Assemble what goes to the model, within the budget.",
        discussion: """
            In this order: the role's instructions, blocks, memories that are asked for, the summary of what was \
            evicted, and as many of the last messages as have room. The same at the same position, always.

            --at shows the context as of then. --message NUMBER shows what a message answered, if that was recorded with \
            it (`message append --context`).

            JSON: {"segments": [{"type" (system, working, memory, summary or queue), "name", "content", "tokens", …}], \
            "tokens", "budget", "position", "left_out" (messages of the queue without room)}.

              memledger context SESSION --budget 4000
              memledger context SESSION --include tea --include coffee
              memledger context SESSION --message 412
            """)

    @Argument(help: "The session's id.") var session: String
    @Option(help: "Tokens. (default: the session's)") var budget: Int?
    @Option(help: ArgumentHelp("A memory that is put in; repeatable.", valueName: "key")) var include: [String] = []
    @Option(help: ArgumentHelp("Its tokens, as the model counts them; one for each --include.", valueName: "tokens"))
    var includeTokens: [Int] = []
    @Option(help: ArgumentHelp("What this message answered.", valueName: "number")) var message: Int64?
    @OptionGroup var options: ContextReadingOptions

    func validate() throws {
        guard includeTokens.isEmpty || includeTokens.count == include.count else {
            throw ValidationError("--include-tokens is given once for each --include, in their order.")
        }
        guard let message else { return }
        guard message >= 1 else { throw ValidationError("--message is the number of a message, 1 or more.") }
        guard budget == nil, include.isEmpty, options.moment.at == nil else {
            throw ValidationError("--message says all of it; leave out --budget, --include and --at.")
        }
    }

    func run() async throws {
        let key = options.key(session)
        var operation =
            message.map { AssembleContext(answeredBy: $0, of: key) }
            ?? AssembleContext(of: key, budget: budget, including: include, options.asked)
        operation.includedTokens = includeTokens
        let context = try await options.read(operation)
        try options.global.show(context.document()) { $0.context(context) }
    }
}

import ArgumentParser
import EventLog
import LedgerCapabilities
import LedgerOperations
import LedgerServer
import LedgerService
import Logging
import MemoryLedger

struct MCPCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mcp",
        abstract: "Serve the ledger to an agent, by the Model Context Protocol.",
        discussion: """
            The agent's program starts this one and speaks with it over standard input and output, a message a line; it \
            ends with its input. Any number of such processes may have one ledger. The ledger is made if there is none.

            Without --as and MEMLEDGER_ACTOR, what the client calls itself says who acts, as mcp:NAME. The sets of tools \
            are memory (the standard one), extended, history, audit, admin and all. --compat has exactly what version 1 \
            or 2 of the old program had.

              memledger mcp --print-config --as assistant
              memledger mcp --tools memory,history
            """)

    @Option(help: ArgumentHelp("Sets of tools, with commas in between. (default: memory)", valueName: "sets"))
    var tools: String?
    @Option(help: ArgumentHelp("Be as the old program's version, 1 or 2.", valueName: "version"))
    var compat: Int?
    @Option(help: "The namespace of a call that names none. (default: \(MemoryKey.defaultNamespace))")
    var namespace: String?
    @Flag(help: "Print a client's configuration that starts this command so, and end.") var printConfig = false
    @OptionGroup var actor: ActorOption
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if let compat, compat != 1, compat != 2 { throw ValidationError("--compat is 1 or 2, not \(compat).") }
        if namespace?.isEmpty == true { throw ValidationError("--namespace names none.") }
        guard let sets = try sets() else { return }
        if compat != nil { throw ValidationError("--compat has its own tools; leave out --tools.") }
        let known = MCPService.toolSets(of: .ofCommand)
        if let other = sets.first(where: { !known.contains($0) }) {
            let names = known.map(\.name).joined(separator: ", ")
            throw ValidationError("--tools: there is no set \(other); give some of \(names).")
        }
    }

    private func sets() throws -> [MCPToolSet]? {
        do { return try tools.map { try MCPToolSet.sets($0) } } catch let error as MCPOptionError {
            throw ValidationError("--tools: \(error)")
        }
    }

    private func options() throws -> MCPOptions {
        var options = MCPOptions()
        options.compatibility = compat.map { $0 == 1 ? .one : .two }
        if let sets = try sets() { options.tools = sets }
        options.namespace = namespace
        return options
    }

    func run() async throws {
        if printConfig { return try show(configuration()) }
        if let namespace { try MemoryLimits.standard.check(MemoryKey(namespace: namespace, key: "-")) }
        if !global.hasLedger { try System.checkFolder(of: global.path) }
        let caller = Caller(actor.attribution, .everything)
        let logger = StandardErrorLog.logger(.text, .warning)
        try await global.withLedger(.create, adjusting: { $0.file.logger = logger }) { ledger in
            let sessions = KVSessions(clock: ledger.options.clock)
            let service = try MCPService(ledger, sessions: sessions, options: options())
            try await MCPPipe(MCPConnection(service, by: caller)).serve()
        }
    }

    // MARK: The configuration of a client

    /// A client starts the command in some folder and with few of the variables that are set here.
    private func configuration() throws -> JSONValue {
        guard let program = System.programPath() else {
            throw CommandError("The system does not tell where this program is; write its path into the configuration.")
        }
        var arguments = ["mcp", "--ledger", System.absolutePath(global.path)]
        if let name = actor.acting.actingAs { arguments += ["--as", name] }
        if let tools { arguments += ["--tools", tools] }
        if let compat { arguments += ["--compat", String(compat)] }
        if let namespace { arguments += ["--namespace", namespace] }
        if let file = global.masterKey.file { arguments += ["--master-key-file", System.absolutePath(file)] }
        var environment: JSONObject = [:]
        if actor.acting.actingAs == nil, let name = System.environment("MEMLEDGER_ACTOR") {
            environment.append("MEMLEDGER_ACTOR", .string(name))
        }
        if global.masterKey.file == nil, let file = System.environment("MEMLEDGER_MASTER_KEY_FILE") {
            environment.append("MEMLEDGER_MASTER_KEY_FILE", .string(System.absolutePath(file)))
        }
        return [
            "mcpServers": [
                "memledger": [
                    "command": .string(program), "args": .array(arguments.map { .string($0) }),
                    "env": .object(environment),
                ]
            ]
        ]
    }

    private func show(_ document: JSONValue) throws {
        let output = FileWriter.standardOutput()
        try output.write(document.indented + "\n")
        try output.flush()
    }
}

import AgentContext
import ArgumentParser
import EventLog
import LedgerOperations
import MemoryLedger

struct AgentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agent",
        abstract: "Those who act in sessions: set, list, remove, export, import.",
        subcommands: [AgentSet.self, AgentList.self, AgentRemove.self, AgentExport.self, AgentImport.self])
}

struct AgentSet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Say what an agent is for, and how it is set.",
        discussion: """
            What is not given stays as it was.

            JSON: {"namespace", "agent", "added", "removed"}.

              memledger agent set tea --description "Knows all about tea"
            """)

    @Argument(help: "The agent's name.") var name: String
    @Option(help: "What it is for.") var description: String?
    @Option(help: ArgumentHelp("A JSON object; it means what you make of it.", valueName: "json"))
    var settings: String?
    @OptionGroup var options: ContextOptions

    func run() async throws {
        var operation = SetAgent(name, description: description, in: options.namespace)
        operation.settings = try GivenText.object(settings, "--settings")
        let set = try await options.write(operation)
        try options.global.show(set.document()) { page in page.line("Set the agent \(name).", .green) }
    }
}

struct AgentList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the agents of a namespace.",
        discussion: """
            JSON: {"agents": [{"agent", "description", "settings", "created_at", "updated_at"}], "next"}.

              memledger agent list
            """)

    @OptionGroup var page: NamePageOptions
    @OptionGroup var options: ContextReadingOptions

    func run() async throws {
        let listed = try await options.read(
            ListAgents(in: options.namespace, from: page.after, limit: page.limit, options.asked))
        try options.global.show(listed.document()) { output in
            var table = Table([.init("AGENT", paint: .bold), .init("UPDATED", paint: .dim), .init("DESCRIPTION")])
            for agent in listed.entries.entries {
                table.add([agent.name, agent.updatedAt.rfc3339, agent.agent.description])
            }
            output.list(table, "No agents.", next: listed.entries.next)
        }
    }
}

struct AgentRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Remove what is said of an agent; its sessions and blocks stay.",
        discussion: """
            JSON: {"namespace", "agent", "added", "removed"}.

              memledger agent remove tea
            """)

    @Argument(help: "The agent's name.") var name: String
    @OptionGroup var options: ContextOptions

    func run() async throws {
        let removed = try await options.change(RemoveAgent(name, in: options.namespace))
        try options.global.show(removed.document()) { page in page.line("Removed the agent \(name).", .green) }
    }
}

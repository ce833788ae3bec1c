import AgentContext
import ArgumentParser
import EventLog
import LedgerOperations
import MemoryLedger

struct RoleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "role",
        abstract: "What agents are told in their sessions: set, show, list, remove.",
        subcommands: [RoleSet.self, RoleShow.self, RoleList.self, RoleRemove.self])
}

struct RoleSet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Set what an agent is told in a role, in the sessions that have it, too.",
        discussion: """
            What is not given stays as it was. --prompt - reads standard input.

            JSON: {"namespace", "role", "system_prompt", "tokens", "settings", "created_at", "updated_at"}.

              memledger role set helper --prompt "You help with tea."
              memledger role set helper --settings '{"temperature": 0.2}'
            """)

    @Argument(help: "The role's name.") var name: String
    @Option(help: "What the agent is told; it cannot change it. - reads standard input.") var prompt: String?
    @Option(help: "The prompt's tokens, as the model counts them; else estimated.") var tokens: Int?
    @Option(help: ArgumentHelp("A JSON object; it means what you make of it.", valueName: "json"))
    var settings: String?
    @OptionGroup var options: ContextOptions

    func run() async throws {
        var operation = SetRole(name, in: options.namespace)
        if let prompt { operation.prompt = try await GivenText.read(prompt) }
        operation.tokens = tokens
        operation.settings = try GivenText.object(settings, "--settings")
        let set = try await options.write(operation)
        try options.global.show(set.document()) { page in page.line("Set the role \(name).", .green) }
    }
}

struct RoleShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show what an agent is told in a role.",
        discussion: """
            JSON: as of `role set`.

              memledger role show helper
            """)

    @Argument(help: "The role's name.") var name: String
    @OptionGroup var options: ContextReadingOptions

    func run() async throws {
        let shown = try await options.read(ShowRole(name, in: options.namespace, options.asked))
        try options.global.show(shown.document()) { page in
            let role = shown.role
            page.line(role.name, .bold)
            page.fields([
                ("tokens", Figures.grouped(role.role.systemPrompt.tokens)),
                ("settings", role.role.settings.isEmpty ? "" : JSONValue.object(role.role.settings).description),
                ("created", role.createdAt.rfc3339), ("updated", role.updatedAt.rfc3339),
            ])
            page.block(role.role.systemPrompt.text)
        }
    }
}

struct RoleList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the roles of a namespace.",
        discussion: """
            JSON: {"roles": [each as of `role set`], "next"}; "next" is the --after of the next page, or null.

              memledger role list
            """)

    @OptionGroup var page: NamePageOptions
    @OptionGroup var options: ContextReadingOptions

    func run() async throws {
        let listed = try await options.read(
            ListRoles(in: options.namespace, from: page.after, limit: page.limit, options.asked))
        try options.global.show(listed.document()) { output in
            var table = Table([
                .init("ROLE", paint: .bold), .init("TOKENS", right: true), .init("UPDATED", paint: .dim),
                .init("PROMPT"),
            ])
            for role in listed.entries.entries {
                table.add([
                    role.name, Figures.grouped(role.role.systemPrompt.tokens), role.updatedAt.rfc3339,
                    role.role.systemPrompt.text,
                ])
            }
            output.list(table, "No roles.", next: listed.entries.next)
        }
    }
}

struct RoleRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Remove a role; its sessions go on without instructions.",
        discussion: """
            JSON: {"namespace", "role", "added", "removed"}.

              memledger role remove helper
            """)

    @Argument(help: "The role's name.") var name: String
    @OptionGroup var options: ContextOptions

    func run() async throws {
        let removed = try await options.change(RemoveRole(name, in: options.namespace))
        try options.global.show(removed.document()) { page in page.line("Removed the role \(name).", .green) }
    }
}

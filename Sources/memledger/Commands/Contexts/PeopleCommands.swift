import AgentContext
import ArgumentParser
import EventLog
import LedgerOperations
import MemoryLedger

struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user",
        abstract: "Those whom agents talk with: add, list.",
        subcommands: [UserAdd.self, UserList.self])
}

struct UserAdd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Make a user, if there is none of the name.",
        discussion: """
            JSON: {"namespace", "user", "added" (false: there was one), "removed"}.

              memledger user add ann
            """)

    @Argument(help: "The user's name.") var name: String
    @OptionGroup var options: ContextOptions

    func run() async throws {
        let added = try await options.write(AddUser(name, in: options.namespace))
        try options.global.show(added.document()) { page in
            page.line(added.isNew ? "Added the user \(name)." : "There is a user \(name) already.", .green)
        }
    }
}

struct UserList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the users of a namespace.",
        discussion: """
            JSON: {"users": [{"user", "created_at"}], "next"}; "next" is the --after of the next page, or null.

              memledger user list
            """)

    @OptionGroup var page: NamePageOptions
    @OptionGroup var options: ContextReadingOptions

    func run() async throws {
        let listed = try await options.read(
            ListUsers(in: options.namespace, from: page.after, limit: page.limit, options.asked))
        try options.global.show(listed.document()) { output in
            var table = Table([.init("USER", paint: .bold), .init("ADDED", paint: .dim)])
            for user in listed.entries.entries { table.add([user.name, user.createdAt.rfc3339]) }
            output.list(table, "No users.", next: listed.entries.next)
        }
    }
}

extension Page {
    /// A table of what has names.
    mutating func list(_ table: Table, _ none: String, next: String?) {
        self.table(table)
        if table.rows.isEmpty { line(none, .dim) }
        if let next { line("More: add --after \(next)", .dim) }
    }
}

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

struct AgentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agent",
        abstract: "Those who act in sessions: set, list, remove.",
        subcommands: [AgentSet.self, AgentList.self, AgentRemove.self])
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

struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "What holds for new sessions and blocks: list, set, unset.",
        subcommands: [ConfigList.self, ConfigSet.self, ConfigUnset.self])
}

struct ConfigList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Show what holds, and what was set.",
        discussion: """
            JSON: {"configuration": [{"name", "value", "default", "set", "help"}]}.

              memledger config list
              memledger config list --at 2026-01-23
            """)

    @OptionGroup var moment: MomentOptions
    @OptionGroup var actor: ActorOption
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let listed = try await global.read(ListConfiguration(moment.asked), by: actor.attribution)
        try global.show(listed.document()) { page in
            var table = Table([
                .init("NAME", paint: .bold), .init("VALUE", right: true), .init("DEFAULT", right: true, paint: .dim),
                .init("WHAT IT IS"),
            ])
            for value in listed.values {
                table.add([
                    value.key.name, Figures.grouped(value.value), Figures.grouped(value.key.fallback), value.key.help,
                ])
            }
            page.table(table)
        }
    }
}

struct ConfigSet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Set what holds for new sessions and blocks.",
        discussion: """
            JSON: as of `config list`.

              memledger config set session.budget 16000
            """)

    @Argument(help: "Which.") var name: ConfigurationKey
    @Argument(help: "What it is set to.") var value: Int64
    @OptionGroup var actor: ActorOption
    @OptionGroup var writing: WritingOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let set = try await global.write(SetConfiguration(name, value), by: writing.attribution(actor))
        try global.show(set.document()) { page in page.line("\(name.name) is \(value) from now on.", .green) }
    }
}

struct ConfigUnset: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unset",
        abstract: "Let a default hold again.",
        discussion: """
            JSON: as of `config list`.

              memledger config unset session.budget
            """)

    @Argument(help: "Which.") var name: ConfigurationKey
    @OptionGroup var actor: ActorOption
    @OptionGroup var writing: WritingOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let set = try await global.write(SetConfiguration(name, nil), by: writing.attribution(actor))
        try global.show(set.document()) { page in
            page.line("\(name.name) is \(name.fallback), its default, from now on.", .green)
        }
    }
}

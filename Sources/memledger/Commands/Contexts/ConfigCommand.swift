import AgentContext
import ArgumentParser
import EventLog
import LedgerOperations
import MemoryLedger

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

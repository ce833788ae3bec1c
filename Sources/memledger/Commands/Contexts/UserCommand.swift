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

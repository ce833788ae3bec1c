import ArgumentParser
import MemoryLedger

/// The command. Each subcommand has a file of its own in Commands.
@main
struct Memledger: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "memledger",
        abstract: "An agent's memory whose every change is an event.",
        usage: "memledger [--ledger FILE] [--json] [--as NAME] COMMAND",
        discussion: """
            The options --ledger, --json and --as may stand before the command or after it. Without --ledger the \
            ledger is the file that MEMLEDGER_FILE names, or else memory-ledger.sqlite in this folder.

            --as says who acts, for the log; without it, MEMLEDGER_ACTOR does. --actor filters: it comes after the \
            command, and only in commands that select events.

            With --json a command prints one JSON document, its names in snake_case. Errors are one line on standard \
            error. Exit status: 0 done, 1 failed, 3 done with something to look at, 64 wrong usage, 130 interrupted by \
            Ctrl-C, 143 by a request to end (SIGTERM).

              memledger add tea --summary "Likes green tea" --keyword drinks
              memledger get tea
              memledger log --limit 5
            """,
        version: memoryLedgerVersion,
        subcommands: [],
        groupedSubcommands: [
            CommandGroup(name: "Serving", subcommands: [Serve.self]),
            CommandGroup(
                name: "Memories",
                subcommands: [
                    Add.self, Get.self, Update.self, Rename.self, Delete.self, Link.self, Unlink.self, List.self,
                    Search.self, SQLCommand.self,
                ]),
            CommandGroup(name: "Links", subcommands: [Links.self, PathCommand.self, GraphCommand.self, Bulk.self]),
            CommandGroup(
                name: "Contexts",
                subcommands: [
                    SessionCommand.self, MessageCommand.self, ContextCommand.self, BlockCommand.self,
                    ArchiveCommand.self, ProposalCommand.self, UserCommand.self, RoleCommand.self, AgentCommand.self,
                    ConfigCommand.self, TimelineCommand.self,
                ]),
            CommandGroup(
                name: "Looking back", subcommands: [History.self, Blame.self, Diff.self, Undo.self, Explain.self]),
            CommandGroup(
                name: "Who did what", subcommands: [QuarantineCommand.self, Release.self, Policy.self, Token.self]),
            CommandGroup(name: "Events", subcommands: [Log.self, Export.self, Import.self]),
            CommandGroup(name: "The past", subcommands: [Checkout.self, Snapshots.self]),
            CommandGroup(name: "For agents", subcommands: [MCPCommand.self]),
            CommandGroup(
                name: "Proofs",
                subcommands: [
                    Verify.self, CheckpointCommand.self, Prove.self, EvidenceCommand.self, Check.self, KeysCommand.self,
                ]),
            CommandGroup(
                name: "The ledger",
                subcommands: [
                    Init.self, Status.self, BackupCommand.self, RestoreCommand.self, Migrate.self, Stats.self,
                    Rebuild.self,
                    Projections.self, DeadLettersCommand.self, Digest.self, Dictionary.self, Protect.self, Erase.self,
                ]),
        ])

    static func main() async {
        System.openStandardStreams()
        System.ignoreBrokenPipes()
        do {
            guard let given = System.arguments() else {
                throw ValidationError("An argument is not UTF-8; write it in UTF-8, and nothing was done.")
            }
            let arguments = try CommandLineArguments.movingGlobalOptions(given)
            // Proof: only the one task that runs it uses it.
            nonisolated(unsafe) var command = try parseAsRoot(arguments)
            try await Interruption.cancelling {
                guard let awaited = command as? any AsyncParsableCommand else { return try command.run() }
                nonisolated(unsafe) var asynchronous = awaited
                try await asynchronous.run()
            }
        } catch {
            System.exit(Failure.report(error))
        }
    }
}

import ArgumentParser
import EventLog
import LedgerCapabilities
import LedgerOperations
import MemoryLedger
import Projections
import SQLiteEventLog

struct DeadLettersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead-letters",
        abstract: "Events that a projection does without.",
        discussion: """
            An event of the log that a projector refuses is set aside while a projection catches up, so that it does not \
            keep everything behind it waiting. Retry it once its cause is gone, or skip it for good.

              memledger dead-letters list
              memledger dead-letters retry
              memledger dead-letters skip 1234
            """,
        subcommands: [DeadLettersList.self, DeadLettersRetry.self, DeadLettersSkip.self])
}

/// Which letters are meant.
struct DeadLetterOptions: ParsableArguments {
    @Option(help: "Only of this projection.") var projection: String?

    var names: [String]? { projection.map { [$0] } }
}

struct DeadLettersList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the dead letters of the serving generations.",
        discussion: """
            The exit status is 3 if one waits.

            JSON: {"dead_letters": [{"projection", "position", "state", "reason", "attempts", "first_failed_at", \
            "last_failed_at"}]}; the state is waiting or skipped.

              memledger dead-letters list
            """)

    @OptionGroup var letters: DeadLetterOptions
    @OptionGroup var actor: ActorOption
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let listed = try await global.withLedgerAsItIs(.readOnly) {
            try await $0.run(ListDeadLetters(letters.names), by: actor.attribution)
        }
        try global.show(listed.document()) { page in
            page.letters(listed.letters)
            if listed.letters.isEmpty { page.line("No dead letters.", .dim) }
        }
        if listed.letters.contains(where: { $0.state == .waiting }) { throw ExitCode(ExitStatus.lookAt) }
    }
}

struct DeadLettersRetry: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Apply dead letters to the tables now.",
        discussion: """
            In the order of their positions, and so after events that came later: if the order matters, rebuild \
            afterwards. All that wait are tried if no position is given; a skipped one is tried if it is named. The \
            exit status is 3 if one is refused again.

            JSON: {"applied": [POSITION], "refused": [{"projection", "position", "state", "reason", "attempts", \
            "first_failed_at", "last_failed_at"}]}.

              memledger dead-letters retry
              memledger dead-letters retry 1234 --projection memories
            """)

    @Argument(help: "The positions; all that wait if none is given.") var positions: [Int64] = []
    @OptionGroup var letters: DeadLetterOptions
    @OptionGroup var actor: ActorOption
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let operation = RetryDeadLetters(letters.names, positions: positions.isEmpty ? nil : positions)
        let result = try await global.withLedgerAsItIs(.readWrite) {
            try await $0.run(operation, by: actor.attribution)
        }
        try global.show(result.document()) { page in
            for letter in result.applied {
                page.line("Applied event \(Figures.grouped(letter.position)) to \(letter.projection).", .green)
            }
            page.letters(result.refused)
            if result.applied.isEmpty, result.refused.isEmpty { page.line("No dead letters wait.", .dim) }
        }
        if !result.refused.isEmpty { throw ExitCode(ExitStatus.lookAt) }
    }
}

struct DeadLettersSkip: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "skip",
        abstract: "Say that a projection does without events, for good.",
        discussion: """
            Rebuilds pass over them too and list them. A position that was not set aside can be named as well, so that a \
            rebuild that stops there goes on. The event stays in the log; `dead-letters retry POSITION` takes it back.

            JSON: {"skipped": [{"projection", "position", "state", "reason", "attempts", "first_failed_at", \
            "last_failed_at"}]}.

              memledger dead-letters skip 1234
              memledger dead-letters skip --all
            """)

    @Argument(help: "The positions.") var positions: [Int64] = []
    @Flag(help: "All that wait.") var all = false
    @OptionGroup var letters: DeadLetterOptions
    @OptionGroup var actor: ActorOption
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard all != !positions.isEmpty else { throw ValidationError("Name positions, or else --all.") }
    }

    func run() async throws {
        let operation = SkipDeadLetters(letters.names, positions: all ? nil : positions)
        let result = try await global.withLedgerAsItIs(.readWrite) {
            try await $0.run(operation, by: actor.attribution)
        }
        try global.show(result.document()) { page in
            page.letters(result.skipped)
            if result.skipped.isEmpty { page.line("No dead letters wait.", .dim) }
        }
    }
}

extension Page {
    fileprivate mutating func letters(_ letters: [DeadLetter]) {
        var table = Table([
            .init("PROJECTION", paint: .bold), .init("POSITION", right: true), .init("STATE", paint: .yellow),
            .init("ATTEMPTS", right: true), .init("LAST FAILED", paint: .dim), .init("REASON"),
        ])
        for letter in letters {
            table.add([
                letter.projection, Figures.grouped(letter.position), letter.state.rawValue,
                Figures.grouped(letter.attempts), letter.lastFailedAt.rfc3339, letter.reason,
            ])
        }
        self.table(table)
    }
}

import ArgumentParser
import EmbeddedLedger
import EventLog
import LedgerCapabilities
import LedgerOperations
import MemoryLedger
import MerkleLog
import SQLiteEventLog

struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "The keys that checkpoints are signed with.",
        discussion: """
            The private key is in a file outside the ledger that only its owner may read. Its public half, the verifier \
            key, is for everyone: with it proofs can be checked. Keep the key's file, and the one beside it whose name \
            ends in -signed, where the ledger's backups are not: who has the key can sign in the ledger's name.

              memledger keys show
              memledger keys new
              memledger keys adopt
              memledger keys rotate
            """,
        subcommands: [KeysShow.self, KeysNew.self, KeysAdopt.self, KeysRotate.self])
}

struct KeysShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show the verifier keys, from which event on each is in use.",
        discussion: """
            Each rotation is verified by the signatures of both keys. The exit status is 3 if the key in the file \
            was replaced, or where something was appended that passes for a rotation and is none.

            JSON: {"keys": [{"verifier_key", "since", "recorded_at", "retired"}], "refused": [{"position", "reason"}], \
            "file", "file_key"}; "since" is 0 for the first one, "file_key" null if there is no file.

            --output writes the verifier keys into a file, one a line, which every --key takes.

              memledger keys show
              memledger keys show --output team.vkey
            """)

    @Option(help: ArgumentHelp("Write the verifier keys there.", valueName: "file"), completion: .file())
    var output: String?
    @Flag(help: "Replace the file if there is one.") var force = false
    @OptionGroup var signing: SigningKeyOption
    @OptionGroup var actor: ActorOption
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if output?.isEmpty == true { throw ValidationError("--output names no file.") }
        if force, output == nil { throw ValidationError("--force goes with --output.") }
    }

    func run() async throws {
        let target = try output.map { try OutputPath($0, replacing: force, global, signing, isPublic: true) }
        let operation = ListSigningKeys(signing.given)
        let listed = try await global.withLedger(.readOnly) { try await $0.run(operation, by: actor.attribution) }
        if let target {
            guard !listed.keys.isEmpty else {
                throw CommandError("There is no signing key; make one with `memledger keys new`.")
            }
            try target.write(listed.keys.flatMap { Array("\($0.key)\n".utf8) })
        }
        try global.show(listed.document()) { page in
            var table = Table([.init("SINCE", right: true), .init("STATE"), .init("VERIFIER KEY", paint: .bold)])
            for row in listed.keys {
                let state = row.isRetired ? "retired" : "in use"
                table.add([Figures.grouped(row.since), state, row.key.description])
            }
            page.table(table)
            if let output { page.line("Wrote \(output).", .green) }
            if listed.keys.isEmpty { page.line("No signing key; make one with memledger keys new.", .dim) }
            if listed.isOwnKeyRetired { page.line("The key in \(listed.keyFile.path) was replaced.", .yellow) }
            for refusal in listed.refusals {
                page.line("The event at position \(refusal.position) rotates no key: \(refusal.reason)", .yellow)
            }
        }
        if listed.isOwnKeyRetired || !listed.refusals.isEmpty { throw ExitCode(ExitStatus.lookAt) }
    }
}

struct KeysNew: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new",
        abstract: "Make a signing key if there is none.",
        discussion: """
            For a ledger that was not made by init, or whose key is lost. A key that is there is never overwritten. The \
            key begins a new epoch: it signs under another origin than any key before, whose checkpoints it cannot \
            contradict so. Who has one sees by the event EpochStarted what happened.

            JSON: {"file", "verifier_key", "origin"}.

              memledger keys new
              memledger keys new --signing-key ~/.keys/team-ledger
            """)

    @OptionGroup var signing: SigningKeyOption
    @OptionGroup var actor: ActorOption
    @OptionGroup var writing: WritingOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let adopted = try await global.adopt(signing, making: true, writing.attribution(actor))
        try global.show(adopted.document()) { page in
            page.signingKey(adopted.key, adopted.keyFile.path)
            page.fields([("origin", adopted.origin.text)])
        }
    }
}

struct KeysAdopt: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adopt",
        abstract: "Go on signing with a key that is there, in a new epoch.",
        discussion: """
            For a key whose file ending in -signed is lost, another key than before, or a ledger that was rolled back \
            and cannot be brought back. What the key signs from then on bears another origin, so it cannot contradict \
            what was signed before; nor does it continue it. Who has a former checkpoint sees by the event EpochStarted \
            what happened, and must be told why. If the right files can be brought back, do that instead.

            JSON: {"file", "verifier_key", "origin"}.

            Asks if nothing is wrong with the key: it would begin an epoch without need. --yes does not ask.

              memledger keys adopt --as admin
              memledger keys adopt --signing-key ~/.keys/team-ledger
            """)

    @Flag(help: "Do not ask.") var yes = false
    @OptionGroup var signing: SigningKeyOption
    @OptionGroup var actor: ActorOption
    @OptionGroup var writing: WritingOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        if !yes, try await isHealthy() {
            let what =
                "The key signs this ledger as it is, and goes on from what it signed; adopting it begins a new epoch."
            guard !global.json, System.isTerminal(0), System.isTerminal(1) else {
                throw CommandError("\(what) Cannot ask: there is no terminal; give --yes to adopt it all the same.")
            }
            guard try global.isConfirmed("\(what) Adopt it?") else { throw CommandError("Nothing was adopted.") }
        }
        let adopted = try await global.adopt(signing, making: false, writing.attribution(actor))
        try global.show(adopted.document()) { page in
            page.line("Adopted the signing key \(adopted.keyFile.path), in a new epoch.", .green)
            page.fields([("verifier key", adopted.key.description), ("origin", adopted.origin.text)])
        }
    }
}

extension KeysAdopt {
    /// Whether the key can sign the ledger without a new epoch.
    private func isHealthy() async throws -> Bool {
        try await global.withLedger(.readOnly) { ledger in
            let file = try signing.keyFile(of: ledger)
            guard file.exists else { return false }
            do {
                let listed = try await ledger.run(ListSigningKeys(signing.given), by: actor.attribution)
                return try !listed.isOwnKeyRetired && ledger.log.inFile.continues(whatSigned: file)
            } catch is EventLogError {
                return false
            }
        }
    }
}

extension GlobalOptions {
    fileprivate func adopt(
        _ signing: SigningKeyOption, making: Bool, _ attribution: Attribution
    ) async throws -> AdoptSigningKey.Result {
        if let given = signing.given { try protectedFiles().check(signingKey: given) }
        let operation = AdoptSigningKey(signing.given, making: making)
        return try await withLedger(.readWrite) { try await $0.run(operation, by: attribution) }
    }
}

struct KeysRotate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Replace the signing key by a new one, recorded as an event that both sign.",
        discussion: """
            The old one stays beside it with the ending .old- and its id, and signs the next checkpoint together with \
            the new one: so who trusts the old one can go on. `memledger prove POSITION` of the event shows it to \
            others.

            JSON: {"position", "old_verifier_key", "new_verifier_key", "file"}.

              memledger keys rotate --as admin
            """)

    @OptionGroup var signing: SigningKeyOption
    @OptionGroup var actor: ActorOption
    @OptionGroup var writing: WritingOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let operation = RotateSigningKey(signing.given)
        let rotated = try await global.withLedger(.readWrite) {
            try await $0.run(operation, by: writing.attribution(actor))
        }
        let link = rotated.link
        try global.show(rotated.document()) { page in
            page.line("Rotated the signing key, by event \(Figures.grouped(link.position)).", .green)
            page.fields([("old", link.old.description), ("new", link.new.description), ("file", rotated.keyFile.path)])
        }
    }
}

extension Page {
    /// A key that was just made.
    mutating func signingKey(_ key: NoteVerifierKey, _ file: String) {
        line("Made the signing key \(file).", .green)
        fields([("verifier key", key.description)])
        line("Give the verifier key to those who check. Keep \(file) and \(file)-signed to yourself, and a copy", .dim)
        line("where the ledger is not: who has the key can sign in the ledger's name.", .dim)
    }
}

import ArgumentParser
import EmbeddedLedger
import EventLog
import LedgerCapabilities
import LedgerOperations
import MemoryLedger
import MerkleLog
import SQLiteEventLog

struct Init: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a ledger, and the key that it is signed with.",
        discussion: """
            The signing key is made beside a new ledger, in a file with its name and -key that only its owner may read, \
            or is the one that --signing-key or MEMLEDGER_SIGNING_KEY names, made if it is missing. Move it where the ledger's backups are not, \
            together with the file that ends in -signed, and name it there; keep a copy. If there is a ledger \
            already, it stays as it is; one without events and \
            key, which an interrupted init has left, gets its key. Commands that write make a missing ledger too, without a key.

            JSON: {"ledger", "exists", "signing_key", "verifier_key"}; "exists" is true if there was one, the keys \
            are null if it has none.

              memledger init --ledger team.sqlite
              memledger init --ledger team.sqlite --signing-key ~/.keys/team
            """)

    @OptionGroup var signing: SigningKeyOption
    @OptionGroup var global: GlobalOptions
    @OptionGroup var actor: ActorOption

    func run() async throws {
        let exists = System.hasContent(global.path)
        let keyFile = signing.given ?? .beside(global.path)
        try global.protectedFiles(signing).check(signingKey: keyFile)
        try checkKey(isNew: !exists)
        let outcome = try await global.withLedger(.create) { ledger in
            var isNew = !exists
            if exists { isNew = try await isUnfinished(ledger) }
            return try await prepareKey(of: ledger, isNew: isNew)
        }
        let made = MadeLedger(path: global.path, exists: exists, keyFile: outcome.file, key: outcome.key)
        try global.show(made.document()) { page in
            if exists, outcome.isNew {
                page.line("There is a ledger at \(global.path) already, without events; it was made whole.", .green)
            } else if exists {
                page.line("There is a ledger at \(global.path) already; nothing changed.")
                if outcome.key == nil { page.line("It has no signing key; `memledger keys new` makes one.", .dim) }
            } else {
                page.line("Made the ledger \(global.path).", .green)
            }
            guard let key = outcome.key else { return }
            if outcome.isNew {
                page.signingKey(key, outcome.file.path)
            } else {
                page.fields([("verifier key", key.description)])
            }
        }
    }

    /// Refuses, before a ledger is made, what could not be its key.
    private func checkKey(isNew: Bool) throws {
        if let given = signing.given, given.exists { _ = try given.read() }
        guard isNew else { return }
        try System.checkFolder(of: global.path)
        let file = signing.given ?? .beside(global.path)
        guard file.exists else { return try System.checkFolder(of: file.path) }
        if signing.given == nil { throw Self.isOfAnotherLedger(try file.read().verifierKey, file) }
    }

    /// What an init leaves that was interrupted or refused after the ledger was made.
    private func isUnfinished(_ ledger: MemoryLedger) async throws -> Bool {
        guard try await ledger.log.head() == 0, ledger.lostHead == nil else { return false }
        let own = try ledger.signingKeyFile()
        return !own.exists || own == signing.given
    }

    private struct Outcome {
        var file: SigningKeyFile
        var key: NoteVerifierKey?
        var isNew = false
    }

    private func prepareKey(of ledger: MemoryLedger, isNew: Bool) async throws -> Outcome {
        if isNew, let file = signing.file {
            var settings = try ledger.log.inFile.checkpointSettings()
            settings.signingKey = System.absolutePath(file)
            try await ledger.log.inFile.setCheckpointSettings(settings)
        }
        let file = try signing.keyFile(of: ledger)
        if file.exists {
            if isNew { try await ledger.log.inFile.enrolSigningKey(in: file) }
            let isGiven = signing.given != nil
            return Outcome(file: file, key: isGiven ? try file.read().verifierKey : try ownKey(file, of: ledger))
        }
        guard isNew else { return Outcome(file: file, key: nil) }
        return Outcome(file: file, key: try ledger.log.inFile.makeSigningKey(in: file), isNew: true)
    }

    /// A key that was left of another ledger must not pass for this one's.
    private func ownKey(_ file: SigningKeyFile, of ledger: MemoryLedger) throws -> NoteVerifierKey {
        let key = try file.read().verifierKey
        guard key.name == "memory-ledger/\(try ledger.log.inFile.ledgerID)" else {
            throw Self.isOfAnotherLedger(key, file)
        }
        return key
    }

    private static func isOfAnotherLedger(_ key: NoteVerifierKey, _ file: SigningKeyFile) -> CommandError {
        CommandError(
            "\(file.path) is the key of another ledger, \(key.name); move it away, then run `memledger keys new`.")
    }
}

import ArgumentParser
import EventLog
import MemoryLedger

/// Which file the signing key is in.
struct SigningKeyOption: ParsableArguments {
    @Option(
        name: .customLong("signing-key"),
        help: ArgumentHelp(
            "The signing key's file. (default: MEMLEDGER_SIGNING_KEY, else the one that init was given, else the "
                + "ledger's name and -key)", valueName: "file"),
        completion: .file())
    var file: String?

    func validate() throws {
        if file?.isEmpty == true { throw ValidationError("--signing-key names no file.") }
    }

    /// What the command line or the environment names.
    var given: SigningKeyFile? { file.map { SigningKeyFile(path: $0) } ?? Self.ofEnvironment }

    private static var ofEnvironment: SigningKeyFile? {
        System.environment("MEMLEDGER_SIGNING_KEY").map { SigningKeyFile(path: $0) }
    }

    /// The file for this ledger.
    func keyFile(of ledger: MemoryLedger) throws -> SigningKeyFile { try given ?? ledger.signingKeyFile() }

    /// Signs a checkpoint where one is due by what a command has written. What was asked for is done all the same.
    static func signIfDue(_ ledger: MemoryLedger) async {
        do {
            try await ledger.signDueCheckpoint(CheckpointOptions(keyFile: ofEnvironment))
        } catch {
            Failure.warn("No checkpoint was signed: \(error)")
        }
    }
}

/// Files that proofs are read from and written to.
enum ProofFiles {
    static let standardInput = "-"

    /// All of a file; `-` is standard input.
    static func read(_ path: String, maximumBytes: Int = TreeProofFile.maximumBytes) async throws -> [UInt8] {
        let descriptor = path == standardInput ? 0 : try System.openFile(path)
        defer { if descriptor != 0 { try? System.closeFile(descriptor) } }
        return try await FileChunks.readAll(descriptor, name: path, maximumBytes: maximumBytes)
    }

    /// A checkpoint's file.
    static func checkpoint(_ path: String) async throws -> SignedCheckpoint {
        let bytes = try await read(path, maximumBytes: SignedNote.maximumBytes)
        do {
            return try SignedCheckpoint(bytes)
        } catch {
            throw CommandError("\(path): \(error)")
        }
    }

    /// Writes a file that appears whole or not at all, and never in the place of a database.
    static func write(_ bytes: [UInt8], to path: String, replacing: Bool = false) throws {
        guard !System.isDatabase(path) else {
            throw CommandError("\(path) is a database, which this would destroy; name another file.")
        }
        try AtomicFile.publish(bytes, to: path, replacing: replacing)
    }
}

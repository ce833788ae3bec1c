import ArgumentParser
import EventLog
import LedgerCapabilities
import MemoryLedger
import MerkleLog
import SQLiteEventLog

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
    var given: SigningKeyFile? { file.map { SigningKeyFile(path: System.expandingHome($0)) } ?? Self.ofEnvironment }

    static var ofEnvironment: SigningKeyFile? {
        System.environment("MEMLEDGER_SIGNING_KEY").map { SigningKeyFile(path: System.expandingHome($0)) }
    }

    /// The file for this ledger.
    func keyFile(of ledger: MemoryLedger) throws -> SigningKeyFile { try given ?? ledger.signingKeyFile() }

    /// Signs a checkpoint where one is due by what a command has written. What was asked for is done all the same.
    static func signIfDue(_ ledger: MemoryLedger) async {
        do {
            try await ledger.signDueCheckpoint(CheckpointOptions(keyFile: ofEnvironment))
        } catch  where !Task.isCancelled {
            StandardError.say("No checkpoint was signed: \(error)")
        } catch {
            // Interrupted: the next command signs it.
        }
    }
}

/// Files that proofs are read from and written to.
enum ProofFiles {
    static let standardInput = "-"

    /// All of a file; `-` is standard input.
    static func read(_ path: String, maximumBytes: Int = TreeProofFile.maximumBytes) async throws -> [UInt8] {
        let file = path == standardInput ? .standardInput : try InputFile(path)
        return try await FileChunks.readAll(file, name: path, maximumBytes: maximumBytes)
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

    private static let maximumKeyFileBytes = 1_048_576

    /// The verifier key, or those of the file that the text names, one a line.
    static func verifierKeys(_ text: String) async throws -> [NoteVerifierKey] {
        if let key = try? NoteVerifierKey(text) { return [key] }
        // A key that was copied badly looks like no file's name.
        guard System.isRegularFile(text) != nil else {
            guard text.contains("+") else {
                throw CommandError("\(text) is no verifier key, and there is no such file.")
            }
            return [try NoteVerifierKey(text)]
        }
        let bytes = try await ProofFiles.read(text, maximumBytes: Self.maximumKeyFileBytes)
        let lines = bytes.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
        guard !lines.isEmpty, !lines.contains(where: { $0.hasPrefix("PRIVATE+KEY+") }) else {
            throw CommandError(
                "\(text) has no verifier key in it; ask `memledger keys show` for it, and never give away a private key."
            )
        }
        do {
            return try lines.map { try NoteVerifierKey($0) }
        } catch {
            throw CommandError("\(text): \(error)")
        }
    }
}

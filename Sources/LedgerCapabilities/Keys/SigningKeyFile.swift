package import EventLog
import Foundation
import LedgerStorage
public import MerkleLog

/// Where a signing key is: a file that only its owner may read, outside the ledger.
///
///     <ledger>-key                 the key, in the form of Go's sumdb/note
///     <ledger>-key-signed          what was signed with it, or may have been
///     <ledger>-key-lock            held by the process that signs
///     <ledger>-key.new             while it is rotated
///     <ledger>-key.old-<key id>    the keys before
public struct SigningKeyFile: Hashable, Sendable {
    public let path: String

    private static let maximumBytes = 4_096

    public init(path: String) { self.path = path }

    /// The file that a ledger's key is in unless it was told otherwise.
    public static func beside(_ ledger: String) -> SigningKeyFile { SigningKeyFile(path: ledger + "-key") }

    package var statePath: String { path + "-signed" }
    package var nextPath: String { path + ".new" }
    package var lockPath: String { path + "-lock" }
    /// What the names of the keys before begin with.
    var oldPrefix: String { path + ".old-" }

    package func oldPath(_ key: NoteVerifierKey) -> String { oldPrefix + key.idText }

    public var exists: Bool {
        var status = stat()
        return stat(path, &status) == 0
    }

    /// - Throws: `EventLogError` with `noSigningKey` if there is neither the key nor, in the middle of a rotation, the
    ///   next one.
    package func checkIsThere() throws {
        var status = stat()
        if !exists, stat(nextPath, &status) != 0 { throw Self.isMissing(path) }
    }

    private static func isMissing(_ path: String) -> EventLogError {
        EventLogError(
            .noSigningKey, "There is no signing key at \(path); make one with `memledger keys new`, or name its file.")
    }

    /// - Throws: `EventLogError` with `noSigningKey`, `unsafeKeyFile`, `malformedKey` or `storage`.
    public func read() throws -> NoteSigningKey { try Self.read(path) }

    package static func read(_ path: String) throws -> NoteSigningKey {
        var status = stat()
        guard stat(path, &status) == 0 else { throw isMissing(path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw EventLogError(.unsafeKeyFile, "\(path) is no regular file, so no signing key; name the key's file.")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw EventLogError(
                .unsafeKeyFile,
                "\(path) may be read by others than its owner; run `chmod 600 \(path)`, and rotate the key if others had it."
            )
        }
        guard let bytes = try AtomicFile.read(path, maximumBytes: maximumBytes),
            let text = String(validating: bytes, as: UTF8.self)
        else { throw EventLogError.key("the file \(path) is not text") }
        do {
            return try NoteSigningKey(text)
        } catch let error as EventLogError {
            throw EventLogError(error.code, "\(path): \(error.message)")
        }
    }

    /// What the key beside it has signed, or may have signed; nil where that is lost.
    package func readState() throws -> SignedState? {
        guard let bytes = try AtomicFile.read(statePath, maximumBytes: SignedState.maximumBytes) else { return nil }
        return try SignedState(bytes, path: statePath)
    }

    /// Puts a key into the file, which only its owner may read at any time, and beside it what was signed.
    ///
    /// - Parameter signed: Checkpoints that later ones must continue, though another key has signed them.
    /// - Throws: `EventLogError` with `fileExists` or `storage`.
    public func create(_ key: NoteSigningKey, continuing signed: [Checkpoint] = []) throws {
        if exists { throw Self.isThere(path) }
        // What another key has signed, whose file is gone, must not be contradicted either.
        var state = try readState() ?? SignedState()
        for checkpoint in signed { try state.note(checkpoint) }
        // First, so that there is no moment at which the key could sign without it.
        try AtomicFile.replace(statePath, with: state.bytes)
        try Self.create(path, key)
    }

    package static func isThere(_ path: String) -> EventLogError {
        EventLogError(
            .fileExists, "There is a signing key at \(path) already; use it, or rotate it with `memledger keys rotate`."
        )
    }

    package static func create(_ path: String, _ key: NoteSigningKey) throws {
        try AtomicFile.create(path, with: Array((key.privateText + "\n").utf8))
    }
}

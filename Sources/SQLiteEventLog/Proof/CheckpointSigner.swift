import EventLog
import Foundation
public import LedgerCapabilities
import LedgerStorage
import MerkleLog

/// Signs checkpoints of one log with one key.
///
/// Invariants:
/// 1. Only what is durable is signed: size and root are read, then synced, then signed.
/// 2. Two inconsistent checkpoints are never signed under one origin. What may have been signed last is in a file
///    beside the key; the tree must continue it, by a consistency proof, before anything else is signed.
/// 3. The file says so before the key signs. Killed anywhere, it names all that anybody can have got hold of.
/// 4. One at a time for each key file, across processes.
///
///     lock ─▶ read tree, prove it continues the last ─▶ sync ledger ─▶ write intent, sync, rename ─▶ sign ─▶ store
struct CheckpointSigner: Sendable {
    /// How far a signing has come, for tests that end the process there.
    package enum Step: String, Sendable, CaseIterable {
        case locked, read, durable, intentWritten, intentRenamed, signed, stored
    }

    let log: SQLiteEventLog
    let keyFile: SigningKeyFile
    /// Where copies of checkpoints are that must be continued, too; nil for what the ledger remembers.
    var folder: String?
    var atStep: @Sendable (Step) -> Void = { _ in }

    /// Stored checkpoints that are looked through for the last one by this key's name.
    private static let lookedThrough = 64

    func sign() async throws -> StoredCheckpoint {
        guard !log.file.isInMemory else {
            throw EventLogError(.invalidArgument, "A log in memory is not durable, so it is not signed; use a file.")
        }
        try log.file.checkWritable()
        try log.protectedFiles.check(signingKey: keyFile)
        let lock = try await SigningLock(
            keyFile, timeoutMilliseconds: log.file.options.busyTimeoutMilliseconds)
        defer { withExtendedLifetime(lock) {} }
        atStep(.locked)
        try SigningKeyRotator(log: log, keyFile: keyFile).finishInterrupted()
        let key = try keyFile.read()
        let (checkpoint, keys, former) = try log.file.readSnapshot { try read(key, $0) }
        atStep(.read)
        try log.file.makeDurable()
        atStep(.durable)
        var state = former
        try state.note(checkpoint)
        try AtomicFile.replace(keyFile.statePath, with: state.bytes) { atStep(.intentWritten) }
        atStep(.intentRenamed)
        let signed = try SignedCheckpoint(checkpoint, signedWith: keys)
        atStep(.signed)
        let time = log.clock.now()
        let stored = try await log.onWriter { sqlite in
            try sqlite.transaction {
                let store = CheckpointStore(sqlite: sqlite)
                try store.add(signed, at: time)
                return try store.largest(of: checkpoint.origin, limit: Self.lookedThrough).first { $0.signed == signed }
            }
        }
        atStep(.stored)
        guard let stored else { throw EventLogError.damagedLog(at: checkpoint.size, "its checkpoint was not stored") }
        return stored
    }

    // MARK: What is signed

    /// The checkpoint of the snapshot, where it continues everything that was signed, and who signs it.
    private func read(
        _ key: NoteSigningKey, _ sqlite: SQLiteConnection
    ) throws -> (Checkpoint, [NoteSigningKey], SignedState) {
        let origin = try LedgerOrigin.current(in: log, sqlite).text
        guard LedgerOrigin.isOf(key.verifierKey, origin) else {
            throw EventLogError(
                .otherLog,
                "The key in \(keyFile.path) is that of \(key.verifierKey.name), not of \(origin); name its own.")
        }
        let chain = try log.signingKeyChain(sqlite)
        if let successor = chain.successor(of: key.verifierKey) {
            throw EventLogError(
                .noSigningKey,
                "The key in \(keyFile.path) was replaced by event \(successor.position); name the file of the key that "
                    + "has the id \(chain.links(through: key.verifierKey).last?.new.idText ?? successor.new.idText).")
        }
        let state = try log.signedState(of: keyFile, sqlite)
        let tree = try TreeReader(sqlite)
        let head = try sqlite.integer("SELECT max(position) FROM events") ?? 0
        guard tree.size == head else {
            throw EventLogError.damagedLog(at: min(tree.size, head) + 1, "the tree has \(tree.size) leaves")
        }
        let checkpoint = Checkpoint(origin: origin, size: head, root: try tree.root(at: head))
        let stored = try CheckpointStore(sqlite: sqlite).largest(of: origin, limit: Self.lookedThrough)
        try checkState(state, against: stored, origin, key.verifierKey)
        if let last = state.last(origin) { try check(checkpoint, continues: last.size, last.root, tree) }
        if let last = stored.first?.checkpoint { try check(checkpoint, continues: last.size, last.root, tree) }
        for (path, copy) in try copies(of: origin, sqlite) {
            try check(checkpoint, continues: copy.size, copy.root, tree, of: path)
        }
        return (checkpoint, [key] + (try formerKey(key, chain, stored)), state)
    }

    /// Key, state and ledger may have been rolled back together; the folder is often elsewhere, and was not.
    private func copies(of origin: String, _ sqlite: SQLiteConnection) throws -> [(path: String, copy: Checkpoint)] {
        guard let folder = try folder ?? CheckpointSettings.load(sqlite).folder else { return [] }
        return try CheckpointFolder(path: folder).last(of: origin)
    }

    /// The file beside the key must know of all that the ledger says was signed with it: where it is lost or was itself
    /// rolled back, it cannot be told what must not be contradicted.
    private func checkState(
        _ state: SignedState, against stored: [StoredCheckpoint], _ origin: String, _ key: NoteVerifierKey
    ) throws {
        let own = stored.first { $0.signed.note.signatures.contains { $0.name.hasSameBytes(as: key.name) } }
        guard let own, state.last(origin).map({ $0.size < own.checkpoint.size }) ?? true else { return }
        throw EventLogError(
            .inconsistentWithSigned,
            "\(keyFile.statePath) does not know of a checkpoint of \(own.checkpoint.size) events that was signed; "
                + "bring it back beside the key, or begin a new epoch with `memledger keys adopt`.")
    }

    private func check(
        _ checkpoint: Checkpoint, continues size: Int64, _ root: MerkleHash, _ tree: TreeReader, of copy: String? = nil
    ) throws {
        let reason: String
        if size > checkpoint.size {
            reason = "it has \(checkpoint.size) events, and \(size) were signed"
        } else {
            // By a proof, not by the old root alone: a node that was tampered with may be part of one root only.
            let proof = ConsistencyProof(
                oldSize: size, newSize: checkpoint.size,
                hashes: try tree.consistencyProof(from: size, to: checkpoint.size))
            do {
                return try proof.verify(oldRoot: root, newRoot: checkpoint.root)
            } catch {
                reason = "its first \(size) events are not those that were signed"
            }
        }
        throw EventLogError(
            .inconsistentWithSigned,
            "The ledger is not the one that was signed last\(copy.map { ", as \($0) says" } ?? ""): \(reason). "
                + "It was rolled back, or is another copy; bring the "
                + "right file back, or restore a backup with `memledger restore`, which starts a new epoch.")
    }

    /// The key before, where no checkpoint has been signed since by the present one: so both sign the next.
    private func formerKey(
        _ key: NoteSigningKey, _ chain: SigningKeyChain, _ stored: [StoredCheckpoint]
    ) throws -> [NoteSigningKey] {
        guard let link = chain.predecessor(of: key.verifierKey) else { return [] }
        let hasSigned = stored.contains { stored in
            stored.checkpoint.size >= link.position
                && stored.signed.note.signatures.contains { $0.isBy(key.verifierKey) }
        }
        let path = keyFile.oldPath(link.old)
        var status = stat()
        guard !hasSigned, stat(path, &status) == 0 else { return [] }
        let former = try SigningKeyFile.read(path)
        return former.verifierKey == link.old ? [former] : []
    }
}

extension SQLiteEventLog {
    /// Signs what the log holds now, keeps the checkpoint in the ledger, and answers it.
    ///
    /// What is signed is durable, whatever happens to the machine, and continues whatever was signed before with this
    /// key file, and the copies in the folder.
    ///
    /// - Parameter folder: nil for the one that the ledger remembers. Nothing is written there.
    /// - Throws: `EventLogError` with `noSigningKey`, `unsafeKeyFile`, `malformedKey`, `otherLog`,
    ///   `inconsistentWithSigned` where the file was rolled back or is another copy, or the key's state is lost,
    ///   `busy`, `readOnly`, `noTree`,
    ///   `damagedLog` or `storage`.
    @discardableResult
    public func signCheckpoint(
        with keyFile: SigningKeyFile, folder: String? = nil
    ) async throws -> StoredCheckpoint {
        try await CheckpointSigner(log: self, keyFile: keyFile, folder: folder).sign()
    }

    /// The same for tests, which are told of each step.
    package func signCheckpoint(
        with keyFile: SigningKeyFile, atStep: @escaping @Sendable (String) -> Void
    ) async throws -> StoredCheckpoint {
        try await CheckpointSigner(log: self, keyFile: keyFile, atStep: { atStep($0.rawValue) }).sign()
    }
}

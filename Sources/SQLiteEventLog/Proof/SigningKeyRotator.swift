public import EventLog
import Foundation
public import LedgerCapabilities
import LedgerStorage
public import MerkleLog

/// Replaces a signing key by a new one, with an event that both have signed.
///
/// Killed anywhere, no key is lost and the next signing goes on where it was:
///
///     new key beside (.new), synced ─▶ event appended ─▶ old key kept as .old-<id> ─▶ .new renamed to the key's name
///
/// Whether the event was appended decides: before, the new key waits for the next rotation; after, it is the key.
struct SigningKeyRotator: Sendable {
    enum Step: String, Sendable, CaseIterable {
        case locked, keyWritten, appended, oldKept, renamed
    }

    let log: SQLiteEventLog
    let keyFile: SigningKeyFile
    var atStep: @Sendable (Step) -> Void = { _ in }

    func rotate(id: EventID, by attribution: Attribution) async throws -> SigningKeyChain.Link {
        try log.file.checkWritable()
        try log.protectedFiles.check(signingKey: keyFile)
        let lock = try await SigningLock(
            keyFile, timeoutMilliseconds: log.file.options.busyTimeoutMilliseconds)
        defer { withExtendedLifetime(lock) {} }
        atStep(.locked)
        try finishInterrupted()
        let old = try keyFile.read()
        let (chain, origin) = try log.file.readSnapshot { sqlite in
            _ = try log.signedState(of: keyFile, sqlite)
            return (try log.signingKeyChain(sqlite), try LedgerOrigin.current(in: log, sqlite))
        }
        if let successor = chain.successor(of: old.verifierKey) {
            throw EventLogError(
                .noSigningKey,
                "The key in \(keyFile.path) was replaced by event \(successor.position); name the file of the present one."
            )
        }
        let new = try pendingKey(like: old)
        atStep(.keyWritten)
        let event = LedgerEvent.signingKeyRotated(try .signed(origin: origin.text, old: old, new: new))
        let version = try await log.version(of: event.stream)
        let result = try await log.append(
            to: event.stream, .atVersion(version), [try event.newEvent(id: id, by: attribution)])
        atStep(.appended)
        try install(old)
        guard let position = result.lastPosition, let recorded = try await log.event(id: id) else {
            throw EventLogError.damagedLog(at: result.lastPosition ?? 0, "the rotation is missing")
        }
        return SigningKeyChain.Link(
            position: position, recordedAt: recorded.recordedAt, old: old.verifierKey, new: new.verifierKey)
    }

    /// The key that an interrupted rotation left, or a new one, durable under the name `.new`.
    private func pendingKey(like old: NoteSigningKey) throws -> NoteSigningKey {
        if Self.isThere(keyFile.nextPath) { return try SigningKeyFile.read(keyFile.nextPath) }
        let seed = log.file.options.randomness.bytes(NoteSigningKey.seedBytes)
        let key = try NoteSigningKey(name: old.verifierKey.name, seed: seed)
        try SigningKeyFile.create(keyFile.nextPath, key)
        return key
    }

    /// Ends a rotation that was killed after its event was appended. Call it with the lock held.
    func finishInterrupted() throws {
        guard Self.isThere(keyFile.nextPath) else { return }
        let (old, next) = (try keyFile.read(), try SigningKeyFile.read(keyFile.nextPath))
        let chain = try log.file.readSnapshot { try log.signingKeyChain($0) }
        guard chain.successor(of: old.verifierKey)?.new == next.verifierKey else { return }
        try install(old)
    }

    /// The old key gets its own name before the new one takes its place.
    private func install(_ old: NoteSigningKey) throws {
        let kept = keyFile.oldPath(old.verifierKey)
        do {
            guard link(keyFile.path, kept) == 0 || errno == EEXIST else { throw FileProblem(kept, errno) }
            try FileDescriptor.syncFolder(of: kept)
            atStep(.oldKept)
            guard rename(keyFile.nextPath, keyFile.path) == 0 else { throw FileProblem(keyFile.path, errno) }
            try FileDescriptor.syncFolder(of: keyFile.path)
            atStep(.renamed)
        } catch let problem as FileProblem {
            throw EventLogError(
                .storage,
                "The rotation is recorded, but the key's files are not in their places (\(problem)); check the disk. The "
                    + "next signature puts them there.")
        }
    }

    private static func isThere(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0
    }
}

extension SQLiteEventLog {
    /// Replaces the key in the file by a new one and records it as an event that both have signed. The old one stays
    /// beside it as `<file>.old-<id>`, and signs the next checkpoint together with the new one.
    ///
    /// - Throws: `EventLogError` with `noSigningKey`, `unsafeKeyFile`, `malformedKey`, `inconsistentWithSigned` where
    ///   the
    ///   key's state is lost, `busy`, `readOnly` or `storage`.
    @discardableResult
    public func rotateSigningKey(
        in keyFile: SigningKeyFile, id: EventID, by attribution: Attribution = Attribution()
    ) async throws -> SigningKeyChain.Link {
        try await SigningKeyRotator(log: self, keyFile: keyFile).rotate(id: id, by: attribution)
    }

    /// The same for tests, which are told of each step.
    package func rotateSigningKey(
        in keyFile: SigningKeyFile, id: EventID, atStep: @escaping @Sendable (String) -> Void
    ) async throws -> SigningKeyChain.Link {
        try await SigningKeyRotator(log: self, keyFile: keyFile, atStep: { atStep($0.rawValue) })
            .rotate(id: id, by: Attribution())
    }
}

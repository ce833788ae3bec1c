public import EventLog
import Foundation
public import LedgerCapabilities
import LedgerStorage
public import MerkleLog

/// How a key comes to a ledger. It may sign under an origin only where no key can have signed under it before, or where
/// its own state says what was:
///
/// - of a ledger that was just made, whose id no other ledger has;
/// - otherwise in a new epoch, whose origin no key has signed for.
///
/// The state is written first, so killed anywhere there is no key that signs without it.
extension SQLiteEventLog {
    /// Makes a signing key in a file that must not be there, for a ledger that was just made. For any other, whose file
    /// may have been rolled back, see `adoptSigningKey`.
    ///
    /// - Throws: `EventLogError` with `fileExists`, `invalidArgument` where the log has events, `noTree` or `storage`.
    @discardableResult
    public func makeSigningKey(in keyFile: SigningKeyFile) throws -> NoteVerifierKey {
        if keyFile.exists { throw SigningKeyFile.isThere(keyFile.path) }
        try protectedFiles.check(signingKey: keyFile)
        let first = try emptyCheckpoint()
        let key = try newSigningKey()
        try keyFile.create(key, continuing: [first])
        return key.verifierKey
    }

    /// Lets a key that is there sign for a ledger that was just made. One that is named after another ledger stays as
    /// it
    /// is: it will not sign.
    ///
    /// - Throws: `EventLogError` with `noSigningKey`, `unsafeKeyFile`, `malformedKey`, `invalidArgument` where the log
    ///   has events, `busy`, `noTree` or `storage`.
    @discardableResult
    public func enrolSigningKey(in keyFile: SigningKeyFile) async throws -> NoteVerifierKey {
        try protectedFiles.check(signingKey: keyFile)
        let lock = try await SigningLock(keyFile, timeoutMilliseconds: file.options.busyTimeoutMilliseconds)
        defer { withExtendedLifetime(lock) {} }
        let key = try keyFile.read().verifierKey
        let first = try emptyCheckpoint()
        guard LedgerOrigin.isOf(key, first.origin) else { return key }
        var state = try keyFile.readState() ?? SignedState()
        try state.note(first)
        try AtomicFile.replace(keyFile.statePath, with: state.bytes)
        return key
    }

    /// Begins a new epoch in which the key signs: the way to go on with a key whose state is lost, with another key, or
    /// with a file that was rolled back. No checkpoint of another key or of the time before can be contradicted,
    /// because
    /// the origin is another one; who holds one sees by the event `EpochStarted` what happened.
    ///
    /// - Parameter making: Make the key; its file must not be there.
    /// - Throws: `EventLogError` with `noSigningKey`, `unsafeKeyFile`, `malformedKey`, `otherLog`, `fileExists`,
    ///   `busy`,
    ///   `conflict`, `readOnly`, `noTree` or `storage`.
    @discardableResult
    public func adoptSigningKey(
        in keyFile: SigningKeyFile, making: Bool = false, id: EventID, by attribution: Attribution = Attribution()
    ) async throws -> (key: NoteVerifierKey, origin: LedgerOrigin) {
        try file.checkWritable()
        if making, keyFile.exists { throw SigningKeyFile.isThere(keyFile.path) }
        try protectedFiles.check(signingKey: keyFile)
        if !making { _ = try keyFile.read() }
        let lock = try await SigningLock(
            keyFile, isMaking: making, timeoutMilliseconds: file.options.busyTimeoutMilliseconds)
        defer { withExtendedLifetime(lock) {} }
        if !making { try SigningKeyRotator(log: self, keyFile: keyFile).finishInterrupted() }
        let key = making ? try newSigningKey() : try keyFile.read()
        let version = try await version(of: LedgerEvent.Stream.epochs)
        let (start, origin) = try newEpoch()
        guard LedgerOrigin.isOf(key.verifierKey, origin.text) else {
            throw EventLogError(
                .otherLog, "The key in \(keyFile.path) is that of \(key.verifierKey.name); name this ledger's own.")
        }
        let restored = Checkpoint(origin: origin.text, size: start.restoredSize, root: start.restoredRoot)
        if making {
            try keyFile.create(key, continuing: [restored])
        } else {
            var state = try keyFile.readState() ?? SignedState()
            try state.note(restored)
            try AtomicFile.replace(keyFile.statePath, with: state.bytes)
        }
        let event = try LedgerEvent.epochStarted(start).newEvent(id: id, by: attribution)
        _ = try await append(to: LedgerEvent.Stream.epochs, .atVersion(version), [event])
        return (key.verifierKey, origin)
    }

    /// Tells whether the key could sign for this ledger now, as far as its files say.
    ///
    /// - Throws: `EventLogError` with `noSigningKey`, `unsafeKeyFile`, `malformedKey`, `inconsistentWithSigned`,
    ///   `noTree`
    ///   or `storage`.
    public func checkSigningKey(in keyFile: SigningKeyFile) throws {
        _ = try keyFile.read()
        _ = try file.readSnapshot { try signedState(of: keyFile, $0) }
    }

    /// Whether the key can sign this ledger as it is, which continues what the key signed last.
    ///
    /// - Throws: as `checkSigningKey(in:)`.
    package func continues(whatSigned keyFile: SigningKeyFile) throws -> Bool {
        _ = try keyFile.read()
        return try file.readSnapshot { sqlite in
            let origin = try LedgerOrigin.current(in: self, sqlite)
            guard let last = try signedState(of: keyFile, sqlite).last(origin.text) else { return true }
            let tree = try TreeReader(sqlite)
            return try last.size <= tree.size && tree.root(at: last.size) == last.root
        }
    }

    /// The key's state, where it may sign under the present origin: the state names it, or one that a restored backup
    /// went on from. An epoch that a key began is that key's alone.
    func signedState(of keyFile: SigningKeyFile, _ sqlite: SQLiteConnection) throws -> SignedState {
        guard let state = try keyFile.readState() else {
            throw EventLogError(
                .inconsistentWithSigned,
                "\(keyFile.statePath) is missing, which says what the key has signed; bring it back beside the key, or "
                    + "begin a new epoch with `memledger keys adopt`.")
        }
        let nearest = try LedgerOrigin.last(in: self, sqlite) { state.last($0.text) != nil || $0.isOfOneKey }
        guard state.last(nearest.text) != nil else {
            throw EventLogError(
                .inconsistentWithSigned,
                "\(keyFile.statePath) does not know \(nearest), for which another key may have signed; name that key's "
                    + "file, or begin a new epoch with `memledger keys adopt`.")
        }
        return state
    }

    private func newSigningKey() throws -> NoteSigningKey {
        let seed = file.options.randomness.bytes(NoteSigningKey.seedBytes)
        return try NoteSigningKey(name: LedgerOrigin(ledger: try ledgerID).text, seed: seed)
    }

    /// What the key of a ledger that was just made begins with.
    private func emptyCheckpoint() throws -> Checkpoint {
        try file.readSnapshot { sqlite in
            guard let ledger = try LedgerID.load(sqlite) else { throw EventLogError.noTree }
            guard try sqlite.integer("SELECT max(position) FROM events") ?? 0 == 0 else {
                throw EventLogError(
                    .invalidArgument,
                    "The ledger has events, so another key may have signed them; begin a new epoch with "
                        + "`memledger keys new` or `memledger keys adopt`.")
            }
            return Checkpoint(origin: LedgerOrigin(ledger: ledger).text, size: 0, root: .emptyRoot)
        }
    }

    private func newEpoch() throws -> (EpochStart, LedgerOrigin) {
        try file.readSnapshot { sqlite in
            guard let ledger = try LedgerID.load(sqlite) else { throw EventLogError.noTree }
            let former = try LedgerOrigin.current(in: self, sqlite)
            let id = LedgerOrigin.adoptionID(file.options.randomness.bytes(LedgerOrigin.adoptionBytes))
            let tree = try TreeReader(sqlite)
            guard let origin = LedgerOrigin(ledger: ledger, epoch: former.epoch + 1, epochID: id) else {
                throw EventLogError(
                    .invalidArgument, "The source of randomness must answer as many bytes as it is asked.")
            }
            let start = EpochStart(
                number: origin.epoch, epochID: id, origin: origin.text, checkpoint: nil, restoredOrigin: former.text,
                restoredSize: tree.size, restoredRoot: try tree.root(at: tree.size))
            return (start, origin)
        }
    }
}

public import EventLog
import LedgerCapabilities
import LedgerStorage
public import MerkleLog

/// A checkpoint to compare a log with, and whose signature counts.
public struct CheckpointToVerify: Hashable, Sendable {
    public var checkpoint: SignedCheckpoint
    /// What to call it: its file's name.
    public var name: String

    public init(_ checkpoint: SignedCheckpoint, name: String) {
        self.checkpoint = checkpoint
        self.name = name
    }
}

extension SQLiteEventLog {
    /// Recomputes every leaf from the stored events, and with it the tree; the gapless positions; the versions of each
    /// stream; the dictionaries' hashes; the checkpoints that the ledger keeps and those that are given.
    ///
    /// Reads beside writers, and changes nothing. Projections are another matter: `MemoryLedger.verifyProjections`.
    ///
    /// - Parameters:
    ///   - given: Checkpoints that somebody held outside. Only these can tell that the log was cut off or replaced as a
    ///     whole.
    ///   - keys: Whom to trust. Where there are none, signatures are not looked at; else a given checkpoint that none
    ///     of them, or of the keys that they were rotated to, has signed is an error.
    ///   - deep: Make the index over the log again, too, and compare it.
    ///   - progress: Called with the last position that was verified, and the log's last.
    /// - Throws: `EventLogError` where nothing can be looked at: `noTree`, `unknownSigner`, `badSignature`, `closed`,
    ///   `storage`.
    public func verify(
        against given: [CheckpointToVerify] = [], trusting keys: [NoteVerifierKey] = [], deep: Bool = false,
        progress: @escaping @Sendable (_ done: Position, _ of: Position) -> Void = { _, _ in }
    ) async throws -> LogVerification {
        let trusted = following(keys)
        let signers = trusted.isEmpty ? [] : try Self.signers(of: given, trusted)
        do {
            if let broken = try brokenSchema() { return broken }
            return try await verify(given, trusted, signers, deep, progress)
        } catch let failure as SQLiteFailure where failure.isDamage {
            return .unreadable([LogDamage(.damagedFile, failure.message)])
        } catch let error as EventLogError where error.isDamage {
            return .unreadable([LogDamage(.damagedFile, error.message)])
        }
    }

    /// What is wrong where the log's tables are not there, so that nothing else can be looked at.
    private func brokenSchema() throws -> LogVerification? {
        try file.readSnapshot { sqlite in
            // A ledger of format 1 has no tree, and is none that lost it.
            guard try sqlite.integer("PRAGMA user_version") ?? 0 >= LedgerFile.treeFormat else {
                guard try StoredTiles(sqlite).exist else { throw EventLogError.noTree }
                let what = "the file is said to have an older format than its tables have"
                return .unreadable([LogDamage(.damagedSchema, what)])
            }
            guard try SchemaVerifier.lacksTables(sqlite) else { return nil }
            return .unreadable(try SchemaVerifier.damages(sqlite))
        }
    }

    private func verify(
        _ given: [CheckpointToVerify], _ trusted: [NoteVerifierKey], _ signers: [NoteVerifierKey], _ deep: Bool,
        _ progress: @escaping @Sendable (Position, Position) -> Void
    ) async throws -> LogVerification {
        var damages = DamageList()
        if let lost = lostHead { damages.add(lost.damage) }
        damages.add(try file.readSnapshot { try SchemaVerifier.damages($0) })
        guard try file.read({ try LedgerID.load($0) }) != nil else {
            return .unreadable(damages.entries + [LogDamage(.otherLedger, "the ledger's id is missing")])
        }
        let (kept, problems) = try file.readSnapshot { try CheckpointStore(sqlite: $0).readable() }
        damages.add(problems)
        damages.add(Self.falselySigned(kept, trusted))
        let all =
            kept.map { ($0.checkpoint, LogDamage.Kind.damagedCheckpoint, "checkpoint \($0.number) of the ledger") }
            + given.map { ($0.checkpoint.checkpoint, LogDamage.Kind.contradictsCheckpoint, $0.name) }
        var verifier = try LogVerifier(self, sizes: Set(all.map(\.0.size)), progress: progress)
        let (head, root, found) = try await verifier.run()
        damages.add(found)
        damages.add(try ProtectionAudit.damages(self, verifier.history))
        if deep {
            var index = try IndexVerifier(self)
            damages.add(try index.run(through: head, progress))
        }
        let history = EpochHistory(self)
        let (epochs, epochProblem) = await history.read()
        if let epochProblem { damages.add(epochProblem) }
        for (checkpoint, kind, name) in all {
            let isGiven = kind == .contradictsCheckpoint
            let comparison = CheckpointComparison(head: head, roots: verifier.roots, epochs: epochs)
            damages.add(comparison.compare(checkpoint, name, isGiven: isGiven).map { [$0] } ?? [])
        }
        return LogVerification(
            ledgerID: try ledgerID, origin: epochs.last?.origin ?? "", events: head, root: root,
            damages: damages.sorted, damageCount: damages.count, checkpoints: all.count, signers: signers)
    }

    private static func falselySigned(_ kept: [StoredCheckpoint], _ trusted: [NoteVerifierKey]) -> [LogDamage] {
        guard !trusted.isEmpty else { return [] }
        return kept.compactMap { checkpoint in
            do {
                try checkpoint.signed.verify(with: trusted)
                return nil
            } catch let error as EventLogError where error.code == .badSignature {
                return LogDamage(
                    .damagedCheckpoint, "checkpoint \(checkpoint.number) of the ledger has a false signature")
            } catch {
                // Another signer's, which was not asked about.
                return nil
            }
        }
    }

    /// The keys, and those that they were rotated to as far as the log's rotations hold.
    private func following(_ keys: [NoteVerifierKey]) -> [NoteVerifierKey] {
        guard !keys.isEmpty, let chain = try? file.readSnapshot({ try signingKeyChain($0) }) else { return keys }
        return chain.links.reduce(into: keys) { keys, link in
            if keys.contains(link.old), !keys.contains(link.new) { keys.append(link.new) }
        }
    }

    private static func signers(
        of given: [CheckpointToVerify], _ trusted: [NoteVerifierKey]
    ) throws -> [NoteVerifierKey] {
        try given.reduce(into: []) { signers, one in
            for key in try one.checkpoint.verify(with: trusted) where !signers.contains(key) { signers.append(key) }
        }
    }
}

extension LogVerification {
    /// Nothing else could be looked at.
    fileprivate static func unreadable(_ damages: [LogDamage]) -> LogVerification {
        LogVerification(
            ledgerID: nil, origin: "", events: 0, root: nil, damages: damages, damageCount: Int64(damages.count),
            checkpoints: 0, signers: [])
    }
}

extension SQLiteFailure {
    private static let corrupt: Int32 = 11
    private static let notADatabase: Int32 = 26

    fileprivate var isDamage: Bool { [Self.corrupt, Self.notADatabase].contains(primaryCode) }
}

extension EventLogError {
    /// What somebody did to the file, not what keeps us from looking.
    fileprivate var isDamage: Bool { code == .damagedLog || code == .notALedger || corruptFile != nil }
}

/// What checkpoints are compared with.
private struct CheckpointComparison {
    var head: Position
    var roots: [Int64: MerkleHash]
    var epochs: [EpochHistory.Epoch]

    /// What is wrong; nil where the log continues the checkpoint.
    func compare(_ checkpoint: Checkpoint, _ name: String, isGiven: Bool) -> LogDamage? {
        let kind: (LogDamage.Kind) -> LogDamage.Kind = { isGiven ? $0 : .damagedCheckpoint }
        guard let index = epochs.firstIndex(where: { $0.origin.hasSameBytes(as: checkpoint.origin) }) else {
            if let damage = replaced(checkpoint, name, kind) { return damage }
            return LogDamage(
                kind(.otherLedger), "\(name) is of \(checkpoint.origin), which is no epoch of this ledger")
        }
        if index + 1 < epochs.count, checkpoint.size > epochs[index + 1].restoredSize {
            let restore = epochs[index + 1]
            // Those that the ledger keeps of it came with the backup, or are its own.
            return LogDamage(
                kind(.lostByRestore), at: restore.restoredSize + 1, through: checkpoint.size,
                "\(name) covers events that were left behind when an epoch began after \(restore.restoredSize) events, "
                    + "with a backup or without what was lost, as the event at position \(restore.position) says")
        }
        guard checkpoint.size <= head else {
            return LogDamage(
                kind(.rolledBack), at: head + 1, through: checkpoint.size,
                "\(name) covers \(checkpoint.size) events, and the log has \(head): it was cut off or rolled back")
        }
        guard roots[checkpoint.size] == checkpoint.root else {
            return LogDamage(
                kind(.contradictsCheckpoint),
                "the first \(checkpoint.size) events are not those of \(name): its root is \(checkpoint.root), "
                    + "and theirs \(roots[checkpoint.size].map(\.description) ?? "unknown")")
        }
        return nil
    }

    /// The checkpoint is of a log that gave way to a restored one; nil where no epoch says so.
    private func replaced(
        _ checkpoint: Checkpoint, _ name: String, _ kind: (LogDamage.Kind) -> LogDamage.Kind
    ) -> LogDamage? {
        for epoch in epochs {
            guard let log = epoch.replaced, log.origin.hasSameBytes(as: checkpoint.origin) else { continue }
            if checkpoint.size == log.size, checkpoint.root != log.root {
                return LogDamage(
                    kind(.contradictsCheckpoint),
                    "the log that was replaced by a restore, as the event at position \(epoch.position) says, was not "
                        + "that of \(name): its root was \(log.root), and not \(checkpoint.root)")
            }
            return LogDamage(
                kind(.lostByRestore),
                "\(name) covers \(checkpoint.size) events of \(log.origin), a log of \(log.size) events that was "
                    + "replaced when a backup of \(epoch.restoredSize) events was restored, as the event at position "
                    + "\(epoch.position) says")
        }
        return nil
    }
}

/// The epochs of a ledger, from the events of its restores.
private struct EpochHistory {
    struct Epoch {
        var origin: String
        /// How many events were restored at its beginning; 0 of the first.
        var restoredSize: Int64
        /// Of the event that began it; 0 of the first.
        var position: Position
        /// What gave way to it.
        var replaced: ReplacedLog?
    }

    let log: SQLiteEventLog

    init(_ log: SQLiteEventLog) { self.log = log }

    /// As far as they can be read.
    func read() async -> ([Epoch], LogDamage?) {
        var epochs: [Epoch] = []
        do {
            epochs.append(Epoch(origin: LedgerOrigin(ledger: try log.ledgerID).text, restoredSize: 0, position: 0))
            var next: StreamVersion? = 1
            while let from = next {
                let page = try await log.readStream(
                    LedgerEvent.Stream.epochs, from: from, direction: .forwards, limit: 256)
                for event in page.events {
                    guard case .epochStarted(let start)? = try LedgerEvent.decode(event) else { continue }
                    epochs.append(
                        Epoch(
                            origin: start.origin, restoredSize: start.restoredSize, position: event.position,
                            replaced: start.replaced))
                }
                next = page.next
            }
            return (epochs, nil)
        } catch {
            return (epochs, LogDamage(.unreadableEvent, "the ledger's epochs cannot be read: \(error)"))
        }
    }
}

public import EmbeddedLedger
public import EventLog
public import LedgerCapabilities
import Logging
import MerkleLog
public import Projections

extension MemoryLedger {
    // MARK: Protecting

    /// Encrypts what the memories of a namespace hold, from now on, in every process that has the ledger open. Keys,
    /// types, times and actors stay readable, and so do the events from before, which can never be erased.
    ///
    /// Afterwards the namespace can be read and written with the master key only (`LedgerFileOptions.masterKey`). The
    /// first namespace binds the ledger to its master key.
    ///
    /// - Returns: the position of the event that says so.
    /// - Throws: `EventLogError` with `masterKeyMissing`, `masterKeyWrong` or `alreadyProtected`; `MemoryLimitError`.
    @discardableResult
    public func protect(_ namespace: String, by attribution: Attribution = Attribution()) async throws -> Position {
        try options.limits.check(MemoryKey(namespace: namespace, key: "k"))
        let event = try LedgerEvent.subjectsProtected(namespace: namespace).newEvent(options, by: attribution)
        return try await encrypting().protect(namespace, saying: event).position
    }

    /// What protects a namespace as a part of an append, from the next event on; nil: it is protected.
    ///
    /// - Throws: `EventLogError.unsupported` if the log encrypts nothing; `MemoryLimitError`.
    package func protection(of namespace: String) throws -> StreamChange? {
        try options.limits.check(MemoryKey(namespace: namespace, key: "k"))
        guard let encryption else { throw EventLogError.unsupported("encrypts payloads") }
        let isProtected = try encryption.protectedCategories()[ByteText(MemoryStream.category(namespace))] != nil
        return isProtected
            ? nil
            : StreamChange(NamespaceProtection.stream, [LogEvent.ledger(.subjectsProtected(namespace: namespace))])
    }

    /// The protected namespaces in their order, and from which position on their memories are encrypted.
    public func protectedNamespaces() throws -> [(namespace: String, position: Position)] {
        try (encryption?.protectedCategories() ?? [:]).map {
            (MemoryStream.namespace(ofCategory: $0.key.text), $0.value)
        }
        .sorted { $0.0.precedesByBytes($1.0) }
    }

    /// The users whom something of a module's stream is protected for that can still be read.
    func protectedUsers(of stream: StreamName) throws -> [String] {
        guard stream.module != nil else { return [] }
        return try encryption?.protectedUsers(of: stream) ?? []
    }

    /// Wraps every data key with another master key; this ledger goes on with it, and every later opening needs it.
    /// Copies made before are opened by the former one.
    ///
    /// - Returns: how many data keys there are.
    /// - Throws: `EventLogError` with `masterKeyMissing`, `masterKeyWrong`, `invalidArgument` or `busy`.
    @discardableResult
    public func rotateMasterKey(to key: MasterKey) async throws -> Int {
        try await encrypting().rotateMasterKey(to: key)
    }

    // MARK: Erasing

    /// What erasing would destroy. Nothing is written.
    ///
    /// - Throws: as `erase`.
    public func planErasure(
        _ selection: ErasureSelection, includingDerived: Bool = false, partially: Bool = false
    ) async throws -> ErasurePlan {
        try await Erasure(
            parts: parts, selection: selection, includesDerived: includingDerived, isPartial: partially
        ).plan(in: try encrypting())
    }

    /// Makes memories unreadable for everybody and for ever: destroys their data keys and says so in the log, in one
    /// transaction; then removes what was made of them: tables, former generations, snapshots, views, the text index,
    /// free pages and the write-ahead log. The events stay, encrypted, so that every proof of them stays valid; the
    /// past shows "[erased]". What no erasure reaches, the receipt says.
    ///
    /// A namespace is found by reading the whole log, the tables are rebuilt, and all pages written again, the first
    /// and the last while writers wait. Views of the past that are open are closed. Where the process dies after the
    /// first transaction, the next one that opens the ledger with its master key, or `resumePurge`, does the rest.
    ///
    /// - Parameters:
    ///   - includingDerived: also what was derived from the memories, and from that, as their provenance says.
    ///   - partially: take what can be erased, and leave what stands in the log unencrypted: `ErasureReceipt.left`.
    ///   - reason: stands in the log; not empty.
    /// - Throws: `EventLogError` with `notEncrypted` where something of it stands in the log unencrypted, `erased`
    ///   where it has been erased already, `masterKeyMissing`, `masterKeyWrong`, or `unknownProjection` where there are
    ///   tables that this program cannot rebuild; `MemoryLedgerError` with `notFound` or `invalidArgument`. Nothing
    ///   has been erased then.
    public func erase(
        _ selection: ErasureSelection, includingDerived: Bool = false, partially: Bool = false, reason: String,
        by attribution: Attribution = Attribution(), progress: @escaping RebuildProgress = { _ in }
    ) async throws -> ErasureReceipt {
        try await erase(
            selection, includingDerived: includingDerived, partially: partially, reason: reason, by: attribution,
            progress: progress, reached: { _ in })
    }

    /// - Parameter reached: called at each step of the purge.
    package func erase(
        _ selection: ErasureSelection, includingDerived: Bool = false, partially: Bool = false, reason: String,
        by attribution: Attribution, progress: @escaping RebuildProgress, reached: (PurgeStep) -> Void
    ) async throws -> ErasureReceipt {
        try Erasure.check(reason)
        let erasure = Erasure(
            parts: parts, selection: selection, includesDerived: includingDerived, isPartial: partially)
        let (log, file) = (try encrypting(), try inFile())
        let indexes = parts.textIndexes.filter(\.exists)
        var receipt = try await erasure.carryOut(in: log, of: file, reason: reason, by: attribution, proofs)
        do {
            receipt.purge = try await file.purge(snapshotKeeper, moments, progress, reached: reached)
        } catch {
            // What is erased is erased; the rest stays due.
            receipt.purgeProblem = String(describing: error)
        }
        for index in indexes { await index.makeAgain() }
        return receipt
    }

    /// Bytes of an erasure's reason.
    public static let maximumReasonBytes = 4_096

    /// Does what is left of erasures that were interrupted; nil where nothing is.
    ///
    /// - Throws: `EventLogError` with `masterKeyMissing`, `masterKeyWrong`, `unknownProjection`, or `busy` where
    ///   somebody reads the ledger all the time; it stays due then.
    @discardableResult
    public func resumePurge(progress: @escaping RebuildProgress = { _ in }) async throws -> PurgeReport? {
        try await embedded?.purge(snapshotKeeper, moments, progress)
    }

    /// The same when the ledger is opened: where it cannot be done, somebody else will.
    func resumePurgeIfPossible() async {
        do {
            guard try encryption?.duePurges().isEmpty == false else { return }
            try await resumePurge()
        } catch {
            options.file.logger.warning("What was erased is not purged yet", metadata: ["reason": "\(error)"])
        }
    }
}

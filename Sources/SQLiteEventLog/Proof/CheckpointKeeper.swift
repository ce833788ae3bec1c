import EventLog
package import LedgerCapabilities
import Logging
import MerkleLog
import Synchronization

/// Signs checkpoints when they are due: in the background of a process that appends, when it closes, or when asked.
///
/// A failure never keeps anybody from writing. It is logged, and tried again when the log has grown or a minute has
/// passed.
final class CheckpointKeeper: CheckpointSigning {
    private let log: SQLiteEventLog
    private let options: CheckpointOptions
    private let watcher = Mutex<Task<Void, Never>?>(nil)

    private static let retryMilliseconds = 60_000
    private static let retryEvents: Position = 16_384
    private static let longestPauseMilliseconds: Int64 = 3_600_000

    init(_ log: SQLiteEventLog, _ options: CheckpointOptions) {
        self.log = log
        self.options = options
    }

    deinit { watcher.withLock { $0 }?.cancel() }

    /// Signs what comes due by this process's appends, until `close`.
    func start() {
        guard log.file.options.access != .readOnly, !log.file.isInMemory else { return }
        let signal = log.signal
        let task = Task(priority: .background) { [weak self] in
            var pause: (after: Position, milliseconds: Int?)? = (0, nil)
            while let next = pause {
                await signal.wait(after: next.after, milliseconds: next.milliseconds)
                if Task.isCancelled { return }
                pause = await self?.signInBackground()
            }
        }
        watcher.withLock { $0 = task }
    }

    /// Answers what to wait for next; nil to give up.
    private func signInBackground() async -> (after: Position, milliseconds: Int?)? {
        do {
            try await signDue()
            let (rule, last) = try (rule(), last())
            guard let size = rule.nextSize(after: last?.size ?? 0) else { return nil }
            let head = try await log.head()
            // Nothing new: the next event comes first, whenever that is.
            guard let rest = rule.millisecondsUntilDue(head: head, now: log.clock.now(), last: last) else {
                return (head, nil)
            }
            // Due all the same: there is no key, or others append faster than this can sign.
            if rest == 0 { return Self.retry(head) }
            return (max(head, size - 1), Int(min(rest, Self.longestPauseMilliseconds)))
        } catch {
            guard let head = try? await log.head() else { return nil }
            log.file.options.logger.warning("No checkpoint was signed", metadata: ["error": "\(error)"])
            return Self.retry(head)
        }
    }

    private static func retry(_ head: Position) -> (after: Position, milliseconds: Int?) {
        (head + retryEvents, retryMilliseconds)
    }

    private func settings() throws -> CheckpointSettings { try log.checkpointSettings() }
    private func rule() throws -> CheckpointRule { try options.rule ?? settings().rule ?? .standard }

    private func last() throws -> (size: Int64, madeAt: Timestamp)? {
        try log.file.readSnapshot { sqlite in
            let origin = try LedgerOrigin.current(in: log, sqlite)
            return try CheckpointStore(sqlite: sqlite).largest(of: origin.text, limit: 1).first
                .map { ($0.checkpoint.size, $0.madeAt) }
        }
    }

    /// The key's file: as given, as the ledger remembers it, or beside the ledger.
    func keyFile() throws -> SigningKeyFile {
        if let given = options.keyFile { return given }
        return try log.checkpointSettings().signingKey.map { SigningKeyFile(path: $0) }
            ?? SigningKeyFile.beside(log.path)
    }

    /// Signs a checkpoint where one is due, and writes it into the folder; nil where none is due or there is no key.
    ///
    /// - Throws: as `SQLiteEventLog.signCheckpoint` and `CheckpointFolder.write`.
    @discardableResult
    func signDue() async throws -> StoredCheckpoint? {
        let keyFile = try self.keyFile()
        guard keyFile.exists else { return nil }
        let head = try await log.head()
        guard try rule().millisecondsUntilDue(head: head, now: log.clock.now(), last: last()) == 0 else { return nil }
        return try await sign()
    }

    /// Signs a checkpoint now, and writes it into the folder.
    func sign() async throws -> StoredCheckpoint {
        let folder = try options.folder ?? settings().folder
        let stored = try await log.signCheckpoint(with: keyFile(), folder: folder)
        if let folder {
            try CheckpointFolder(path: folder).write(stored.signed, besides: log.protectedFiles)
        }
        return stored
    }

    /// Signs what is due, and ends.
    func close() async {
        let task = watcher.withLock { task in
            defer { task = nil }
            return task
        }
        guard let task else { return }
        task.cancel()
        await task.value
        do {
            try await signDue()
        } catch {
            log.file.options.logger.warning("No checkpoint was signed", metadata: ["error": "\(error)"])
        }
    }
}

extension SQLiteEventLog: ProvableLog {
    package func checkpointSigning(_ options: CheckpointOptions) -> any CheckpointSigning {
        CheckpointKeeper(self, options)
    }
}

extension SQLiteEventLog: EncryptingLog {}

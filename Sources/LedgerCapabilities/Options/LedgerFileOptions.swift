public import EventLog
package import LedgerStorage
public import Logging

/// How a ledger's file is opened.
///
///     var file = LedgerFileOptions(access: .readOnly)
///     file.busyTimeoutMilliseconds = 1_000
///     let ledger = try await MemoryLedger.open(at: "memory-ledger.sqlite", options: MemoryLedgerOptions(file: file))
public struct LedgerFileOptions: Sendable {
    /// What may be done with the file.
    public enum Access: Sendable {
        /// Fails where there is no ledger; never writes to it.
        case readOnly
        /// Fails where there is no ledger.
        case readWrite
        /// Makes the ledger where there is none.
        case create
    }

    /// What a commit waits for.
    public enum Durability: Sendable {
        /// Every commit is synced: a power cut loses nothing that was acknowledged.
        case full
        /// Commits are synced at checkpoints: a power cut may lose the last ones, but leaves a consistent ledger.
        case normal

        package var pragma: String { self == .full ? "FULL" : "NORMAL" }
    }

    public var access: Access
    public var durability: Durability = .full
    /// How long a writer waits for its turn, in milliseconds.
    public var busyTimeoutMilliseconds = 5_000
    /// The most connections that read at the same time; further readers wait for one.
    public var maximumReaders = 8
    /// The page cache of the writer, in KiB.
    public var writerCacheKibibytes = 65_536
    /// The page cache of each reader, in KiB.
    public var readerCacheKibibytes = 16_384
    /// The writer checkpoints once the write-ahead log has this many pages of 4,096 bytes.
    public var walCheckpointPages = 4_096
    /// How often a waiting subscriber looks for other processes' events, in milliseconds.
    public var pollMilliseconds = 50
    public var limits = EventLogLimits()
    /// Refuse events without an actor, by whichever call they are appended here.
    public var requireActor = false
    /// Makes the ledger's id, access tokens, and keys where payloads are encrypted.
    public var randomness: any RandomSource = SystemRandomSource()
    /// Wraps the keys of encrypted payloads. Without it what is encrypted stays locked, and all else can be read.
    public var masterKey: MasterKey?
    /// Where the master key comes from when `masterKey` is nil: asked when something encrypted is read or written, on a
    /// thread that may belong to no task. A source that waits must learn in its own way that the key is not wanted.
    public var masterKeySource: (@Sendable () throws -> MasterKey?)?
    /// Files that nothing is written over, besides the ledger's own: where keys are kept.
    public var protectedFiles = ProtectedFiles()
    /// Which payloads of protected streams stay in plain; nil for who does not know the events. Then `verify` does not
    /// look for what stands in plain.
    package var protection: ProtectionPolicy?
    /// Write although acknowledged events are missing: to begin an epoch without them.
    package var writesDespiteLoss = false
    /// Gets what happens in the background; by default it is dropped.
    public var logger = Logger(label: "memory-ledger") { _ in SwiftLogNoOpLogHandler() }

    public init(access: Access = .create) { self.access = access }

    package var readers: ReaderPool.Options {
        ReaderPool.Options(
            busyTimeoutMilliseconds: busyTimeoutMilliseconds, maximumReaders: maximumReaders,
            cacheKibibytes: readerCacheKibibytes)
    }
}

public import EventLog
public import LedgerCapabilities
public import Projections

/// How a ledger is opened, and where time and ids come from.
///
///     var options = MemoryLedgerOptions()
///     options.requireActor = true
///     options.snapshots = .off
///     let ledger = try await MemoryLedger.inMemory(options: options)
public struct MemoryLedgerOptions: Sendable {
    /// When reads that count become durable. Content is never at stake: a power cut, or a crash of the process, may
    /// lose counts of reading, and never a memory or a link.
    public enum ReadCounting: Sendable {
        /// Counted reads are appended together: after so many, after so long, when the ledger is closed, or on
        /// `flushReads()`. A crash or a power cut loses at most the counts since; while an append is under way, what it
        /// holds, and up to eight times as many that wait meanwhile.
        case batched(reads: Int, milliseconds: Int)
        /// Each counted read waits until it is appended and synced: nothing is lost, and a read costs a sync.
        case strict

        public static let standard = ReadCounting.batched(reads: 512, milliseconds: 1_000)
    }

    public var file: LedgerFileOptions
    public var limits: MemoryLimits
    public var readCounting: ReadCounting
    public var clock: any TimeSource
    public var ids: any EventIDSource
    /// When snapshots are taken, which let moments open sooner and change nothing else.
    public var snapshots = SnapshotRule.automatic
    /// Refuse every event without an actor, counted and audited reads too. A ledger may demand it by itself: see
    /// `MemoryLedger.setPolicy`.
    public var requireActor = false
    /// Make reads events, appended together like counted reads and as durable as these: `get`, `list`, `history`,
    /// `blame`, `diff` and linked summaries, with who read what. A ledger may demand it by itself.
    public var auditReads = false
    /// How checkpoints are signed by themselves, in the background and when the ledger is closed; nil: they are not.
    public var checkpoints: CheckpointOptions?
    /// Moments are built on snapshots even where building from nothing is quicker, as it is in a test's small ledger.
    package var alwaysUsesSnapshots = false
    /// Modules of your own, beside those of this library: `LedgerModule`.
    public var modules: [any LedgerModule] = []
    /// Projectors of your own, which build their tables beside the memories, in the transaction that appends. Their
    /// names and tables must differ from each other's and from the ledger's.
    public var projectors: [any Projector] = []

    public init(
        file: LedgerFileOptions = .init(), limits: MemoryLimits = .standard, readCounting: ReadCounting = .standard,
        clock: any TimeSource = SystemTimeSource(), ids: any EventIDSource = RandomEventIDs()
    ) {
        self.file = file
        self.limits = limits
        self.readCounting = readCounting
        self.clock = clock
        self.ids = ids
    }
}

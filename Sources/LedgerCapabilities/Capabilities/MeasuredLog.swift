public import EventLog

/// A log that counts what it does: an optional capability of an `EventLog`.
public protocol MeasuredLog: EventLog {
    /// Since the log was opened, by this process.
    var figures: LogFigures { get }
}

/// What a log has done since it was opened, and what it needs.
///
///     if let figures = (ledger.log as? any MeasuredLog)?.figures {
///         print(Double(figures.events) / Double(figures.transactions), "events a transaction")
///     }
public struct LogFigures: Hashable, Sendable {
    /// Events that were appended.
    public var events: UInt64 = 0
    /// Calls that appended them.
    public var appends: UInt64 = 0
    /// Transactions that committed them: fewer than appends, if callers share one.
    public var transactions: UInt64 = 0
    /// From the beginning of these transactions to their commit, in nanoseconds.
    public var writingNanoseconds: UInt64 = 0
    /// Of the commits, syncs included, in nanoseconds.
    public var committingNanoseconds: UInt64 = 0
    /// Bytes of the write-ahead log.
    public var walBytes: Int64 = 0
    /// Connections that read and are open.
    public var openReaders = 0
    /// Those of them that are reading.
    public var busyReaders = 0
    /// The most that may be open; a read that finds them all reading waits for one.
    public var maximumReaders = 0
    /// Reads of these connections.
    public var reads: UInt64 = 0
    /// Those that had to wait for a connection.
    public var readerWaits: UInt64 = 0
    /// In these waits, all together and in the longest one.
    public var readerWaitNanoseconds: UInt64 = 0
    public var longestReaderWaitNanoseconds: UInt64 = 0
    /// Pages that readers found in their caches, of connections that are idle now.
    public var cacheHits: UInt64 = 0
    /// Pages that they had to read.
    public var cacheMisses: UInt64 = 0

    public init() {}
}

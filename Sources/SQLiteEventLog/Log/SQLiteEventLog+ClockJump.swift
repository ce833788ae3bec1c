public import EventLog
import LedgerStorage
import Synchronization

extension SQLiteEventLog {
    /// A jump of the clock that an append through this log noticed; nil where none has.
    public var noticedClockJump: ClockJump? { file.clockJump.withLock { $0 } }

    /// A jump of the clock at the last append, or since; nil where none is known. What is known is noted with each
    /// durable append, and holds until the machine is started again.
    public func clockJump() -> ClockJump? { Self.clockJump(beside: path, clock) }

    /// The same of the ledger at a path, which need not be one that can be read.
    package static func clockJump(beside path: String, _ clock: any TimeSource) -> ClockJump? {
        guard let now = ClockReading(clock), let path = try? RealFile.path(path) else { return nil }
        let heads = HeadFile.read(of: path).sorted { $0.isOlder(than: $1) }
        return ClockJump.last(in: heads.compactMap(\.reading) + [now])
    }
}

public import LedgerCapabilities
import Synchronization

extension SQLiteEventLog: MeasuredLog {
    public var figures: LogFigures {
        var figures = committer.figures.withLock { $0 }
        file.addFigures(to: &figures)
        return figures
    }
}

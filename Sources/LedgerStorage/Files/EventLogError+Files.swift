public import EventLog

extension EventLogError.Code {
    /// What stands beside a ledger under one of its own names is a link or no regular file: it is not touched.
    public static let unsafeSideFile = Self("unsafe_side_file")
    /// A ledger's file has several names (hard links): it can be read and not written.
    public static let severalNames = Self("several_names")
    /// The ledger's file, or its lock, was deleted, moved or replaced while it was open for writing: nothing was
    /// written.
    public static let ledgerMoved = Self("ledger_moved")
}

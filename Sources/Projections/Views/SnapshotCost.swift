import EventLog

/// What a moment costs to open, in part by estimate: see DESIGN.md.
enum SnapshotCost {
    /// To build an event's share of the tables from nothing, with their indexes.
    private static let emptyNanosecondsPerEvent: Double = 4_500
    /// To apply an event to tables that are there: its memory's row is looked up, and two indexes are kept up.
    private static let snapshotNanosecondsPerEvent: Double = 10_000
    /// To decompress, hash and write a byte of database, and to make the other indexes.
    private static let nanosecondsPerByte: Double = 4

    static func isWorthwhile(_ info: SnapshotInfo, for position: Position) -> Bool {
        let behind = Double(position - info.position)
        let withSnapshot = Double(info.databaseBytes) * nanosecondsPerByte + behind * snapshotNanosecondsPerEvent
        return withSnapshot < Double(position) * emptyNanosecondsPerEvent
    }
}

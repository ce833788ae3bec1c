public import EventLog

extension EventLogError.Code {
    /// A backup is not what it says, or was damaged: it is not restored.
    public static let damagedBackup = Self("damaged_backup")
    /// A backup does not continue the checkpoint that it was expected to.
    public static let unexpectedBackup = Self("unexpected_backup")
    /// A backup is of another ledger than the one that it would replace.
    public static let otherLedger = Self("other_ledger")
}

extension EventLogError {
    package static func damagedBackup(_ reason: String) -> EventLogError { EventLogError(.damagedBackup, reason) }

    /// The error as one about the file that somebody named, not the copy of it that was looked at.
    package static func damagedBackup(_ file: String, _ error: any Error, _ consequence: String) -> any Error {
        switch error {
        case is CancellationError: return error
        case let error as EventLogError
        where [.busy, .noTree, .newerFormat, .unexpectedBackup, .otherLedger, .readOnly, .fileExists].contains(
            error.code):
            return error
        default: break
        }
        var reason = "\(error)"
        while let last = reason.last, last == "." || last == " " { reason.removeLast() }
        return EventLogError(.damagedBackup, "\(file) is damaged: \(reason). \(consequence)")
    }
}

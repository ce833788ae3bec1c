import EventLog
import MerkleLog

extension LedgerOrigin {
    /// What the log's checkpoints bear in a reader's snapshot: its last `EpochStarted` says.
    static func current(in reader: LogReader) throws -> LedgerOrigin { try last(in: reader) { _ in true } }

    /// The last epoch that is looked for; where none is, the first.
    static func last(
        in reader: LogReader, where isWanted: (LedgerOrigin) -> Bool
    ) throws -> LedgerOrigin {
        guard let ledger = try LedgerID.load(reader.sqlite) else { throw EventLogError.noTree }
        var next: StreamVersion?
        repeat {
            let page = try reader.readStream(
                LedgerEvent.Stream.epochs, from: next, direction: .backwards, limit: min(64, reader.limits.pageEvents))
            for event in page.events {
                if let origin = try origin(after: event, ledger), isWanted(origin) { return origin }
            }
            next = page.next
        } while next != nil
        return LedgerOrigin(ledger: ledger)
    }

    /// The epoch that an event began; nil where that was another ledger's, and the event was imported.
    private static func origin(after event: RecordedEvent, _ ledger: LedgerID) throws -> LedgerOrigin? {
        guard event.type == LedgerEvent.Name.epochStarted else { return nil }
        guard case .epochStarted(let start)? = try LedgerEvent.decode(event) else {
            throw EventLogError(
                .newerFormat,
                "The event at position \(event.position) says which epoch this is, in a way that this program does not "
                    + "know; use a newer one.")
        }
        guard let origin = LedgerOrigin(ledger: ledger, epoch: start.number, epochID: start.epochID),
            origin.text.hasSameBytes(as: start.origin)
        else { return nil }
        return origin
    }
}

import EventLog
import LedgerCapabilities
import LedgerStorage
import MerkleLog

/// Notes the head of each transaction that is committed durably. Lives on the writer's queue.
final class HeadKeeper {
    private let file: LedgerFile
    private let heads: HeadFile
    /// The present epoch's, and how many events the stream of epochs had then.
    private var known: (epochs: StreamVersion, origin: LedgerOrigin)?

    /// Nil where no commit is durable: in memory, and where commits are not synced.
    init?(_ file: LedgerFile) {
        guard !file.isInMemory, file.options.durability == .full else { return nil }
        self.file = file
        heads = HeadFile(of: file.path)
    }

    /// Call it when a transaction has learnt what the file holds.
    ///
    /// - Throws: `lostHead` where that is less than was acknowledged here, unless the loss was accepted since,
    ///   which begins an epoch.
    func check(_ writer: LogWriter, _ sqlite: SQLiteConnection) throws {
        guard let own = heads.own, own.position > writer.head else { return }
        if try origin(writer, sqlite).epoch > own.origin.epoch { return }
        throw file.note(own, found: writer.head).error
    }

    /// Call it after the commit, under the writer lock.
    ///
    /// - Parameters:
    ///   - before: the log's last position before the transaction.
    ///   - reading: what the clock says.
    func note(_ writer: LogWriter, after before: Position, _ reading: ClockReading?, _ sqlite: SQLiteConnection) {
        // What keeps the head from being noted keeps no writer from appending.
        guard let origin = try? origin(writer, sqlite) else { return }
        let head = AcknowledgedHead(
            ledger: writer.ledger, origin: origin, position: writer.head, root: writer.root, reading: reading)
        let former = heads.note(head, after: before)
        if let jump = ClockJump.last(in: [former?.reading, reading].compactMap(\.self)) { file.note(jump) }
    }

    private func origin(_ writer: LogWriter, _ sqlite: SQLiteConnection) throws -> LedgerOrigin {
        if let known, known.epochs == writer.epochs { return known.origin }
        let origin =
            writer.epochs == 0
            ? LedgerOrigin(ledger: writer.ledger)
            : try LedgerOrigin.current(in: .alone(sqlite, file.options.limits))
        known = (writer.epochs, origin)
        return origin
    }
}

import EventLog
import Foundation
package import LedgerCapabilities
import LedgerStorage

/// The write-ahead log of a ledger that has lost events, kept for those who may get them out of it.
///
/// `<ledger>-wal-lost-<position>-<root>`: named after the head that was lost, so it is made once.
package enum LostWriteAheadLog {
    private static let rootDigits = 8

    static func prefix(of ledger: String) -> String { ledger + "-wal-lost-" }

    /// Answers where the copy is; nil where there is no write-ahead log.
    ///
    /// - Throws: `EventLogError.storage`, `CancellationError`. Who is about to write over the log must stop then.
    @discardableResult
    package static func keep(_ lost: LostHead) throws -> String? {
        let copy = "\(prefix(of: lost.ledger))\(lost.position)-\(lost.root.description.prefix(rootDigits))"
        if LedgerPlaces.isFile(copy) { return copy }
        guard LedgerPlaces.hasContent(lost.ledger + "-wal") else { return nil }
        do {
            let part = try PartFile(of: copy, rights: FileRights(likeLedger: lost.ledger, isInItsPlace: true))
            try write(lost.ledger, to: part.file)
            try part.place(at: copy, replacing: false)
        } catch let error as EventLogError where error.code == .fileExists && LedgerPlaces.isFile(copy) {
            // Another process was faster.
        } catch let error as CancellationError {
            throw error
        } catch {
            let reason = (error as? FileProblem)?.description ?? "\(error)"
            throw EventLogError(
                .storage,
                "The write-ahead log of \(lost.ledger) may hold events that were lost, and cannot be kept as \(copy) "
                    + "(\(reason)), so nothing was changed. Make room for it, then try again.")
        }
        return copy
    }

    /// The same for a ledger that gives way although it cannot be read: its newest head names what may be in the log.
    package static func keep(ofUnreadable path: String) throws {
        guard let head = HeadFile.read(of: path).max(by: { $0.isOlder(than: $1) }) else { return }
        try keep(LostHead(head, found: 0, in: path))
    }

    private static func write(_ ledger: String, to target: FileDescriptor) throws {
        try RegularFile(reading: ledger + "-wal", followingLinks: false).forEachPiece { try target.write($0) }
        try target.sync()
    }

    /// Removes the copies: an erasure must reach them.
    package static func remove(of ledger: String) -> Int {
        let url = URL(fileURLWithPath: prefix(of: ledger))
        let folder = url.deletingLastPathComponent().path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.utf8.starts(with: url.lastPathComponent.utf8) }.count {
            unlink("\(folder)/\($0)") == 0
        }
    }
}

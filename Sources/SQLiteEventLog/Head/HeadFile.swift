import EventLog
import Foundation
import LedgerStorage

/// `<ledger>-head`: how far the log has come, noted after each commit that is synced and adds events.
///
/// SQLite takes the first frame of its write-ahead log that does not fit for the log's end, so one flipped bit makes
/// every later commit vanish without an error. This file is how the ledger notices.
///
/// Invariants:
/// 1. A head is written after its commit is durable, under the writer lock; so a process that reads the file and then
///    the log finds at least as much in the log.
/// 2. Of two slots the older one is written over, so a torn write leaves the newer one whole.
/// 3. It is never synced. What a power cut leaves of it is an older head or none, and says nothing.
/// 4. That it cannot be written is no failure of an append.
///
/// Used on the writer's queue.
package final class HeadFile {
    private let ledger: String
    private var descriptor: Int32?
    private var isUnusable = false
    private var newest: Slot?
    /// The last one that was written here: the log cannot be shorter as long as it is open.
    private(set) var own: AcknowledgedHead?

    private struct Slot {
        var number: Int
        var head: AcknowledgedHead
    }

    /// A slot has a sector of its own.
    private static let slotBytes = 512
    private static let slots = 2

    init(of ledger: String) { self.ledger = ledger }

    deinit { if let descriptor { close(descriptor) } }

    package static func path(of ledger: String) -> String { ledger + "-head" }

    // MARK: Reading

    /// The heads that are noted of whatever ledgers. None where there is no such file, or it is not what it should be.
    package static func read(of ledger: String) -> [AcknowledgedHead] {
        guard let descriptor = open(ledger, O_RDONLY) else { return [] }
        defer { close(descriptor) }
        return slots(descriptor).map(\.head)
    }

    private static func slots(_ descriptor: Int32) -> [Slot] {
        var bytes = [UInt8](repeating: 0, count: slots * slotBytes)
        return bytes.withUnsafeMutableBytes { buffer in
            let count = pread(descriptor, buffer.baseAddress, buffer.count, 0)
            return (0..<slots).compactMap { number in
                let start = number * slotBytes
                guard start + AcknowledgedHead.byteCount <= count else { return nil }
                let record = UnsafeRawBufferPointer(rebasing: buffer[start..<start + AcknowledgedHead.byteCount])
                return AcknowledgedHead(record).map { Slot(number: number, head: $0) }
            }
        }
    }

    /// Follows no link, and takes only a file of its own: what is written must not land in anything else.
    private static func open(_ ledger: String, _ flags: Int32) -> Int32? {
        try? SideFile.open(path(of: ledger), flags)
    }

    // MARK: Writing

    /// Notes a head.
    ///
    /// - Parameter before: where the log ended before the commit. Where that is not the newest head, somebody else has
    ///   written since, and the slots are read again.
    /// - Returns: the newest head before it; nil where none is known.
    func note(_ head: AcknowledgedHead, after before: Position) -> AcknowledgedHead? {
        guard let descriptor = opened() else { return nil }
        if newest?.head.position != before || newest?.head.origin != head.origin {
            newest = Self.slots(descriptor).filter { $0.head.ledger == head.ledger }
                .max { $0.head.isOlder(than: $1.head) }
        }
        let former = newest?.head
        let number = newest.map { ($0.number + 1) % Self.slots } ?? 0
        let count = head.bytes.withUnsafeBytes {
            pwrite(descriptor, $0.baseAddress, $0.count, off_t(number * Self.slotBytes))
        }
        newest = count == AcknowledgedHead.byteCount ? Slot(number: number, head: head) : nil
        own = head
        return former
    }

    private func opened() -> Int32? {
        if let descriptor { return descriptor }
        if isUnusable { return nil }
        descriptor = Self.open(ledger, O_RDWR | O_CREAT)
        if let other = descriptor, !Self.isEmptyOrOwn(other) {
            close(other)
            descriptor = nil
        }
        if let descriptor { FileRights(likeLedger: ledger, isInItsPlace: true).give(to: descriptor) }
        isUnusable = descriptor == nil
        return descriptor
    }

    /// Somebody's file that has this name by chance is not written into.
    private static func isEmptyOrOwn(_ descriptor: Int32) -> Bool {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_size <= slots * slotBytes else { return false }
        if status.st_size == 0 { return true }
        return (0..<slots).contains { number in
            var start = [UInt8](repeating: 0, count: AcknowledgedHead.magic.count)
            let count = start.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress, $0.count, off_t(number * slotBytes))
            }
            return count == start.count && start == AcknowledgedHead.magic
        }
    }
}

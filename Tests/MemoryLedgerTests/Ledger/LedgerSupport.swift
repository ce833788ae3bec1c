import EventLog
import Foundation
import Synchronization

@testable import MemoryLedger

/// A clock that moves only when it is told to.
final class FixedClock: TimeSource {
    private let time: Mutex<Int64>

    init(_ milliseconds: Int64 = 1_769_177_364_852) { time = Mutex(milliseconds) }

    func now() -> Timestamp { Timestamp(milliseconds: time.withLock { $0 }) }
    func advance(_ milliseconds: Int64) { time.withLock { $0 += milliseconds } }
}

/// A ledger in a folder of its own, with a fixed clock and counted ids.
struct TestLedger {
    let folder: TemporaryFolder
    let clock: FixedClock
    let ledger: MemoryLedger

    var path: String { folder.file("ledger.sqlite") }

    static func open(
        in folder: TemporaryFolder? = nil, clock: FixedClock = FixedClock(),
        reads: MemoryLedgerOptions.ReadCounting = .batched(reads: 64, milliseconds: 60_000),
        access: LedgerFileOptions.Access = .create
    ) async throws -> TestLedger {
        let folder = try folder ?? TemporaryFolder()
        var options = MemoryLedgerOptions(readCounting: reads, clock: clock)
        options.file.access = access
        // What is tested is not the disk: commits need not wait for it.
        options.file.durability = .normal
        let ledger = try await MemoryLedger.open(at: folder.file("ledger.sqlite"), options: options)
        return TestLedger(folder: folder, clock: clock, ledger: ledger)
    }
}

extension MemoryLedger {
    /// Every memory, page by page.
    func all() async throws -> [Memory] {
        var memories: [Memory] = []
        var query = MemoryQuery(limit: 7)
        repeat {
            let page = try await list(query)
            memories += page.memories
            query.after = page.next
        } while query.after != nil
        return memories
    }
}

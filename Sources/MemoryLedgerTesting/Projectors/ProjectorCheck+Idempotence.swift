public import EventLog
import EventLogTesting
import LedgerStorage
import MemoryLedger
import Projections
import SQLiteEventLog

extension ProjectorCheck {
    /// The rows are the same however often an event is delivered on the way to them.
    ///
    /// A projector is told each event once by the ledger, unless something goes wrong in between. So this is what
    /// idempotence means here, each tried by itself and compared with the rows of one run without interruption:
    /// 1. Every append is repeated with the same ids: the ledger takes no event twice.
    /// 2. Every batch is delivered, its transaction rolled back before or after `flush()`, and delivered again: to the
    ///    same writer after `forget()`, or, after a crash, to a new one.
    /// 3. The tables are rebuilt, twice.
    ///
    /// - Parameter seed: Where the batches end.
    /// - Throws: `ExpectationFailure` with the rows that differ; what a projector throws.
    public func expectIdempotent(
        over events: [RecordedEvent], seed: UInt64 = 1, fileID: StaticString = #fileID, line: UInt = #line
    ) async throws {
        let place = SourcePlace(fileID, line)
        let ledger = try await openLedger()
        try await append(events, to: ledger)
        let expected = try await contents(of: ledger)
        func compare(_ found: TableContents, _ what: String) throws {
            let difference = expected.difference(to: found)
            guard !difference.isEmpty else { return }
            throw ExpectationFailure("The rows differ \(what).", difference, at: place)
        }
        let repeated = try await openLedger()
        try await append(events, to: repeated, isTwice: true, batch: 1)
        try compare(try await contents(of: repeated), "where every append is repeated")
        try compare(
            try await deliverWithRollbacks(events, seed),
            "where batches are rolled back and delivered again (seed \(seed))")
        for time in ["a rebuild", "a second rebuild"] {
            // A difference is to be shown here, row by row.
            try await ledger.rebuild(onDifference: .replace)
            try compare(try await contents(of: ledger), "after \(time)")
        }
    }

    private func contents(of ledger: MemoryLedger) async throws -> TableContents {
        try await ledger.readTables { try TableContents(all, $0) }
    }

    private struct RolledBack: Error {}

    private static let longestBatch = 8
    /// So that also a short log has a batch for each way to be interrupted.
    private static let leastBatches = 8

    /// Runs the projectors by hand, as the ledger does, with every batch rolled back once.
    private func deliverWithRollbacks(_ events: [RecordedEvent], _ seed: UInt64) async throws -> TableContents {
        let projectors = all
        let log = try SQLiteEventLog.inMemory(clock: FixedClock())
        let longest = max(1, min(Self.longestBatch, events.count / Self.leastBatches))
        return try await log.onWriter { sqlite in
            for projector in projectors { try projector.schema.create(sqlite) }
            let make = { projectors.map { $0.makeWriter(sqlite, isBeingBuilt: false) } }
            var random = SeededRandom(seed)
            var writers = make()
            var rest = events[...]
            var number = 0
            while !rest.isEmpty {
                defer { number += 1 }
                let batch = rest.prefix(Int.random(in: 1...longest, using: &random))
                rest = rest.dropFirst(batch.count)
                let (isFlushed, isCrash) = (number % 2 == 0, number / 2 % 2 == 0)
                do {
                    try sqlite.transaction {
                        try Self.deliver(batch, projectors, writers)
                        if isFlushed { for writer in writers { try writer.flush() } }
                        throw RolledBack()
                    }
                } catch is RolledBack {
                    // After a crash there is a new process, which knows nothing.
                    if isCrash { writers = make() } else { for writer in writers { writer.forget() } }
                }
                try sqlite.transaction {
                    try Self.deliver(batch, projectors, writers)
                    for writer in writers { try writer.flush() }
                }
            }
            return try TableContents(projectors, sqlite)
        }
    }

    private static func deliver(
        _ batch: ArraySlice<RecordedEvent>, _ projectors: [any Projector], _ writers: [any ProjectionWriter]
    ) throws {
        for event in batch {
            for (projector, writer) in zip(projectors, writers) {
                if projector.eventTypes?.contains(event.type) != false { try writer.apply(event) }
            }
        }
    }
}

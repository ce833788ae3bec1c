import EventLog
import LedgerCapabilities
import LedgerOperations
import MemoryLedger
import MerkleLog
import SQLiteEventLog

extension Page {
    mutating func checkpoints(_ checkpoints: [StoredCheckpoint]) {
        var table = Table([
            .init("EVENTS", right: true, paint: .bold), .init("SIGNED"), .init("ROOT", paint: .dim), .init("ORIGIN"),
            .init("BY"),
        ])
        for stored in checkpoints {
            table.add([
                Figures.grouped(stored.checkpoint.size), stored.madeAt.rfc3339,
                String(stored.checkpoint.root.description.prefix(16)), stored.checkpoint.origin,
                stored.signed.note.signerIDs,
            ])
        }
        self.table(table)
    }
}

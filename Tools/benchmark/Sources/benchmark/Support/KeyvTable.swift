import CFloor
import EventLog
import LedgerCapabilities
import MemoryLedger
import SQLiteEventLog

/// A table as Keyv makes it, with the same memories as JSON.
final class KeyvTable {
    let floor: Floor
    private let keyv: OpaquePointer

    init(_ bench: Bench, _ name: String, thousands: Int) throws {
        floor = try Floor(at: bench.folder.fresh(name), bench.settings)
        guard let keyv = floor_keyv_open(floor.handle, Int32(bench.settings.walCheckpointPages)) else {
            throw BenchmarkError("The Keyv-shaped table cannot be made.")
        }
        self.keyv = keyv
        try floor.execute("BEGIN")
        for batch in MemoryCells.memories(batches: thousands, seed: 1) {
            for (memory, content) in batch {
                try floor.check(floor_keyv_put(keyv, memory.key, MemoryJSON.keyv(memory, content)))
            }
        }
        try floor.execute("COMMIT")
        try floor.check(floor_checkpoint_truncate(floor.handle))
    }

    deinit { floor_keyv_free(keyv) }

    func getAndSet(_ key: String) throws { try floor.check(floor_keyv_get_and_set(keyv, key)) }
}

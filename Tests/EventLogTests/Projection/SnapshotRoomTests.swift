import EventLog
import Testing

@testable import Projections
@testable import SQLiteEventLog

/// Goal: whatever a file system says of its room is counted.
@Suite struct SnapshotRoomTests {
    @Test(arguments: [
        (UInt64(0), UInt64(4_096), Int64(0)), (3, 4_096, 12_288), (1 << 62, 2, .max), (.max, .max, .max),
    ])
    func roomIsCounted(blocks: UInt64, blockBytes: UInt64, bytes: Int64) {
        #expect(SnapshotKeeper.bytes(blocks: blocks, of: blockBytes) == bytes)
    }
}

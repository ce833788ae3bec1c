import EventLog
import EventLogTesting
import Testing

/// Goal: ids are random whatever the clock says, and ascend as far as it allows. Method: sources with generators of
/// their own, at clocks before 1970, beyond 48 bits, and going back.
@Suite struct EventIDTests {
    private static let clocks: [Int64] = [.min, -1, 0, 1, 1_767_225_600_000, 1 << 48, (1 << 48) + 7, .max]

    @Test(arguments: clocks)
    func twoProcessesNeverMakeTheSame(milliseconds: Int64) {
        let time = Timestamp(milliseconds: milliseconds)
        let (one, other) = (RandomEventIDs.seeded(1), RandomEventIDs.seeded(2))
        // More than fit into the counter of one millisecond.
        let ids = (0..<10_000).flatMap { _ in [one.next(at: time), other.next(at: time)] }
        #expect(Set(ids).count == ids.count)
        #expect(ids.allSatisfy { $0.high & 0xf000 == 0x7000 && $0.low >> 62 == 2 })
    }

    @Test func theyAscendThoughTheClockGoesBack() {
        let source = RandomEventIDs.seeded(1)
        var last = EventID(high: 0, low: 0)
        for milliseconds in [-5, 0, 7, 3, -1, 7, 8, 1_767_225_600_000, 0, Int64.min] {
            for _ in 0..<5_000 {
                let id = source.next(at: Timestamp(milliseconds: milliseconds))
                #expect(id > last)
                last = id
            }
        }
    }
}

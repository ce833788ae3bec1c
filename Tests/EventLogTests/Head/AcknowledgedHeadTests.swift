import EventLog
import Foundation
import MerkleLog
import Testing

@testable import SQLiteEventLog

/// Goal: a head that is read is the one that was written, and anything else is none.
/// Method: each bit of a head is flipped, and each shorter one tried.
@Suite struct AcknowledgedHeadTests {
    private static func heads() throws -> [AcknowledgedHead] {
        let ledger = try #require(LedgerID(bytes: (1...16).map { UInt8($0) }))
        let later = try #require(LedgerOrigin(ledger: ledger, epoch: 3, epochID: "00ab09cdef123456"))
        let reading = ClockReading(
            time: Timestamp(milliseconds: -5), steady: SteadyTime(start: .max, milliseconds: 1 << 40))
        return [(LedgerOrigin(ledger: ledger), nil), (later, reading)].map { origin, reading in
            AcknowledgedHead(
                ledger: ledger, origin: origin, position: 70_000, root: .leaf([1, 2, 3]), reading: reading)
        }
    }

    @Test func whatWasWrittenIsRead() throws {
        for head in try Self.heads() {
            #expect(head.bytes.count == AcknowledgedHead.byteCount)
            #expect(head.bytes.withUnsafeBytes { AcknowledgedHead($0) } == head)
        }
    }

    @Test(arguments: [Int64.max, 1 << 60]) func numbersThatNoLedgerWritesAreNone(number: Int64) throws {
        let ledger = try #require(LedgerID(bytes: (1...16).map { UInt8($0) }))
        let origin = try #require(LedgerOrigin(ledger: ledger, epoch: number, epochID: "00ab09cdef123456"))
        for (origin, position) in [(origin, 5), (LedgerOrigin(ledger: ledger), number)] {
            let head = AcknowledgedHead(ledger: ledger, origin: origin, position: position, root: .leaf([1]))
            #expect(head.bytes.withUnsafeBytes { AcknowledgedHead($0) } == nil)
        }
    }

    @Test func whatWasDamagedOrCutIsNone() throws {
        for head in try Self.heads() {
            for bit in 0..<AcknowledgedHead.byteCount * 8 {
                var bytes = head.bytes
                bytes[bit / 8] ^= 1 << (bit % 8)
                #expect(bytes.withUnsafeBytes { AcknowledgedHead($0) } == nil, "bit \(bit)")
            }
            for count in 0..<AcknowledgedHead.byteCount {
                #expect(head.bytes.prefix(count).withUnsafeBytes { AcknowledgedHead($0) } == nil, "\(count) bytes")
            }
        }
    }
}

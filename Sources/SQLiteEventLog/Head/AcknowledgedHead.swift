import CLedgerShims
package import EventLog
import GRDBSQLite
import LedgerStorage
package import MerkleLog

/// How far a log had come when an append that was synced was last acknowledged. Only damage can take that back.
package struct AcknowledgedHead: Hashable, Sendable {
    /// Of the ledger, and of the epoch that the log was in.
    package var ledger: LedgerID
    package var origin: LedgerOrigin
    /// The log's last position, and the root of the Merkle tree there.
    package var position: Position
    var root: MerkleHash
    /// What the clock said at the append; nil where no other clock stood beside it.
    var reading: ClockReading?

    // MARK: The rule

    /// The head that the log has lost; nil where it has lost none.
    ///
    /// Another ledger's head says nothing, and neither does one of an epoch that the log has left behind: the event
    /// that began the present epoch says what became of the former one. One of a later epoch was lost together with the
    /// event that began that epoch.
    ///
    /// - Parameter heads: read before the connection's snapshot began. Otherwise an append in between would be a loss.
    static func loss(
        of heads: [AcknowledgedHead], _ sqlite: SQLiteConnection, _ limits: EventLogLimits
    ) throws -> (head: AcknowledgedHead, found: Position)? {
        do {
            guard !heads.isEmpty, let ledger = try LedgerID.load(sqlite), try StoredTiles(sqlite).exist else {
                return nil
            }
            let tree = try TreeReader(sqlite)
            let contradicted = try heads.filter { head in
                guard head.ledger == ledger else { return false }
                return try head.position > tree.size || tree.root(at: head.position) != head.root
            }
            guard !contradicted.isEmpty else { return nil }
            let origin = try LedgerOrigin.current(in: .alone(sqlite, limits))
            let lost = contradicted.filter { $0.origin.epoch > origin.epoch || $0.origin == origin }
            return lost.max { $0.isOlder(than: $1) }.map { ($0, tree.size) }
        } catch let error as EventLogError where undecidable.contains(error.code) {
            // A tree that cannot be read has no root to compare with. `verify` tells what is wrong with it.
            return nil
        } catch let failure as SQLiteFailure where [SQLITE_CORRUPT, SQLITE_ERROR].contains(failure.primaryCode) {
            // The same where a page or a table is missing.
            return nil
        }
    }

    private static let undecidable: [EventLogError.Code] = [.damagedLog, .damagedPayload, .newerFormat, .newerEvent]

    func isOlder(than other: AcknowledgedHead) -> Bool {
        (origin.epoch, position) < (other.origin.epoch, other.position)
    }

    // MARK: Bytes

    /// Numbers are little-endian. The last four bytes are a CRC-32C of those before.
    static let magic = Array("MLGRHEAD".utf8)
    /// Of epochs and positions; what is larger was not written by a ledger.
    private static let maximumNumber: Int64 = 1 << 53

    private enum Layout {
        static let version: UInt32 = 1
        static let versionOffset = 8
        static let ledgerOffset = 16
        static let epochOffset = 32
        static let epochIDOffset = 40
        static let positionOffset = 56
        static let rootOffset = 64
        static let startOffset = 96
        static let steadyOffset = 104
        static let timeOffset = 112
        static let checksumOffset = 124
    }

    static let byteCount = 128

    var bytes: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Self.byteCount)
        bytes.withUnsafeMutableBytes { buffer in
            func put(_ values: some Sequence<UInt8>, at offset: Int) {
                for (index, value) in values.enumerated() { buffer[offset + index] = value }
            }
            put(Self.magic, at: 0)
            buffer.storeBytes(of: Layout.version.littleEndian, toByteOffset: Layout.versionOffset, as: UInt32.self)
            put(ledger.bytes, at: Layout.ledgerOffset)
            buffer.storeBytes(of: origin.epoch.littleEndian, toByteOffset: Layout.epochOffset, as: Int64.self)
            put(origin.epochID.utf8, at: Layout.epochIDOffset)
            buffer.storeBytes(of: position.littleEndian, toByteOffset: Layout.positionOffset, as: Int64.self)
            root.withUnsafeBytes { put($0, at: Layout.rootOffset) }
            if let reading {
                buffer.storeBytes(
                    of: reading.steady.start.littleEndian, toByteOffset: Layout.startOffset, as: UInt64.self)
                buffer.storeBytes(
                    of: reading.steady.milliseconds.littleEndian, toByteOffset: Layout.steadyOffset, as: Int64.self)
                buffer.storeBytes(
                    of: reading.time.milliseconds.littleEndian, toByteOffset: Layout.timeOffset, as: Int64.self)
            }
            let checksum = memledger_crc32c(buffer.baseAddress, Layout.checksumOffset)
            buffer.storeBytes(of: checksum.littleEndian, toByteOffset: Layout.checksumOffset, as: UInt32.self)
        }
        return bytes
    }

    /// Nil where the bytes are not a whole head that this program knows.
    package init?(_ bytes: UnsafeRawBufferPointer) {
        func number<T: FixedWidthInteger>(_ type: T.Type, at offset: Int) -> T {
            T(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: T.self))
        }
        guard bytes.count == Self.byteCount, bytes.starts(with: Self.magic),
            number(UInt32.self, at: Layout.versionOffset) == Layout.version,
            number(UInt32.self, at: Layout.checksumOffset)
                == memledger_crc32c(bytes.baseAddress, Layout.checksumOffset),
            let ledger = LedgerID(bytes: bytes[Layout.ledgerOffset..<Layout.epochOffset])
        else { return nil }
        let epoch = number(Int64.self, at: Layout.epochOffset)
        let id = String(decoding: bytes[Layout.epochIDOffset..<Layout.positionOffset], as: UTF8.self)
        let origin =
            epoch == 1 ? LedgerOrigin(ledger: ledger) : LedgerOrigin(ledger: ledger, epoch: epoch, epochID: id)
        let position = number(Position.self, at: Layout.positionOffset)
        let numbers = 1...Self.maximumNumber
        guard let origin, numbers.contains(epoch), numbers.contains(position) else { return nil }
        self.init(
            ledger: ledger, origin: origin, position: position,
            root: MerkleHash(loading: UnsafeRawBufferPointer(rebasing: bytes[Layout.rootOffset...])))
        let start = number(UInt64.self, at: Layout.startOffset)
        guard start != 0 else { return }
        reading = ClockReading(
            time: Timestamp(milliseconds: number(Int64.self, at: Layout.timeOffset)),
            steady: SteadyTime(start: start, milliseconds: number(Int64.self, at: Layout.steadyOffset)))
    }

    init(
        ledger: LedgerID, origin: LedgerOrigin, position: Position, root: MerkleHash, reading: ClockReading? = nil
    ) {
        (self.ledger, self.origin, self.position, self.root) = (ledger, origin, position, root)
        self.reading = reading
    }
}

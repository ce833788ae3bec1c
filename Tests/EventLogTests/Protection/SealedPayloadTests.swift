import EventLog
import LedgerCapabilities
import Testing

@testable import SQLiteEventLog

/// Goal: an encrypted payload opens for its own event only, and for none where a bit of it has changed. Method: one
/// sealed payload; every part of its place and every byte of it is changed in turn.
@Suite struct SealedPayloadTests {
    private let place: SealedPayload.Place
    private let key: SealedPayload.Key
    private let decoder = PayloadDecoder(dictionaries: [:], maximumBytes: 1 << 20)
    private static let payload = Array("what nobody else may read".utf8)

    init() throws {
        let ledger = try #require(LedgerID(bytes: Array(repeating: 1, count: 16)))
        place = SealedPayload.Place(
            ledger: ledger, stream: "people/ada", event: EventID(high: 1, low: 2), type: "Added", schemaVersion: 1)
        key = try Self.key(7, ledger)
    }

    private static func key(_ id: Int64, _ ledger: LedgerID) throws -> SealedPayload.Key {
        let master = try MasterKey(bytes: Array(repeating: 3, count: 32))
        let bytes = Array(repeating: UInt8(id), count: 32)
        let wrapped = try master.wrap(bytes, id, of: "people/ada", ledger, nonce: Array(repeating: 4, count: 12))
        return SealedPayload.Key(id: id, key: try #require(master.unwrap(wrapped, id, of: "people/ada", ledger)))
    }

    private func seal(_ payload: [UInt8]) throws -> (stored: StoredPayload, blob: [UInt8]) {
        try payload.withUnsafeBytes { bytes in
            try PayloadEncoder(dictionary: nil).encode(bytes) { stored, compressed in
                try SealedPayload.seal(
                    stored, compressed, with: key, at: place, nonce: Array(repeating: 9, count: 12))
            }
        }
    }

    private func open(
        _ stored: StoredPayload, _ blob: [UInt8], with key: SealedPayload.Key? = nil, at place: SealedPayload.Place
    ) -> [UInt8]? {
        blob.withUnsafeBytes { bytes in
            try? SealedPayload.open(stored, bytes, with: key ?? self.key, at: place, decoder)
        }
    }

    @Test(arguments: [1, 25, 400, 5_000, 100_000])
    func opensAgain(size: Int) throws {
        let payload = (0..<size).map { UInt8(truncatingIfNeeded: $0 / 7) }
        let (stored, blob) = try seal(payload)
        #expect(stored.codec == (size < 400 ? -1 : -2))
        #expect(stored.size == Int64(blob.count))
        #expect(size >= 400 || blob.count == size + SealedPayload.overheadBytes)
        #expect(try blob.withUnsafeBytes { try SealedPayload.key(of: stored, $0) } == 7)
        #expect(open(stored, blob, at: place) == payload)
    }

    @Test func anotherPlaceDoesNotOpenIt() throws {
        let (stored, blob) = try seal(Self.payload)
        let other = try #require(LedgerID(bytes: Array(repeating: 2, count: 16)))
        let changes: [(inout SealedPayload.Place) -> Void] = [
            { $0.ledger = other }, { $0.stream = "people/bob" }, { $0.event = EventID(high: 1, low: 3) },
            { $0.type = "Changed" }, { $0.schemaVersion = 2 },
            // The same bytes, divided in another way.
            { ($0.stream, $0.type) = ("people/a", "daAdded") },
        ]
        for (number, change) in changes.enumerated() {
            var changed = place
            change(&changed)
            #expect(open(stored, blob, at: changed) == nil, "change \(number)")
        }
        #expect(try open(stored, blob, with: Self.key(8, place.ledger), at: place) == nil)
    }

    @Test func noByteCanChange() throws {
        let (stored, blob) = try seal(Self.payload)
        for index in blob.indices {
            var changed = blob
            changed[index] ^= 1
            // The number of the key is told by the checksum, and by the key that it leads to.
            #expect(throws: PayloadDamage.self) {
                try changed.withUnsafeBytes { _ = try SealedPayload.key(of: stored, $0) }
            }
            if index >= 8 { #expect(open(stored, changed, at: place) == nil, "byte \(index)") }
        }
        for count in 0..<blob.count { #expect(open(stored, Array(blob.prefix(count)), at: place) == nil) }
    }

    @Test func aPayloadWithoutKeyKeepsItsCiphertext() throws {
        let (stored, blob) = SealedPayload.withoutKey(Self.payload)
        let key = try blob.withUnsafeBytes { try SealedPayload.key(of: stored, $0) }
        #expect(key == SealedPayload.noKey)
        #expect(blob.withUnsafeBytes { SealedPayload.ciphertext($0) } == Self.payload)
    }
}

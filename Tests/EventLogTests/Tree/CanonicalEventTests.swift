import EventLog
import EventLogTesting
import Foundation
import MerkleLog
import Testing

/// Goal: the canonical encoding is what `Schemas/EVENT_ENCODING.md` says, to the byte, and reads back.
/// Method: the vectors in `Schemas`, which other programs read too; mutations of encodings.
@Suite struct CanonicalEventTests {
    struct Vector: Decodable, Sendable, CustomTestStringConvertible {
        var name: String
        var ledger_id, stream, event_id, type: String
        var version, schema_version, recorded_at, occurred_at: Int64
        var actor, correlation_id, causation_id: String?
        var payload_form: UInt8
        var payload, bytes, leaf_hash: String

        var testDescription: String { name }

        func event() throws -> CanonicalEvent {
            let form = try #require(CanonicalEvent.PayloadForm(rawValue: payload_form))
            let event = RecordedEvent(
                position: 0, stream: StreamName(stream), version: version, type: EventType(type),
                schemaVersion: Int(schema_version), id: try #require(EventID(event_id)),
                recordedAt: Timestamp(milliseconds: recorded_at), occurredAt: Timestamp(milliseconds: occurred_at),
                attribution: Attribution(actor: actor, correlationID: correlation_id, causationID: causation_id),
                payload: [])
            return CanonicalEvent(event, in: try #require(LedgerID(ledger_id)), form, try bytes(of: payload))
        }

        func bytes(of hexadecimal: String) throws -> [UInt8] {
            var bytes: [UInt8] = []
            var rest = hexadecimal[...]
            while !rest.isEmpty {
                bytes.append(try #require(UInt8(rest.prefix(2), radix: 16)))
                rest = rest.dropFirst(2)
            }
            return bytes
        }
    }

    private struct VectorFile: Decodable {
        var vectors: [Vector]
    }

    static let vectors: [Vector] = {
        let file = URL(filePath: #filePath).appending(path: "../../../../Schemas/event_encoding_vectors.json")
        guard let data = try? Data(contentsOf: file.standardized) else { return [] }
        return (try? JSONDecoder().decode(VectorFile.self, from: data))?.vectors ?? []
    }()

    @Test func thereAreVectors() { #expect(Self.vectors.count >= 8) }

    @Test(arguments: vectors)
    func anEventHasTheBytesOfItsVector(vector: Vector) throws {
        let event = try vector.event()
        let expected = try vector.bytes(of: vector.bytes)
        #expect(event.bytes == expected)
        #expect(event.leafHash.description == vector.leaf_hash)
        let again = try CanonicalEvent(event.bytes)
        #expect(again == event)
    }

    @Test(arguments: vectors)
    func noOtherBytesReadTheSame(vector: Vector) throws {
        let event = try vector.event()
        let bytes = event.bytes
        for length in 0..<bytes.count {
            #expect(throws: EventLogError.self) { try CanonicalEvent(Array(bytes[..<length])) }
        }
        #expect(throws: EventLogError.self) { try CanonicalEvent(bytes + [0]) }
        var random = SeededRandom(UInt64(bytes.count))
        for _ in 0..<500 {
            var changed = bytes
            changed[.random(in: 0..<bytes.count, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
            // Either it is refused, or it means something else, and says so by the same bytes.
            guard let other = try? CanonicalEvent(changed) else { continue }
            #expect(other != event && other.bytes == changed)
        }
    }

    /// The writer's way, field by field into a buffer, and the plain one agree.
    @Test func theHasherAgreesWithTheEncoding() throws {
        let ledger = try #require(LedgerID("000102030405060708090a0b0c0d0e0f"))
        let hasher = LeafHasher(ledger: ledger)
        var random = SeededRandom(99)
        for round in 0..<200 {
            let size = round % 20 == 0 ? 3_000_000 / (round + 1) : Int.random(in: 0...2_000, using: &random)
            let payload = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let attribution = Attribution(
                actor: Bool.random(using: &random) ? "ä\u{301}" : nil,
                correlationID: Bool.random(using: &random) ? "" : nil,
                causationID: Bool.random(using: &random) ? String(repeating: "x", count: round) : nil)
            let occurred = Bool.random(using: &random) ? Timestamp(milliseconds: -5) : nil
            let new = NewEvent(
                id: EventID(high: random.next(), low: random.next()), type: "Tested", schemaVersion: 3,
                payload: payload, occurredAt: occurred, attribution: attribution)
            hasher.start()
            hasher.put(new, in: StreamName("s/\(round)"), 7, recordedAt: 1_234)
            let recorded = RecordedEvent(
                position: 1, stream: StreamName("s/\(round)"), version: 7, type: new.type, schemaVersion: 3, id: new.id,
                recordedAt: Timestamp(milliseconds: 1_234), occurredAt: occurred ?? Timestamp(milliseconds: 1_234),
                attribution: attribution, payload: payload)
            let hash = payload.withUnsafeBytes { hasher.finish(.plain, $0) }
            #expect(hash == CanonicalEvent(recorded, in: ledger).leafHash)
        }
    }
}

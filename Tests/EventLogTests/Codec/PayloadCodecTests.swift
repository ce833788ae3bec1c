import CLedgerShims
import EventLogTesting
import Testing

@testable import EventLog

/// Goal: every payload comes back as it went in, whatever compresses it, and damage never gets through.
/// Method: seeded payloads of every kind and size through the encoder and the decoder; stored bytes changed at random.
@Suite struct PayloadCodecTests {
    static let seed: UInt64 = 42

    private static let dictionary = CompressionDictionary(
        number: 3, bytes: Array((0..<200).flatMap { Array("{\"key\":\"value \($0)\",\"text\":\"".utf8) }))

    /// A payload with the random generator's say in what and how long it is.
    private static func payload(_ random: inout SeededRandom) -> [UInt8] {
        let size = [0, 1, 23, 24, 25, 399, 400, 401, 5_000].randomElement(using: &random) ?? 0
        let count = Bool.random(using: &random) ? size : Int.random(in: 0...2_000, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return random.bytes(count)
        case 1: return [UInt8](repeating: UInt8.random(in: 0...255, using: &random), count: count)
        case 2: return Array((0..<count).map { UInt8(truncatingIfNeeded: $0 / 7) })
        default:
            let text =
                "{\"key\":\"value \(count % 200)\",\"text\":\"some words that repeat, some words that do not \(count)\"}"
            return Array(String(repeating: text, count: count / text.utf8.count + 1).utf8.prefix(count))
        }
    }

    private static func stored(_ payload: [UInt8], _ encoder: PayloadEncoder) -> (StoredPayload, [UInt8]) {
        payload.withUnsafeBytes { bytes in encoder.encode(bytes) { ($0, [UInt8]($1)) } }
    }

    @Test(arguments: [false, true])
    func everyPayloadComesBack(withDictionary: Bool) throws {
        var random = SeededRandom(Self.seed)
        let dictionary = withDictionary ? Self.dictionary : nil
        let encoder = PayloadEncoder(dictionary: dictionary)
        let decoder = PayloadDecoder(dictionaries: [3: Self.dictionary], maximumBytes: 2 << 20)
        var payloads: [[UInt8]] = (0..<1_500).map { _ in Self.payload(&random) }
        payloads.append([UInt8](repeating: 7, count: 1 << 20))
        payloads.append(random.bytes(1 << 20))
        payloads.append(Self.dictionary.bytes)
        var compressed = 0
        for (index, payload) in payloads.enumerated() {
            let (stored, bytes) = Self.stored(payload, encoder)
            let back = try bytes.withUnsafeBytes { try decoder.decode(stored, $0) }
            #expect(back == payload, "seed \(Self.seed), payload \(index)")
            #expect(bytes.count <= payload.count && stored.size == payload.count)
            if stored.codec == StoredPayload.asIs {
                #expect(bytes == payload)
            } else {
                compressed += 1
                #expect(bytes.count < payload.count)
                #expect(stored.codec == (withDictionary ? 4 : 1))
            }
        }
        #expect(compressed > 400)
    }

    @Test(arguments: [false, true])
    func changedBytesNeverComeBackAsAPayload(withDictionary: Bool) {
        var random = SeededRandom(Self.seed + 1)
        let encoder = PayloadEncoder(dictionary: withDictionary ? Self.dictionary : nil)
        let decoder = PayloadDecoder(dictionaries: [3: Self.dictionary], maximumBytes: 1 << 20)
        for round in 0..<2_000 {
            let payload = Self.payload(&random)
            var (stored, bytes) = Self.stored(payload, encoder)
            switch Int.random(in: 0..<4, using: &random) {
            case 0 where !bytes.isEmpty:
                bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1: stored.size += Int64.random(in: 1...1_000, using: &random)
            case 2: bytes.append(0)
            default: stored.checksum ^= 1 << Int64.random(in: 0..<32, using: &random)
            }
            let back = bytes.withUnsafeBytes { try? decoder.decode(stored, $0) }
            // LZ4 may take other bytes for the same payload; what comes back is right or nothing.
            #expect(back == nil || back == payload, "seed \(Self.seed + 1), round \(round)")
        }
    }

    /// Sizes that cannot be true, which are refused by the number alone.
    private static let claims: [(Int64, Int64)] = [
        (.max, 1), (1 << 40, 2), (1_001, 1), (1_000, 1), (-1, 1), (.min, 4), (600, 1),
    ]

    @Test(arguments: claims)
    func hugeClaimsAreRefusedBeforeAllocating(size: Int64, codec: Int64) {
        let decoder = PayloadDecoder(dictionaries: [3: Self.dictionary], maximumBytes: 1_000)
        let stored = StoredPayload(codec: codec, size: size, checksum: 0)
        #expect(throws: PayloadDamage.self) {
            try [0x10 as UInt8].withUnsafeBytes { try decoder.decode(stored, $0) }
        }
    }

    /// Known answers of CRC-32C (RFC 3720, appendix B.4, and the usual check value).
    private static let checksums: [([UInt8], UInt32)] = [
        (Array("123456789".utf8), 0xe306_9283), ([UInt8](repeating: 0, count: 32), 0x8a91_36aa),
        ([UInt8](repeating: 0xff, count: 32), 0x62a8_ab43), (Array(0..<32), 0x46dd_794e),
        (Array((0..<32).reversed()), 0x113f_db5c), ([], 0),
    ]

    @Test(arguments: checksums)
    func checksumsAreCRC32C(bytes: [UInt8], checksum: UInt32) {
        #expect(bytes.withUnsafeBytes { memledger_crc32c($0.baseAddress, $0.count) } == checksum)
    }

    /// One large payload does not cost its memory for ever.
    @Test func aLargePayloadsBufferIsGivenBack() {
        let encoder = PayloadEncoder(dictionary: nil)
        for size in [16 << 20, 100, 1 << 20, 5_000] {
            let (stored, _) = Self.stored([UInt8](repeating: 3, count: size), encoder)
            #expect(stored.size == size)
            #expect(encoder.keptBytes <= PayloadEncoder.maximumKeptBytes)
        }
    }

    /// A lent encoder is for the dictionary that was asked for, also when the pool holds another's.
    @Test func pooledEncodersUseTheDictionaryThatWasAskedFor() {
        let pool = EncoderPool()
        let other = CompressionDictionary(number: 5, bytes: Self.dictionary.bytes)
        for dictionary in [nil, Self.dictionary, other, nil, other, other, Self.dictionary] {
            pool.withEncoder(dictionary) { #expect($0.dictionaryNumber == dictionary?.number) }
        }
    }
}

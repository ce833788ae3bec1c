import CLedgerShims
import Crypto
import EventLog
import Foundation
import LedgerCapabilities

/// An encrypted payload as it lies in the log. Format: `Schemas/sqlite/protection.sql`.
///
/// Invariant: nothing that depends on the plaintext stands outside of the ciphertext but its length.
enum SealedPayload {
    static let keyBytes = MasterKey.dataKeyBytes
    static let nonceBytes = 12
    static let tagBytes = 16
    private static let keyIDBytes = 8
    private static let sizeBytes = 4
    /// Of a payload that is encrypted, over its compressed bytes.
    static let overheadBytes = keyIDBytes + nonceBytes + sizeBytes + tagBytes
    /// The number of the key of an event that was erased before it came into this ledger.
    static let noKey: Int64 = 0

    static func isSealed(_ stored: StoredPayload) -> Bool { stored.codec < 0 }
    private static func sealedCodec(_ codec: Int64) -> Int64 { -(codec + 1) }
    private static func plainCodec(_ codec: Int64) -> Int64 { -(codec + 1) }

    /// What the ciphertext is bound to.
    struct Place {
        var ledger: LedgerID
        var stream: StreamName
        var event: EventID
        var type: EventType
        var schemaVersion: Int

        var bytes: [UInt8] {
            var bytes: [UInt8] = []
            bytes.reserveCapacity(96 + stream.rawValue.utf8.count)
            func append(_ part: some Collection<UInt8>) {
                withUnsafeBytes(of: UInt32(truncatingIfNeeded: part.count).bigEndian) { bytes.append(contentsOf: $0) }
                bytes.append(contentsOf: part)
            }
            append(ledger.bytes)
            append(stream.rawValue.utf8)
            event.withBytes { append($0) }
            append(type.rawValue.utf8)
            withUnsafeBytes(of: Int64(schemaVersion).bigEndian) { bytes.append(contentsOf: $0) }
            return bytes
        }
    }

    /// A data key in use.
    struct Key {
        var id: Int64
        var key: SymmetricKey
    }

    // MARK: Sealing

    /// - Parameters:
    ///   - stored: what compressing the payload made of it.
    ///   - bytes: the compressed bytes.
    static func seal(
        _ stored: StoredPayload, _ bytes: UnsafeRawBufferPointer, with key: Key, at place: Place, nonce: [UInt8]
    ) throws -> (stored: StoredPayload, blob: [UInt8]) {
        var plain = Data(capacity: sizeBytes + bytes.count)
        withUnsafeBytes(of: UInt32(truncatingIfNeeded: stored.size).bigEndian) { plain.append(contentsOf: $0) }
        plain.append(contentsOf: bytes)
        let box = try AES.GCM.seal(
            plain, using: key.key, nonce: AES.GCM.Nonce(data: nonce), authenticating: place.bytes)
        return describe(codec: sealedCodec(stored.codec), key.id, nonce + box.ciphertext + box.tag)
    }

    /// A payload whose key this ledger never had: what is kept of an event that was erased elsewhere.
    static func withoutKey(_ ciphertext: [UInt8]) -> (stored: StoredPayload, blob: [UInt8]) {
        describe(codec: sealedCodec(StoredPayload.asIs), noKey, ciphertext)
    }

    private static func describe(
        codec: Int64, _ key: Int64, _ rest: [UInt8]
    ) -> (stored: StoredPayload, blob: [UInt8]) {
        var blob: [UInt8] = []
        blob.reserveCapacity(keyIDBytes + rest.count)
        withUnsafeBytes(of: key.bigEndian) { blob.append(contentsOf: $0) }
        blob += rest
        let checksum = blob.withUnsafeBytes { Int64(memledger_crc32c($0.baseAddress, $0.count)) }
        return (StoredPayload(codec: codec, size: Int64(blob.count), checksum: checksum), blob)
    }

    // MARK: Opening

    /// The number of the key that a blob was sealed with.
    ///
    /// - Throws: where the blob is not what was written.
    static func key(of stored: StoredPayload, _ blob: UnsafeRawBufferPointer) throws(PayloadDamage) -> Int64 {
        guard Int64(blob.count) == stored.size, blob.count >= keyIDBytes else {
            throw PayloadDamage(reason: "\(blob.count) bytes are stored where \(stored.size) were written")
        }
        guard Int64(memledger_crc32c(blob.baseAddress, blob.count)) == stored.checksum else {
            throw PayloadDamage(reason: "its checksum does not match")
        }
        return Int64(bigEndian: blob.loadUnaligned(as: Int64.self))
    }

    /// Nonce, ciphertext and tag: the blob without the number of its key.
    static func ciphertext(_ blob: UnsafeRawBufferPointer) -> [UInt8] { Array(blob.dropFirst(keyIDBytes)) }

    /// Decrypts and decompresses.
    static func open(
        _ stored: StoredPayload, _ blob: UnsafeRawBufferPointer, with key: Key, at place: Place,
        _ decoder: PayloadDecoder
    ) throws(PayloadDamage) -> [UInt8] {
        let (codec, plain) = try decrypt(stored, blob, with: key, at: place)
        let result = plain.withUnsafeBytes { bytes in
            let size = UInt32(bigEndian: bytes.loadUnaligned(as: UInt32.self))
            let compressed = UnsafeRawBufferPointer(rebasing: bytes.dropFirst(sizeBytes))
            // What has been authenticated needs no checksum.
            let described = StoredPayload(codec: codec, size: Int64(size), checksum: 0)
            return Result { () throws(PayloadDamage) in try decoder.expand(described, compressed) }
        }
        return try result.get()
    }

    private static func decrypt(
        _ stored: StoredPayload, _ blob: UnsafeRawBufferPointer, with key: Key, at place: Place
    ) throws(PayloadDamage) -> (codec: Int64, plain: [UInt8]) {
        guard blob.count >= overheadBytes, let box = try? AES.GCM.SealedBox(combined: Data(blob.dropFirst(keyIDBytes))),
            let plain = try? AES.GCM.open(box, using: key.key, authenticating: place.bytes), plain.count >= sizeBytes
        else { throw PayloadDamage(reason: "it does not decrypt: it is another event's, or was changed") }
        return (plainCodec(stored.codec), [UInt8](plain))
    }

    /// The dictionary that a sealed payload was compressed with.
    static func dictionaryNumber(_ stored: StoredPayload) -> Int? {
        StoredPayload(codec: plainCodec(stored.codec), size: 0, checksum: 0).dictionaryNumber
    }
}

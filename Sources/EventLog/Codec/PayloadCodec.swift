import CLZ4
import CLedgerShims

/// A payload as it lies in the log.
///
/// Format: `codec` 0 holds the payload itself; 1 an LZ4 block without a dictionary; n ≥ 2 an LZ4 block that was made
/// with dictionary number n − 1. `checksum` is the CRC-32C of the payload before compression.
package struct StoredPayload {
    package var codec: Int64
    package var size: Int64
    package var checksum: Int64

    package init(codec: Int64, size: Int64, checksum: Int64) {
        self.codec = codec
        self.size = size
        self.checksum = checksum
    }

    package static let asIs: Int64 = 0
    static let plainLZ4: Int64 = 1

    static func codec(ofDictionary number: Int) -> Int64 { Int64(number) + 1 }

    /// The dictionary that it was compressed with; nil where there was none, or the codec is no number of this log's.
    package var dictionaryNumber: Int? { codec > Self.plainLZ4 ? Int(codec - 1) : nil }
}

/// Compresses payloads one after the other. Not `Sendable`: each writer has its own.
package final class PayloadEncoder {
    private let dictionary: CompressionDictionary?
    private let stream = UnsafeMutablePointer<LZ4_stream_t>.allocate(capacity: 1)
    /// A copy of the dictionary's.
    private let dictionaryStream: UnsafeMutablePointer<LZ4_streamHC_t>?
    private var output = UnsafeMutableRawBufferPointer.allocate(byteCount: 4_096, alignment: 8)

    /// A buffer larger than this is for one payload only: encoders are kept, and so would be its bytes.
    static let maximumKeptBytes = 1 << 20

    /// LZ4 without a dictionary gains nothing on smaller payloads (0.995 of the size below 400 bytes of real text).
    static let minimumPlainBytes = 400
    /// No match pays for itself in fewer bytes than this.
    package static let minimumBytes = 24

    package init(dictionary: CompressionDictionary?) {
        self.dictionary = dictionary
        dictionaryStream = dictionary.map { _ in .allocate(capacity: 1) }
        LZ4_initStream(stream, MemoryLayout<LZ4_stream_t>.size)
    }

    deinit {
        stream.deallocate()
        dictionaryStream?.deallocate()
        output.deallocate()
    }

    var dictionaryNumber: Int? { dictionary?.number }
    /// What it keeps from one payload to the next.
    var keptBytes: Int { output.count }

    private func resizeOutput(_ bytes: Int) {
        output.deallocate()
        output = .allocate(byteCount: bytes, alignment: 8)
    }

    /// Compresses a payload and calls the body with the bytes to store, which are valid during the call only.
    package func encode<R>(
        _ payload: UnsafeRawBufferPointer, _ body: (StoredPayload, UnsafeRawBufferPointer) throws -> R
    ) rethrows -> R {
        var stored = StoredPayload(
            codec: StoredPayload.asIs, size: Int64(payload.count),
            checksum: Int64(memledger_crc32c(payload.baseAddress, payload.count)))
        let worthwhile = dictionary == nil ? Self.minimumPlainBytes : Self.minimumBytes
        guard payload.count >= worthwhile, payload.count <= Int(LZ4_MAX_INPUT_SIZE),
            let source = payload.bindMemory(to: CChar.self).baseAddress
        else { return try body(stored, payload) }

        // What does not fit into one byte less than the payload is not worth storing compressed.
        let capacity = payload.count - 1
        if output.count < capacity { resizeOutput(max(capacity, min(capacity * 2, Self.maximumKeptBytes))) }
        defer { if output.count > Self.maximumKeptBytes { resizeOutput(4_096) } }
        let target = output.assumingMemoryBound(to: CChar.self).baseAddress
        let (bytes, room) = (Int32(payload.count), Int32(capacity))
        let written: Int32
        if let dictionary, let dictionaryStream {
            // To copy the loaded state takes a fraction of loading the dictionary again.
            dictionaryStream.update(from: dictionary.loadedStream, count: 1)
            written = LZ4_compress_HC_continue(dictionaryStream, source, target, bytes, room)
        } else {
            // Forgets the payload before without writing 16 KiB of zeros.
            LZ4_resetStream_fast(stream)
            written = LZ4_compress_fast_continue(stream, source, target, bytes, room, 1)
            // A stream that has failed is in no state that could be reset.
            if written <= 0 { LZ4_initStream(stream, MemoryLayout<LZ4_stream_t>.size) }
        }
        guard written > 0 else { return try body(stored, payload) }
        stored.codec = dictionary.map { StoredPayload.codec(ofDictionary: $0.number) } ?? StoredPayload.plainLZ4
        return try body(stored, UnsafeRawBufferPointer(rebasing: output[..<Int(written)]))
    }
}

/// Why a payload cannot be read; the log adds the position.
package struct PayloadDamage: Error {
    package let reason: String

    package init(reason: String) {
        self.reason = reason
    }
}

/// Turns stored bytes back into payloads. Every size is checked before anything is allocated.
package struct PayloadDecoder {
    package let dictionaries: [Int: CompressionDictionary]
    let maximumBytes: Int

    package init(dictionaries: [Int: CompressionDictionary], maximumBytes: Int) {
        self.dictionaries = dictionaries
        self.maximumBytes = maximumBytes
    }

    package func decode(_ stored: StoredPayload, _ bytes: UnsafeRawBufferPointer) throws(PayloadDamage) -> [UInt8] {
        let payload = try expand(stored, bytes)
        try stored.check(payload.withUnsafeBytes { Self.checksum($0) })
        return payload
    }

    /// The same in memory that is used again: valid until the scratch is used for the next one, or the bytes change.
    package func decode(
        _ stored: StoredPayload, _ bytes: UnsafeRawBufferPointer, in scratch: PayloadScratch
    ) throws(PayloadDamage) -> UnsafeRawBufferPointer {
        let size = try size(of: stored, bytes)
        if stored.codec == StoredPayload.asIs {
            try stored.check(Self.checksum(bytes))
            return bytes
        }
        let dictionary = try dictionary(of: stored)
        let payload = scratch.bytes(size)
        guard Self.decompress(bytes, into: payload, dictionary) == size else { throw Self.wrongSize }
        let found = UnsafeRawBufferPointer(payload)
        try stored.check(Self.checksum(found))
        return found
    }

    private static func checksum(_ payload: UnsafeRawBufferPointer) -> Int64 {
        Int64(memledger_crc32c(payload.baseAddress, payload.count))
    }

    /// Decompresses without looking at the checksum.
    package func expand(_ stored: StoredPayload, _ bytes: UnsafeRawBufferPointer) throws(PayloadDamage) -> [UInt8] {
        let size = try size(of: stored, bytes)
        guard stored.codec != StoredPayload.asIs else { return [UInt8](bytes) }
        let dictionary = try dictionary(of: stored)
        var written = -1
        let payload = [UInt8](unsafeUninitializedCapacity: size) { target, count in
            written = Self.decompress(bytes, into: UnsafeMutableRawBufferPointer(target), dictionary)
            count = max(0, written)
        }
        guard written == size else { throw Self.wrongSize }
        return payload
    }

    /// LZ4 cannot expand a block by more than this factor, so a larger claim is a lie, told before allocating.
    private static let maximumExpansion = 255

    /// How large the payload is, if it can be.
    private func size(of stored: StoredPayload, _ bytes: UnsafeRawBufferPointer) throws(PayloadDamage) -> Int {
        guard stored.size >= 0, stored.size <= Int64(maximumBytes) else {
            throw PayloadDamage(reason: "its size is given as \(stored.size) bytes, over the limit of \(maximumBytes)")
        }
        let size = Int(stored.size)
        if stored.codec == StoredPayload.asIs {
            guard bytes.count == size else {
                throw PayloadDamage(reason: "\(bytes.count) bytes are stored where \(size) were written")
            }
        } else if size > (bytes.count + 1) * Self.maximumExpansion {
            throw PayloadDamage(reason: "\(bytes.count) compressed bytes cannot hold \(size)")
        }
        return size
    }

    private func dictionary(of stored: StoredPayload) throws(PayloadDamage) -> CompressionDictionary? {
        if stored.codec == StoredPayload.plainLZ4 { return nil }
        guard let known = stored.dictionaryNumber.flatMap({ dictionaries[$0] }) else {
            let what = stored.dictionaryNumber.map { "dictionary \($0)" } ?? "method \(stored.codec)"
            throw PayloadDamage(reason: "it was compressed with \(what), which is missing or damaged")
        }
        return known
    }

    private static let wrongSize = PayloadDamage(reason: "it does not decompress to its size")

    /// - Returns: how many bytes it has become; less than 0 if it is no block of LZ4.
    private static func decompress(
        _ bytes: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer,
        _ dictionary: CompressionDictionary?
    ) -> Int {
        Int(
            LZ4_decompress_safe_usingDict(
                bytes.assumingMemoryBound(to: CChar.self).baseAddress,
                target.assumingMemoryBound(to: CChar.self).baseAddress, Int32(bytes.count), Int32(target.count),
                dictionary?.start, Int32(dictionary?.bytes.count ?? 0)))
    }
}

extension StoredPayload {
    fileprivate func check(_ checksum: Int64) throws(PayloadDamage) {
        guard checksum == self.checksum else { throw PayloadDamage(reason: "its checksum does not match") }
    }
}

/// Memory for one payload after the other. Not `Sendable`.
package final class PayloadScratch {
    private var buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4_096, alignment: 8)

    package init() {}

    deinit { buffer.deallocate() }

    func bytes(_ count: Int) -> UnsafeMutableRawBufferPointer {
        if count > buffer.count || buffer.count > PayloadEncoder.maximumKeptBytes {
            buffer.deallocate()
            buffer = .allocate(byteCount: max(4_096, count), alignment: 8)
        }
        return UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
    }
}

import Crypto
import EventLog

/// Gathers what is hashed, because hashing a few bytes at a time costs more than copying them.
struct DigestBuffer {
    private static let capacity = 65_536
    /// A tag and a number.
    private static let reserve = 9

    private var hash = SHA256()
    private let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity + reserve, alignment: 16)
    private var count = 0

    func free() { bytes.deallocate() }

    @inline(__always)
    mutating func append(tag: UInt8) {
        if count >= Self.capacity { drain() }
        bytes[count] = tag
        count += 1
    }

    @inline(__always)
    mutating func append(tag: UInt8, _ value: UInt64) {
        if count >= Self.capacity { drain() }
        bytes[count] = tag
        bytes.storeBytes(of: value.bigEndian, toByteOffset: count + 1, as: UInt64.self)
        count += Self.reserve
    }

    @inline(__always)
    mutating func append(_ piece: UnsafeRawBufferPointer) {
        guard let start = piece.baseAddress, !piece.isEmpty else { return }
        if count + piece.count > Self.capacity { drain() }
        guard piece.count <= Self.capacity else { return hash.update(bufferPointer: piece) }
        UnsafeMutableRawBufferPointer(rebasing: bytes[count...]).baseAddress?
            .copyMemory(from: start, byteCount: piece.count)
        count += piece.count
    }

    private mutating func drain() {
        hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: bytes[..<count]))
        count = 0
    }

    mutating func finalize() -> String {
        drain()
        return hash.finalize().hexadecimal
    }
}

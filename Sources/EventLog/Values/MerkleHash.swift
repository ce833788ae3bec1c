import Crypto

/// A hash in the log's Merkle tree: the 32 bytes of a SHA-256.
///
/// Leaf = SHA-256(0x00 ‖ entry), node = SHA-256(0x01 ‖ left ‖ right), the empty tree's root = SHA-256 of nothing.
/// Source: RFC 6962 §2.1 and RFC 9162 §2.1.1.
public struct MerkleHash: Hashable, Sendable, CustomStringConvertible {
    // Four words in the order of the bytes in memory, whatever the machine's byte order.
    private var words: (UInt64, UInt64, UInt64, UInt64)

    public static let byteCount = 32

    /// - Parameter bytes: 32 of them; nil where there are more or fewer.
    public init?(_ bytes: some Sequence<UInt8>) {
        let copy = Array(bytes)
        guard copy.count == Self.byteCount else { return nil }
        self = copy.withUnsafeBytes { Self(loading: $0) }
    }

    /// Copies the first 32 bytes of a buffer that has as many.
    @inline(__always)
    package init(loading bytes: UnsafeRawBufferPointer) {
        words = bytes.loadUnaligned(as: (UInt64, UInt64, UInt64, UInt64).self)
    }

    @inline(__always)
    private init(_ digest: SHA256.Digest) {
        self = digest.withUnsafeBytes { Self(loading: $0) }
    }

    /// The root of the tree without leaves.
    public static let emptyRoot = MerkleHash(SHA256.hash(data: [UInt8]()))

    /// The hash of a leaf.
    ///
    /// - Parameter entry: the bytes that the leaf stands for, without the prefix.
    public static func leaf(_ entry: some Collection<UInt8>) -> MerkleHash {
        ([leafPrefix] + entry).withUnsafeBytes { sha256($0) }
    }

    @inline(__always)
    package static func sha256(_ bytes: UnsafeRawBufferPointer) -> MerkleHash {
        var hash = SHA256()
        hash.update(bufferPointer: bytes)
        return MerkleHash(hash.finalize())
    }

    package static let leafPrefix: UInt8 = 0x00
    private static let nodePrefix: UInt8 = 0x01

    /// The hash of an inner node.
    public static func node(_ left: MerkleHash, _ right: MerkleHash) -> MerkleHash {
        withUnsafeTemporaryAllocation(byteCount: 1 + 2 * byteCount, alignment: 1) { buffer in
            buffer[0] = nodePrefix
            buffer.storeBytes(of: left.words, toByteOffset: 1, as: (UInt64, UInt64, UInt64, UInt64).self)
            buffer.storeBytes(of: right.words, toByteOffset: 33, as: (UInt64, UInt64, UInt64, UInt64).self)
            return sha256(UnsafeRawBufferPointer(buffer))
        }
    }

    public var bytes: [UInt8] { withUnsafeBytes { Array($0) } }

    @inline(__always)
    public func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try Swift.withUnsafeBytes(of: words, body)
    }

    /// Hexadecimal, lower case.
    public var description: String { bytes.hexadecimal }

    public static func == (left: Self, right: Self) -> Bool { left.words == right.words }
    public func hash(into hasher: inout Hasher) { withUnsafeBytes { hasher.combine(bytes: $0) } }
}

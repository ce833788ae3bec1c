import CLZ4

/// Bytes that payloads are likely to repeat, stored in the log under a number and never changed.
public final class CompressionDictionary: Sendable {
    /// 1, 2, 3, … in the order in which they were added.
    public let number: Int
    public let bytes: [UInt8]

    /// LZ4 looks back 64 KiB at the most.
    public static let maximumBytes = 65_536
    /// Fewer bytes than this cannot hold a useful match.
    public static let minimumBytes = 64

    /// A search with chains, the least thorough. It finds what repeats anywhere in a dictionary; `LZ4_compress_fast`
    /// has a table of 4,096 places, and reaches a fraction of it. Higher levels gain little (see DESIGN.md).
    private static let level: Int32 = 3

    /// The bytes at an address that stays, because LZ4 keeps pointers into it.
    nonisolated(unsafe) let start: UnsafePointer<CChar>
    /// The compressor's state with the dictionary loaded; copied before each use.
    nonisolated(unsafe) let loadedStream: UnsafePointer<LZ4_streamHC_t>
    // Proof for both: they are written in init only, never through these read-only pointers afterwards, and freed in
    // deinit, when no reference is left.

    package init(number: Int, bytes: [UInt8]) {
        self.number = number
        self.bytes = bytes
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: max(1, bytes.count))
        for (index, byte) in bytes.enumerated() { copy[index] = CChar(bitPattern: byte) }
        start = UnsafePointer(copy)
        let stream = UnsafeMutablePointer<LZ4_streamHC_t>.allocate(capacity: 1)
        LZ4_initStreamHC(stream, MemoryLayout<LZ4_streamHC_t>.size)
        LZ4_resetStreamHC_fast(stream, Self.level)
        LZ4_loadDictHC(stream, copy, Int32(bytes.count))
        loadedStream = UnsafePointer(stream)
    }

    deinit {
        start.deallocate()
        loadedStream.deallocate()
    }
}

/// What the log says of a dictionary without its bytes.
public struct DictionaryInfo: Hashable, Sendable {
    public let number: Int
    public let sizeBytes: Int
    /// SHA-256 of the bytes, hexadecimal.
    public let sha256: String
    public let addedAt: Timestamp
    /// The log's last position when it was added; later events may use it.
    public let addedAtPosition: Position

    package init(number: Int, sizeBytes: Int, sha256: String, addedAt: Timestamp, addedAtPosition: Position) {
        self.number = number
        self.sizeBytes = sizeBytes
        self.sha256 = sha256
        self.addedAt = addedAt
        self.addedAtPosition = addedAtPosition
    }
}

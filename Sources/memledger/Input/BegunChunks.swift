/// A file's bytes piece by piece, whose beginning was looked at already. To be read once.
struct BegunChunks: AsyncSequence {
    typealias Element = [UInt8]

    private var read: [[UInt8]] = []
    private var rest: FileChunks.Iterator

    init(_ chunks: FileChunks) { rest = chunks.makeAsyncIterator() }

    func makeAsyncIterator() -> Iterator { Iterator(read: read[...], rest: rest) }

    struct Iterator: AsyncIteratorProtocol {
        fileprivate var read: ArraySlice<[UInt8]>
        fileprivate var rest: FileChunks.Iterator

        mutating func next() async throws -> [UInt8]? {
            if let chunk = read.popFirst() { return chunk }
            return try await rest.next()
        }
    }

    /// What stands up to the end of the first line that is not blank, all of it where that line is no longer than the
    /// limit.
    mutating func beginning(maximumLineBytes: Int) async throws -> [UInt8] {
        var beginning: [UInt8] = []
        var isBlank = true
        var lineBytes = 0
        while let chunk = try await rest.next() {
            read.append(chunk)
            for byte in chunk {
                beginning.append(byte)
                lineBytes += 1
                if byte == UInt8(ascii: "\n") {
                    if !isBlank { return beginning }
                    lineBytes = 0
                } else if !Self.blanks.contains(byte) {
                    isBlank = false
                }
            }
            // A longer one is refused, whatever follows.
            if lineBytes > maximumLineBytes { return beginning }
        }
        return beginning
    }

    private static let blanks: Set<UInt8> = [UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r")]
}

/// Bytes that are in memory.
struct FixedChunks: AsyncSequence, AsyncIteratorProtocol {
    typealias Element = [UInt8]

    private var chunks: ArraySlice<[UInt8]>

    init(_ chunks: [[UInt8]]) { self.chunks = chunks[...] }

    func makeAsyncIterator() -> FixedChunks { self }

    mutating func next() async throws -> [UInt8]? { chunks.popFirst() }
}

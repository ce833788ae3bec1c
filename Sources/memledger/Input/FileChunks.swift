/// A file's bytes piece by piece.
struct FileChunks: AsyncSequence {
    typealias Element = [UInt8]

    let file: InputFile
    /// Called with the bytes read so far.
    var progress: (Int64) -> Void = { _ in }

    static let chunkBytes = 262_144

    func makeAsyncIterator() -> Iterator { Iterator(chunks: self) }

    struct Iterator: AsyncIteratorProtocol {
        let chunks: FileChunks
        private var read: Int64 = 0

        init(chunks: FileChunks) { self.chunks = chunks }

        mutating func next() async throws -> [UInt8]? {
            let bytes = try [UInt8](unsafeUninitializedCapacity: FileChunks.chunkBytes) { buffer, count in
                count = try chunks.file.read(into: UnsafeMutableRawBufferPointer(buffer))
            }
            read += Int64(bytes.count)
            chunks.progress(read)
            return bytes.isEmpty ? nil : bytes
        }
    }

    /// All of a file that must not be longer than the limit.
    static func readAll(_ file: InputFile, name: String, maximumBytes: Int) async throws -> [UInt8] {
        var all: [UInt8] = []
        for try await chunk in FileChunks(file: file) {
            all += chunk
            guard all.count <= maximumBytes else {
                throw CommandError("\(name) has more than \(maximumBytes) bytes; shorten it.")
            }
        }
        return all
    }
}

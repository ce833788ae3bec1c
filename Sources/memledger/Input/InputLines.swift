import Dispatch

/// The lines of standard input as they come. Waiting for one holds up no other work, and a signal ends it.
struct InputLines {
    private var splitter: LineSplitter
    private let queue = DispatchQueue(label: "memledger.input")

    private static let pieceBytes = 65_536

    init(maximumBytes: Int) { splitter = LineSplitter(maximumBytes: maximumBytes) }

    /// The next line; nil at the end of the input.
    ///
    /// - Throws: `CancellationError` after a signal, `FileFailure`.
    mutating func next() async throws -> LineSplitter.Found? {
        while true {
            if let line = splitter.next() { return line }
            let piece = try await read()
            if piece.isEmpty { return splitter.last() }
            splitter.add(piece)
        }
    }

    private func read() async throws -> [UInt8] {
        try await withCheckedThrowingContinuation { continuation in
            queue.async {
                continuation.resume(
                    with: Result {
                        try System.waitForInput(0, checking: Interruption.check)
                        return try [UInt8](unsafeUninitializedCapacity: Self.pieceBytes) { buffer, count in
                            count = try System.read(0, into: UnsafeMutableRawBufferPointer(buffer))
                        }
                    })
            }
        }
    }
}

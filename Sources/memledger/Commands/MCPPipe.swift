import LedgerService

/// A client of the Model Context Protocol at the other end of standard input and output.
struct MCPPipe {
    private let connection: MCPConnection

    /// Requests that are answered at the same time; the next line is read when there is room for it.
    private static let maximumRunning = 64
    /// Bytes of the lines that these came in. One line may always be answered, and one more may be waiting.
    private static let maximumBytes = MCPConnection.maximumLineBytes

    init(_ connection: MCPConnection) { self.connection = connection }

    /// Answers until the input ends. What was begun is answered before it returns, and after a signal, too.
    ///
    /// - Throws: `CancellationError` after a signal, `OutputClosed`, `FileFailure`.
    func serve() async throws {
        let writer = LineWriter()
        var lines = InputLines(maximumBytes: MCPConnection.maximumLineBytes)
        try await withThrowingTaskGroup(of: Int.self) { group in
            var (running, bytesRunning) = (0, 0)
            while let line = try await lines.next() {
                try writer.check()
                let (reception, bytes) = received(line)
                switch reception {
                case .nothing: break
                case .answer(let bytes): try await writer.write(bytes)
                case .work(let work):
                    while running == Self.maximumRunning || running > 0 && bytesRunning + bytes > Self.maximumBytes {
                        guard let done = try await group.next() else { break }
                        (running, bytesRunning) = (running - 1, bytesRunning - done)
                    }
                    (running, bytesRunning) = (running + 1, bytesRunning + bytes)
                    group.addTask {
                        try await work.answer { try await writer.write($0) }
                        return bytes
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// What a line is to be answered with, and how many bytes it has.
    private func received(_ line: LineSplitter.Found) -> (MCPConnection.Reception, Int) {
        switch line {
        case .line(let bytes): (connection.receive(bytes), bytes.count)
        case .tooLong: (.answer(MCPConnection.answerToLongLine), 0)
        }
    }
}
